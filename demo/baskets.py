"""Generates discount campaigns and the baskets of their customers; pure.

The same random seed and moment give the same campaigns and baskets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from discounts.money import Currency
from discounts.rules import Basket

CUSTOMERS = 150
# One customer in this many is targeted.
TARGETS_EVERY = 5
# The share of customers who try a targeted campaign without being targeted.
STRANGERS = 0.15
MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, kw_only=True, eq=False)
class CampaignPlan:
    """A discount campaign to be created; `terms` are some of CAMPAIGN_FIELDS.

    It starts `began_ago` before now (after now if negative) and lasts `lasts`; about
    `baskets_a_day` customers use it.
    """

    name: str
    description: str
    began_ago: timedelta
    lasts: timedelta
    terms: dict[str, object]
    baskets_a_day: int = 0
    is_targeted: bool = False

    def dates(self, now: datetime) -> dict[str, datetime]:
        return {"start_date": now - self.began_ago, "end_date": now - self.began_ago + self.lasts}


CAMPAIGNS = (
    CampaignPlan(
        name="Autumn sale",
        description="A share of the cart, with a cap. About as fast as planned.",
        began_ago=timedelta(days=21),
        lasts=timedelta(days=42),
        terms={
            "discount_type": "cart",
            "discount_percentage_hundredths": 1500,
            "max_discount_amount_minor": 30_000,
            "min_cart_value_minor": 50_000,
            "total_budget_minor": 8_000_000,
            "max_usage_per_customer_per_day": 2,
        },
        baskets_a_day=9,
    ),
    CampaignPlan(
        name="Free delivery",
        description="All of the delivery charge, up to a limit.",
        began_ago=timedelta(days=14),
        lasts=timedelta(days=60),
        terms={
            "discount_type": "delivery",
            "discount_percentage_hundredths": 10_000,
            "max_discount_amount_minor": 9_900,
            "min_cart_value_minor": 30_000,
            "total_budget_minor": 2_500_000,
        },
        baskets_a_day=7,
    ),
    CampaignPlan(
        name="Welcome back",
        description="A fixed amount for chosen customers. Spends faster than planned.",
        began_ago=timedelta(days=10),
        lasts=timedelta(days=30),
        terms={
            "discount_type": "cart",
            "discount_flat_minor": 20_000,
            "min_cart_value_minor": 100_000,
            "total_budget_minor": 1_200_000,
        },
        baskets_a_day=5,
        is_targeted=True,
    ),
    CampaignPlan(
        name="First hundred orders",
        description="Its budget is used up.",
        began_ago=timedelta(days=18),
        lasts=timedelta(days=30),
        terms={
            "discount_type": "cart",
            "discount_flat_minor": 10_000,
            "total_budget_minor": 405_000,
        },
        baskets_a_day=10,
    ),
    CampaignPlan(
        name="Late summer delivery",
        description="It has ended.",
        began_ago=timedelta(days=28),
        lasts=timedelta(days=20),
        terms={
            "discount_type": "delivery",
            "discount_flat_minor": 4_000,
            "total_budget_minor": 900_000,
        },
        baskets_a_day=4,
    ),
    CampaignPlan(
        name="Winter sale",
        description="It has not begun yet.",
        began_ago=timedelta(days=-7),
        lasts=timedelta(days=21),
        terms={
            "discount_type": "cart",
            "discount_percentage_hundredths": 2500,
            "max_discount_amount_minor": 50_000,
            "total_budget_minor": 10_000_000,
        },
    ),
)


@dataclass(frozen=True)
class Visit:
    """A customer (by number) with a basket at a moment; cancelled later if `is_sent_back`."""

    at: datetime
    customer: int
    basket: Basket
    is_sent_back: bool


def visits(
    plan: CampaignPlan, *, currency: Currency, random: Random, now: datetime
) -> Iterator[Visit]:
    """The attempts to use the campaign, day by day until now, unordered within a day."""
    begin = now - plan.began_ago
    for day in range(min(plan.began_ago, plan.lasts) // timedelta(days=1)):
        for _ in range(random.randint(plan.baskets_a_day // 2, plan.baskets_a_day * 3 // 2)):
            minute = timedelta(minutes=random.randrange(MINUTES_PER_DAY))
            customer = random.randrange(CUSTOMERS)
            if plan.is_targeted and random.random() > STRANGERS:
                customer -= customer % TARGETS_EVERY
            yield Visit(
                begin + timedelta(days=day) + minute,
                customer,
                Basket(
                    currency=currency,
                    cart_value_minor=random.randrange(20_000, 350_000, 500),
                    delivery_charge_minor=random.choice((0, 4_900, 7_900, 12_900)),
                ),
                is_sent_back=random.random() < 0.05,
            )
