"""Applies and cancels discounts.

Each is one transaction that locks rows in a fixed order: idempotency key, usage, the customer's
day, campaign. The campaign's row is contended: it is updated late, by a conditional UPDATE, and
before the usage is inserted, because MySQL takes a shared lock on it for that.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

import structlog
from django.db.models import Case, F, Q, Value, When

from discounts import idempotency, queries
from discounts.currencies import shop_currency
from discounts.models import DiscountCampaign, DiscountUsage, UsagesByDay
from discounts.refusals import Refused, count_refusal
from discounts.rules import (
    Basket,
    Decision,
    InactiveReason,
    Refusal,
    Status,
    evaluate,
    local_day,
)
from foundation.database.bulk_sql import upsert
from foundation.database.transactions import Conflict, in_transaction
from foundation.errors import DomainError
from foundation.metrics import prometheus

APPLY_ENDPOINT = "discounts/apply"
NOT_ELIGIBLE = "Customer is not eligible for this discount"
NO_DISCOUNT = "No discount available for this transaction"
DAY_KEY = ("campaign_id", "customer_id", "local_day")

log = structlog.get_logger(__name__)

# Counters that start at 0, so that Prometheus sees the first increase.
_shop = shop_currency()
prometheus.SPENT.labels(_shop.code, str(_shop.digits))
for _refusal in Refusal:
    prometheus.REFUSED.labels(_refusal.value)


@dataclass(frozen=True, kw_only=True)
class Application:
    """A customer's request for a campaign's discount on a basket.

    `user_id` is who applies it; with that user's `idempotency_key` the call can be repeated safely.
    """

    campaign_id: int
    customer_id: int
    basket: Basket
    user_id: int | None = None
    idempotency_key: str | None = None

    def call(self) -> idempotency.Call | None:
        """The call that the key identifies, None without a key."""
        if not self.idempotency_key:
            return None
        # Two decimals whatever the currency's, as in earlier versions, whose keys are still valid.
        basket = self.basket.with_digits(max(self.basket.currency.digits, 2))
        request = {
            "campaign_id": self.campaign_id,
            "customer_id": self.customer_id,
            "cart_value_minor": basket.cart_value_minor,
            "delivery_charge_minor": basket.delivery_charge_minor,
        }
        return idempotency.Call(
            # Only a known user has a key.
            user_id=cast(int, self.user_id),
            endpoint=APPLY_ENDPOINT,
            key=self.idempotency_key,
            request=request,
        )


def apply_discount(*, application: Application, now: datetime) -> DiscountUsage:
    """Apply the discount and debit the budget, exactly once.

    Raises NotFound, Refused (an InvalidInput), KeyReused, and Busy if the database could not do it.
    Then nothing is changed, except that a refusal is counted.
    """
    about = {"campaign": application.campaign_id, "customer": application.customer_id}
    try:
        usage, is_new = _apply(application=application, now=now)
    except DomainError as error:
        log.info("discount_refused", code=error.code, **about)
        error.is_logged = True
        prometheus.REFUSED.labels(error.code).inc()
        if isinstance(error, Refused):
            count_refusal(campaign_id=application.campaign_id, refused=error)
        raise
    if is_new:
        prometheus.APPLIED.inc()
        _count_spent(usage)
    event = "discount_applied" if is_new else "discount_repeated"
    log.info(event, usage=usage.id, discount_minor=usage.discount_amount_minor, **about)
    return usage


def _count_spent(usage: DiscountUsage) -> None:
    campaign = usage.campaign
    series = prometheus.SPENT.labels(campaign.currency, str(campaign.currency_digits))
    series.inc(usage.discount_amount_minor)


def cancel_usage(
    *, usage_id: int, now: datetime, cancelled_by_id: int | None = None
) -> DiscountUsage:
    """Credit the money and the use of the usage's own day; repeating it changes nothing.

    It reactivates a campaign only if it was exhausted. Raises NotFound and Busy.
    """
    usage, is_new = _cancel(usage_id=usage_id, now=now, cancelled_by_id=cancelled_by_id)
    if is_new:
        prometheus.CANCELLED.inc()
    event = "discount_cancelled" if is_new else "discount_cancelled_before"
    log.info(event, usage=usage_id, campaign=usage.campaign_id, customer=usage.customer_id)
    return usage


@in_transaction
def _apply(*, application: Application, now: datetime) -> tuple[DiscountUsage, bool]:
    """The usage, and whether this call created it."""
    claimed = None
    call = application.call()
    if call:
        claimed = idempotency.claim(call, now=now)
        if claimed.usage_id:
            return queries.usage(claimed.usage_id), False
    usage = _use(application, now)
    if claimed:
        idempotency.settle(claimed, usage_id=usage.id)
    return usage, True


def _use(application: Application, now: datetime) -> DiscountUsage:
    campaign = queries.live_campaign(application.campaign_id)
    customer = queries.live_customer(application.customer_id)
    day = local_day(now, zone=campaign.timezone)
    terms = queries.terms_of(campaign)
    allowance = queries.allowance(campaign, customer_id=customer.id, day=day)
    decision = evaluate(terms, application.basket, allowance, now=now)
    _refuse(decision.refusal, day)
    _count_use(campaign, customer.id, day, is_first=not allowance.used_today)
    _debit(campaign, decision, now)
    return DiscountUsage.objects.create(
        campaign=campaign,
        customer=customer,
        discount_type=campaign.discount_type,
        original_amount_minor=decision.original_minor,
        discount_amount_minor=decision.discount_minor,
        final_amount_minor=decision.final_minor,
        used_at=now,
        local_day=day,
        applied_by_id=application.user_id,
    )


def _refuse(refusal: Refusal | None, day: date) -> None:
    if refusal is not None:
        sentence = NO_DISCOUNT if refusal == Refusal.NO_DISCOUNT else NOT_ELIGIBLE
        raise Refused(sentence, refusal=refusal, day=day)


def _count_use(campaign: DiscountCampaign, customer_id: int, day: date, *, is_first: bool) -> None:
    """Count one of the customer's uses of the day; for the first one the row may be missing."""
    limit = campaign.max_usage_per_customer_per_day
    key = (campaign.id, customer_id, day)
    if is_first:
        columns = (*DAY_KEY, "live", "allowed")
        upsert(UsagesByDay, columns, [(*key, 0, 0)], key=DAY_KEY, adding=True)
    free = UsagesByDay.objects.filter(pk=key, live__lt=limit)
    if not free.update(live=F("live") + 1, allowed=limit):
        raise Conflict


