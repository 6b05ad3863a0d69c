"""Reads of customers, campaigns, offers and usages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import F, Q, QuerySet

from discounts.currencies import currency_of
from discounts.models import (
    CampaignTarget,
    Customer,
    DiscountCampaign,
    DiscountUsage,
    UsagesByDay,
)
from discounts.rules import (
    Allowance,
    Basket,
    Decision,
    InactiveReason,
    Status,
    Terms,
    best_first,
    evaluate,
    inactive_reason,
    local_day,
)
from discounts.types import DiscountType
from foundation.errors import NotFound

# The limit for refused campaigns in an answer; the newest are included.
MOST_REFUSED = 200


@dataclass(frozen=True)
class Offer:
    """A campaign and its decision on a basket."""

    campaign: DiscountCampaign
    decision: Decision


@dataclass(frozen=True)
class Offers:
    """The campaigns that apply to a basket by type, best first, and the refused ones by id.

    `refused` holds the newest MOST_REFUSED campaigns; `is_cut` tells whether there are more.
    """

    by_type: dict[DiscountType, list[Offer]]
    refused: list[Offer]
    is_cut: bool = False


# --- Rows -----------------------------------------------------------------------------------


def live_customers() -> QuerySet[Customer]:
    """The customers that are not erased."""
    return Customer.objects.filter(erased_at__isnull=True)


def live_campaigns() -> QuerySet[DiscountCampaign]:
    """The campaigns that are not archived."""
    return DiscountCampaign.objects.filter(archived_at__isnull=True)


def running_campaigns(*, now: datetime) -> QuerySet[DiscountCampaign]:
    """The campaigns that can be applied now."""
    return live_campaigns().filter(_running(now))


def live_customer(customer_id: int) -> Customer:
    customer = live_customers().filter(id=customer_id).first()
    if customer is None:
        raise NotFound("Customer not found")
    return customer


def live_campaign(campaign_id: int) -> DiscountCampaign:
    campaign = live_campaigns().filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    return campaign


def usages() -> QuerySet[DiscountUsage]:
    """All usages with their campaigns, customers and users, newest first."""
    return DiscountUsage.objects.select_related(
        "campaign", "customer", "applied_by", "cancelled_by"
    )


def usage(usage_id: int) -> DiscountUsage:
    found = usages().filter(id=usage_id).first()
    if found is None:
        raise NotFound("Usage not found")
    return found


def usage_history(*, customer_id: int, campaign_id: int | None = None) -> QuerySet[DiscountUsage]:
    """A customer's usages, newest first, of one campaign or all; raises NotFound for none.

    Erased customers and archived campaigns keep their history.
    """
    if not Customer.objects.filter(id=customer_id).exists():
        raise NotFound("Customer not found")
    own = usages().filter(customer_id=customer_id)
    if campaign_id is None:
        missing = f"No discount usage history found for customer {customer_id}"
    else:
        if not DiscountCampaign.objects.filter(id=campaign_id).exists():
            raise NotFound(f"Campaign with ID {campaign_id} not found")
        own = own.filter(campaign_id=campaign_id)
        missing = f"No discount usage found for customer {customer_id} with campaign {campaign_id}"
    if not own.exists():
        raise NotFound(missing)
    return own


# --- Status ---------------------------------------------------------------------------------


def reason_now(campaign: DiscountCampaign, *, now: datetime) -> InactiveReason | None:
    """Why a campaign is inactive, None if it is active; independent of the sweep's mark."""
    return inactive_reason(
        switched_off=campaign.inactive_reason == InactiveReason.MANUAL,
        used_minor=campaign.used_budget_minor,
        total_minor=campaign.total_budget_minor,
        end_date=campaign.end_date,
        now=now,
    )


def having_status(status: Status, *, now: datetime) -> Q:
    """The campaigns with this status according to `reason_now`."""
    is_active = (
        (Q(status=Status.ACTIVE.value) | Q(inactive_reason=InactiveReason.EXPIRED.value))
        & Q(used_budget_minor__lt=F("total_budget_minor"))
        & Q(end_date__gt=now)
    )
    return is_active if status == Status.ACTIVE else ~is_active


