"""Compares budgets and daily counts with the live usages, and corrects differences.

Each value is compared in one statement, so discounts can be applied meanwhile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from discounts.currencies import currency_of
from discounts.models import DiscountCampaign, DiscountUsage, UsagesByDay
from discounts.money import Currency, to_decimal
from discounts.rules import InactiveReason, Status, inactive_reason
from foundation.database.bulk_sql import upsert
from foundation.database.transactions import in_transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class BudgetDifference:
    """A campaign's used budget, and the sum of its live usages, in minor units."""

    campaign_id: int
    currency: Currency
    stored_minor: int
    live_minor: int
    total_minor: int

    def __str__(self) -> str:
        stored, live, total = (
            f"{to_decimal(minor, digits=self.currency.digits)} {self.currency.code}"
            for minor in (self.stored_minor, self.live_minor, self.total_minor)
        )
        line = f"campaign {self.campaign_id}: {stored} are stored as used, its usages make {live}"
        if self.live_minor > self.total_minor:
            line += f"; raise its budget of {total} before repairing it"
        return line


@dataclass(frozen=True, kw_only=True)
class DayDifference:
    """The counted and the actual usages of a customer's day with a campaign."""

    campaign_id: int
    customer_id: int
    local_day: date
    stored: int
    live: int

    def __str__(self) -> str:
        where = f"campaign {self.campaign_id}, customer {self.customer_id}, {self.local_day}"
        return f"{where}: {self.stored} counted, {self.live} live usages"


@dataclass(frozen=True)
class Differences:
    """All differences."""

    budgets: list[BudgetDifference]
    days: list[DayDifference]

    def lines(self) -> Iterator[str]:
        """A sentence for each difference."""
        yield from map(str, self.budgets)
        yield from map(str, self.days)

    def __bool__(self) -> bool:
        return bool(self.budgets or self.days)


def find_differences() -> Differences:
    return Differences(budgets=budget_differences(), days=[*_wrong_days(), *_missing_days()])


def budget_differences() -> list[BudgetDifference]:
    """The campaigns whose used budget is not the sum of their live usages."""
    own = _live_usages().filter(campaign_id=OuterRef("id")).order_by().values("campaign_id")
    spent = Subquery(own.values(n=Sum("discount_amount_minor")), output_field=BigIntegerField())
    wrong = DiscountCampaign.objects.annotate(live=Coalesce(spent, 0)).exclude(
        used_budget_minor=F("live")
    )
    return [
        BudgetDifference(
            campaign_id=campaign.id,
            currency=currency_of(campaign),
            stored_minor=campaign.used_budget_minor,
            live_minor=campaign.live,
            total_minor=campaign.total_budget_minor,
        )
        for campaign in wrong.order_by("id")
    ]


def repair(differences: Differences, *, now: datetime) -> None:
    """Correct the differences, row by row; a budget that is too small for that is left alone."""
    for budget in differences.budgets:
        _repair_budget(budget.campaign_id, now=now)
    for day in differences.days:
        _repair_day(
            campaign_id=day.campaign_id, customer_id=day.customer_id, local_day=day.local_day
        )


def _live_usages() -> QuerySet[DiscountUsage]:
    return DiscountUsage.objects.filter(cancelled_at__isnull=True)


def _wrong_days() -> Iterator[DayDifference]:
    """Counted days with more or fewer live usages."""
    own = _live_usages().filter(
        campaign_id=OuterRef("campaign_id"),
        customer_id=OuterRef("customer_id"),
        local_day=OuterRef("local_day"),
    )
    counted = Subquery(
        own.order_by().values("local_day").values(n=Count("*")), output_field=IntegerField()
    )
    wrong = UsagesByDay.objects.annotate(true=Coalesce(counted, 0)).exclude(live=F("true"))
    for row in wrong.order_by("pk"):
        yield DayDifference(
            campaign_id=row.campaign_id,
            customer_id=row.customer_id,
            local_day=row.local_day,
            stored=row.live,
            live=row.true,
        )


def _missing_days() -> Iterator[DayDifference]:
    """Days with live usages that are not counted."""
    counted = UsagesByDay.objects.filter(
        campaign_id=OuterRef("campaign_id"),
        customer_id=OuterRef("customer_id"),
        local_day=OuterRef("local_day"),
    )
    days = ("campaign_id", "customer_id", "local_day")
    uncounted = _live_usages().filter(~Exists(counted)).order_by(*days)
    for row in uncounted.values(*days).annotate(n=Count("*")):
        yield DayDifference(**{name: row[name] for name in days}, stored=0, live=row["n"])


@in_transaction
def _repair_budget(campaign_id: int, *, now: datetime) -> None:
    """Concurrent updates wait for the row lock and then change the correct sum."""
    campaign = DiscountCampaign.objects.select_for_update().get(id=campaign_id)
    own = _live_usages().filter(campaign_id=campaign_id)
    used = own.aggregate(n=Coalesce(Sum("discount_amount_minor"), 0))["n"]
    if used > campaign.total_budget_minor or used == campaign.used_budget_minor:
        return
    campaign.used_budget_minor = used
    reason = inactive_reason(
        switched_off=campaign.inactive_reason == InactiveReason.MANUAL,
        used_minor=used,
        total_minor=campaign.total_budget_minor,
        end_date=campaign.end_date,
        now=now,
    )
    if campaign.inactive_reason != (reason and reason.value):
        campaign.updated_at = now
    campaign.status = (Status.ACTIVE if reason is None else Status.INACTIVE).value
    campaign.inactive_reason = reason and reason.value
    campaign.save(update_fields=["used_budget_minor", "status", "inactive_reason", "updated_at"])
    log.warning("discount_budget_repaired", campaign=campaign_id, used_minor=used)


@in_transaction
def _repair_day(*, campaign_id: int, customer_id: int, local_day: date) -> None:
    """Concurrent applying and cancelling waits for the row lock, and then updates the correct
    count.
    """
    key = (campaign_id, customer_id, local_day)
    names = ("campaign_id", "customer_id", "local_day")
    upsert(UsagesByDay, (*names, "live", "allowed"), [(*key, 0, 0)], key=names, adding=True)
    day = UsagesByDay.objects.select_for_update().get(pk=key)
    live = _live_usages().filter(**dict(zip(names, key, strict=True))).count()
    allowed = max(day.allowed, live)
    UsagesByDay.objects.filter(pk=key).update(allowed=allowed, live=live)
    log.warning("discount_day_repaired", campaign=campaign_id, customer=customer_id, live=live)