def _debit(campaign: DiscountCampaign, decision: Decision, now: datetime) -> None:
    """Debit the budget if the terms are unchanged and the money is still there.

    The rest of the budget is given away only if it is unchanged, too.
    """
    spent, total = decision.discount_minor, campaign.total_budget_minor
    unchanged = DiscountCampaign.objects.filter(id=campaign.id, version=campaign.version)
    if decision.exhausts:
        moved = unchanged.filter(used_budget_minor=campaign.used_budget_minor).update(
            used_budget_minor=total,
            status=Status.INACTIVE.value,
            inactive_reason=InactiveReason.BUDGET_EXHAUSTED.value,
            updated_at=now,
        )
    else:
        moved = unchanged.filter(used_budget_minor__lt=total - spent).update(
            used_budget_minor=F("used_budget_minor") + spent
        )
    if not moved:
        raise Conflict


@in_transaction
def _cancel(
    *, usage_id: int, now: datetime, cancelled_by_id: int | None
) -> tuple[DiscountUsage, bool]:
    """The usage, and whether this call cancelled it."""
    live = DiscountUsage.objects.filter(id=usage_id, cancelled_at__isnull=True)
    is_new = bool(live.update(cancelled_at=now, cancelled_by=cancelled_by_id))
    usage = queries.usage(usage_id)
    if is_new:
        key = (usage.campaign_id, usage.customer_id, usage.local_day)
        UsagesByDay.objects.filter(pk=key).update(live=F("live") - 1)
        _credit(usage, now)
    return usage, is_new


def _credit(usage: DiscountUsage, now: datetime) -> None:
    exhausted = Q(inactive_reason=InactiveReason.BUDGET_EXHAUSTED.value)
    revived = exhausted & Q(end_date__gt=now)
    # MySQL assigns from left to right: expressions that read a column come before its change.
    DiscountCampaign.objects.filter(id=usage.campaign_id).update(
        updated_at=Case(When(exhausted, then=Value(now)), default=F("updated_at")),
        status=Case(When(revived, then=Value(Status.ACTIVE.value)), default=F("status")),
        inactive_reason=Case(
            When(revived, then=Value(None)),
            When(exhausted, then=Value(InactiveReason.EXPIRED.value)),
            default=F("inactive_reason"),
        ),
        used_budget_minor=F("used_budget_minor") - usage.discount_amount_minor,
    )