# --- Decisions ------------------------------------------------------------------------------


def terms_of(campaign: DiscountCampaign) -> Terms:
    reason = campaign.inactive_reason
    return Terms(
        campaign_id=campaign.id,
        currency=currency_of(campaign),
        discount_type=DiscountType(campaign.discount_type),
        percentage_hundredths=campaign.discount_percentage_hundredths,
        flat_minor=campaign.discount_flat_minor,
        max_discount_minor=campaign.max_discount_amount_minor,
        min_cart_value_minor=campaign.min_cart_value_minor,
        inactive_reason=InactiveReason(reason) if reason else None,
        start_date=campaign.start_date,
        end_date=campaign.end_date,
        total_budget_minor=campaign.total_budget_minor,
        used_budget_minor=campaign.used_budget_minor,
        is_targeted=campaign.is_targeted,
        max_usage_per_day=campaign.max_usage_per_customer_per_day,
    )


def allowance(campaign: DiscountCampaign, *, customer_id: int, day: date) -> Allowance:
    """A customer's standing with one campaign on one of its days."""
    used = UsagesByDay.objects.filter(pk=(campaign.id, customer_id, day))
    return Allowance(
        is_target=campaign.is_targeted
        and CampaignTarget.objects.filter(pk=(campaign.id, customer_id)).exists(),
        used_today=used.values_list("live", flat=True).first() or 0,
    )


def offers(
    *, customer_id: int, basket: Basket, now: datetime, with_refused: bool = False
) -> Offers:
    """The campaigns for a basket now; `with_refused` includes those that don't apply.

    Raises NotFound. The number of queries does not depend on the number of campaigns.
    """
    customer = live_customer(customer_id)
    by_id = live_campaigns().filter(_running(now)).in_bulk()
    if with_refused:
        # If one was changed meanwhile, the later read counts.
        others = live_campaigns().exclude(_running(now))[: MOST_REFUSED + 1]
        by_id |= {campaign.id: campaign for campaign in others}
    decisions = _decide(by_id.values(), customer, basket, now)
    ranked = [Offer(by_id[d.terms.campaign_id], d) for d in best_first(decisions)]
    refused = [d for d in decisions if d.refusal is not None] if with_refused else []
    refused.sort(key=lambda d: d.terms.campaign_id)
    return Offers(
        by_type={
            kind: [offer for offer in ranked if offer.decision.terms.discount_type is kind]
            for kind in DiscountType
        },
        refused=[Offer(by_id[d.terms.campaign_id], d) for d in refused[-MOST_REFUSED:]],
        is_cut=len(refused) > MOST_REFUSED,
    )


def _running(now: datetime) -> Q:
    """The campaigns that may apply now, by their dates; independent of the mark of expiry."""
    not_stopped = Q(status=Status.ACTIVE.value) | Q(inactive_reason=InactiveReason.EXPIRED.value)
    return not_stopped & Q(start_date__lte=now, end_date__gt=now)


def _decide(
    campaigns: Iterable[DiscountCampaign], customer: Customer, basket: Basket, now: datetime
) -> list[Decision]:
    targeted = set(
        CampaignTarget.objects.filter(customer_id=customer.id).values_list("campaign_id", flat=True)
    )
    used = _uses_around(customer.id, now)
    decisions = []
    for campaign in campaigns:
        day = local_day(now, zone=campaign.timezone)
        standing = Allowance(
            is_target=campaign.id in targeted, used_today=used.get((campaign.id, day), 0)
        )
        decisions.append(evaluate(terms_of(campaign), basket, standing, now=now))
    return decisions


def _uses_around(customer_id: int, now: datetime) -> dict[tuple[int, date], int]:
    """A customer's live usages by campaign and day, for every day that is today somewhere."""
    today = now.astimezone(UTC).date()
    days = (today - timedelta(days=1), today + timedelta(days=1))
    rows = UsagesByDay.objects.filter(customer_id=customer_id, local_day__range=days)
    columns = rows.values_list("campaign_id", "local_day", "live")
    return {(campaign_id, day): live for campaign_id, day, live in columns}
