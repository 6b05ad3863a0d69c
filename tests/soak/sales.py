"""Discount campaigns in every state and age, with each field of the API at its limits."""

from datetime import timedelta

from django.utils import timezone

from discounts import apply
from discounts.campaigns.services import remove_campaign, update_campaign
from discounts.currencies import currency_of
from discounts.models import DiscountCampaign, DiscountUsage
from discounts.rules import Basket
from foundation.errors import InvalidInput
from foundation.parsing import EARLIEST, LATEST
from tests.discounts.factories import make_customer
from tests.soak import schema
from tests.soak.mailings import ZONES
from tests.soak.pairwise import choose

INSTANT = timedelta(microseconds=1)
LAST = LATEST - INSTANT
DAY = timedelta(days=1)
# Fields that depend on each other are chosen together; all others come from the schema.
TOGETHER = {"start_date", "end_date", "discount_percentage", "discount_flat", "is_targeted"}
TOGETHER |= {"target_customer_ids", "timezone", "status"}
STATES = {
    "period": (
        *("2000 to 2199", "30 days around now", "an instant in 2000", "an instant in 2199"),
        *("since a minute", "until a minute", "ended yesterday", "starts tomorrow"),
    ),
    "discount": (
        *(("discount_percentage", end) for end in (0, 1)),
        *(("discount_flat", end) for end in (0, 1)),
    ),
    "for": ("everybody", "one customer"),
    "timezone": ZONES,
    "used": ("never", "once", "twice", "taken back", "all of it"),
    "afterwards": ("left alone", "switched off", "archived"),
    "cart_value": ("smallest", "largest"),
    "delivery_charge": ("empty", "smallest", "largest"),
}


def rows():
    fields = {
        name: values
        for name, values in schema.body_values("/api/v1/campaigns/", "post").items()
        if name not in TOGETHER
    }
    return choose(STATES | fields)


def body_of(row, customer):
    """What is sent to create a row's campaign; an empty field is left out."""
    ends = schema.body_values("/api/v1/campaigns/", "post")
    kind, end = row["discount"]
    start_date, end_date = _period(row["period"], timezone.now())
    body = {name: value for name, value in row.items() if name in ends}
    body |= {
        kind: ends[kind][end],
        "start_date": start_date.isoformat(),
        "end_date": end_date.isoformat(),
        "is_targeted": row["for"] != "everybody",
    }
    if body["is_targeted"]:
        body["target_customer_ids"] = [customer.id]
    return {name: value for name, value in body.items() if value not in ("", None)}


def _period(period, now):
    return {
        "2000 to 2199": (EARLIEST, LAST),
        "30 days around now": (now - 15 * DAY, now + 15 * DAY),
        "an instant in 2000": (EARLIEST, EARLIEST + INSTANT),
        "an instant in 2199": (LAST - INSTANT, LAST),
        "since a minute": (now - DAY / 1440, LAST),
        "until a minute": (EARLIEST, now + DAY / 1440),
        "ended yesterday": (now - 9 * DAY, now - DAY),
        "starts tomorrow": (now + DAY, now + 9 * DAY),
    }[period]


def basket_of(row):
    """(cart value, delivery charge) as they are sent; the charge is optional."""
    ends = schema.body_values("/api/v1/discounts/available/", "post")
    at = {"smallest": 0, "largest": 1}
    basket = {"cart_value": ends["cart_value"][at[row["cart_value"]]]}
    if row["delivery_charge"] != "empty":
        basket["delivery_charge"] = ends["delivery_charge"][at[row["delivery_charge"]]]
    return basket


def use(row, campaign, customer):
    """Uses the campaign, if it gives anything, at moments at which it ran."""
    if row["used"] == "never":
        return
    moments = _moments(campaign)
    wanted = {"once": 1, "twice": 2, "taken back": 1, "all of it": 3}[row["used"]]
    carts = {"all of it": campaign.total_budget_minor}.get(row["used"], 10_000)
    for moment in moments[:wanted]:
        _apply(campaign, customer, carts + campaign.min_cart_value_minor, moment)
    if row["used"] == "taken back":
        for usage in DiscountUsage.objects.filter(campaign=campaign):
            apply.cancel_usage(usage_id=usage.id, now=timezone.now())
    campaign.refresh_from_db()


def _moments(campaign):
    """The first, one in the middle, and the last moment at which it ran until now."""
    last = min(timezone.now(), campaign.end_date - INSTANT)
    if last < campaign.start_date:
        return []
    middle = campaign.start_date + (last - campaign.start_date) / 2
    return [campaign.start_date, middle, last]


def _apply(campaign, customer, value, moment):
    basket = Basket(
        currency=currency_of(campaign), cart_value_minor=value, delivery_charge_minor=value
    )
    application = apply.Application(campaign_id=campaign.id, customer_id=customer.id, basket=basket)
    # Refused if its budget or the uses of the day are used up.
    try:
        apply.apply_discount(application=application, now=moment)
    except InvalidInput:
        return


def leave(row, campaign):
    now = timezone.now()
    if row["afterwards"] == "switched off":
        update_campaign(campaign_id=campaign.id, changes={"status": "inactive"}, now=now)
    if row["afterwards"] == "archived":
        remove_campaign(campaign_id=campaign.id, now=now)


def make(row, api):
    """The row's campaign, created through the API, and its customer; None where it was refused."""
    customer = make_customer()
    response = api.post("/api/v1/campaigns/", body_of(row, customer))
    assert response.status_code in (201, 400), response.content
    if response.status_code == 400:
        assert response.json()["errors"] or response.json()["detail"]
        return None, customer
    campaign = DiscountCampaign.objects.get(id=response.json()["id"])
    use(row, campaign, customer)
    return campaign, customer
