"""Reads the performance of a discount campaign; the database does the sums."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from discounts.models import DiscountUsage
from discounts.performance.pace import DayOfUse

LIVE = Q(cancelled_at__isnull=True)
MOST_CUSTOMERS = 10


@dataclass(frozen=True, kw_only=True)
class CustomersUse:
    """One customer's usage of a campaign, without cancelled usages."""

    customer_id: int
    redemptions: int
    spent_minor: int


def days_of_use(campaign_id: int) -> list[DayOfUse]:
    """The days with usages of a campaign, in order."""
    used = DiscountUsage.objects.filter(campaign_id=campaign_id).order_by("local_day")
    rows = used.values("local_day").annotate(
        redemptions=Count("id", filter=LIVE),
        spent=Coalesce(Sum("discount_amount_minor", filter=LIVE), 0),
        every=Count("*"),
    )
    return [
        DayOfUse(
            day=row["local_day"],
            redemptions=row["redemptions"],
            spent_minor=int(row["spent"]),
            cancelled=row["every"] - row["redemptions"],
        )
        for row in rows
    ]


def top_customers(campaign_id: int) -> list[CustomersUse]:
    """The customers with the largest sums, at most MOST_CUSTOMERS."""
    used = DiscountUsage.objects.filter(LIVE, campaign_id=campaign_id).order_by()
    rows = used.values("customer_id").annotate(
        redemptions=Count("*"), spent=Sum("discount_amount_minor")
    )
    return [
        CustomersUse(
            customer_id=row["customer_id"],
            redemptions=row["redemptions"],
            spent_minor=int(row["spent"]),
        )
        for row in rows.order_by("-spent", "customer_id")[:MOST_CUSTOMERS]
    ]
