"""Customers, campaigns and applications for the tests; amounts are whole minor units."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from discounts import customers
from discounts.apply import Application, apply_discount, cancel_usage
from discounts.campaigns.services import create_campaign, update_campaign
from discounts.money import currency_by_code
from discounts.rules import Basket, Terms
from discounts.types import DiscountType

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INR = currency_by_code("INR")
TERMS = Terms(
    campaign_id=1,
    currency=INR,
    discount_type=DiscountType.CART,
    percentage_hundredths=1000,
    flat_minor=None,
    max_discount_minor=None,
    min_cart_value_minor=0,
    inactive_reason=None,
    start_date=NOW - DAY,
    end_date=NOW + DAY,
    total_budget_minor=100_000,
    used_budget_minor=0,
    is_targeted=False,
    max_usage_per_day=1,
)
numbers = count()


def terms(**changes):
    """Ten percent off the cart, running, with 1,000.00 to spend."""
    return replace(TERMS, **changes)


def basket(cart=10_000, delivery=0, currency=INR):
    return Basket(currency=currency, cart_value_minor=cart, delivery_charge_minor=delivery)


def campaign_values(**changes):
    """What `create_campaign` takes for the same campaign; `flat` replaces the percentage."""
    values = {
        "name": "Ten percent",
        "discount_type": "cart",
        "discount_percentage_hundredths": 1000,
        "start_date": NOW - DAY,
        "end_date": NOW + DAY,
        "total_budget_minor": 100_000,
    }
    if "discount_flat_minor" in changes:
        values["discount_percentage_hundredths"] = None
    return values | changes


def make_campaign(*, now=NOW, **changes):
    return create_campaign(values=campaign_values(**changes), now=now)


def make_customer(email=None, name="Ann Lee"):
    return customers.create_customer(
        email=email or f"ann{next(numbers)}@example.com", name=name, now=NOW
    )


def update(campaign, *, now=NOW, **changes):
    return update_campaign(campaign_id=campaign.id, changes=changes, now=now)


def application(
    campaign, customer, *, cart=10_000, delivery=0, currency="INR", user=None, key=None
):
    return Application(
        campaign_id=campaign.id,
        customer_id=customer.id,
        basket=basket(cart, delivery, currency_by_code(currency)),
        user_id=user and user.id,
        idempotency_key=key,
    )


def apply(campaign, customer, *, now=NOW, **kwargs):
    wanted = application(campaign, customer, **kwargs)
    return apply_discount(application=wanted, now=now)


def cancel(usage, *, now=NOW):
    return cancel_usage(usage_id=usage.id, now=now)
