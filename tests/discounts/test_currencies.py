"""Amounts in currencies of no, two and three decimals, from the call to the page and back."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from discounts.models import DiscountCampaign
from discounts.money import LARGEST_MINOR
from discounts.performance.queries import days_of_use, top_customers
from tests.admin_pages import rows_of, text_of
from tests.discounts.calling import errors_of, refusal_of
from tests.discounts.factories import DAY, NOW, apply, make_campaign, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
CAMPAIGNS, DISCOUNTS = "/api/v1/campaigns/", "/api/v1/discounts/"
BLANK = "\N{NO-BREAK SPACE}"
SALE = {
    "name": "Sale",
    "discount_type": "cart",
    "discount_percentage": 35,
    "start_date": (NOW - DAY).isoformat(),
    "end_date": (NOW + DAY).isoformat(),
    "total_budget": 100_000,
}


def create(api, **changes):
    response = api.post(CAMPAIGNS, SALE | changes)
    assert response.status_code == 201, response.content
    return response.json()


def ask(api, customer, call="available", **basket):
    body = {"customer_id": customer.id, "cart_value": 600} | basket
    return api.post(f"{DISCOUNTS}{call}", body)


def numbers_of(response):
    """The answer with every number as the text that was sent."""
    return json.loads(response.content, parse_float=str, parse_int=str)


SHOPS = [
    ("INR", 123_456.78, "43209.87", "35% off (₹43,209.87)", "₹1,00,000.00"),
    ("JPY", 1_210, "424", "35% off (¥424)", "¥100,000"),
    ("KWD", 12.345, "4.321", f"35% off (KWD{BLANK}4.321)", f"KWD{BLANK}100,000.000"),
    ("IDR", 12_345, "4321", f"35% off (Rp{BLANK}4.321)", f"Rp{BLANK}100.000"),
    ("VND", 12_345, "4321", "35% off (₫4,321)", "₫100,000"),
    ("KRW", 12_345, "4321", "35% off (₩4,321)", "₩100,000"),
]


@pytest.mark.parametrize(("currency", "cart", "discount", "savings", "budget"), SHOPS)
def test_a_shop_sells_in_its_currency(
    api, admin_client, customer, settings, currency, cart, discount, savings, budget
):
    settings.CURRENCY = currency
    campaign = create(api)
    assert campaign["currency"] == currency
    best = ask(api, customer, cart_value=cart)
    assert best.json()["best_cart_discount"]["savings"] == savings
    assert numbers_of(best)["best_cart_discount"]["discount_amount"] == discount
    usage = ask(api, customer, "apply", cart_value=cart, campaign_id=campaign["id"])
    assert numbers_of(usage)["discount_amount"] == discount
    assert usage.json()["currency"] == currency
    for page in ("discount-campaign-performance", "admin:discounts_discountcampaign_change"):
        found = text_of(admin_client.get(reverse(page, args=[campaign["id"]])))
        assert budget.replace(BLANK, " ") in found
    saved = savings.partition("(")[2].rstrip(")").replace(BLANK, " ")
    for page in ("discountcampaign", "discountusage"):
        listed = text_of(admin_client.get(reverse(f"admin:discounts_{page}_changelist")))
        assert saved in listed


@pytest.mark.parametrize(
    ("currency", "amount", "says"),
    [
        ("JPY", 1210.5, "Give a whole number"),
        ("INR", 1.999, "at most two decimals"),
        ("KWD", 1.0005, "at most three decimals"),
    ],
)
def test_a_campaign_takes_no_more_decimals_than_its_currency_has(
    api, settings, currency, amount, says
):
    settings.CURRENCY = currency
    names = ("total_budget", "min_cart_value", "max_discount_amount")
    for name in names:
        response = api.post(CAMPAIGNS, SALE | {name: amount})
        assert errors_of(response) == [name]
        assert says in refusal_of(response)[0]
    own = f"{CAMPAIGNS}{create(api)['id']}/"
    settings.CURRENCY = "CLF"
    assert errors_of(api.patch(own, dict.fromkeys(names, amount))) == sorted(names)


@pytest.mark.parametrize(
    ("currency", "sent", "taken"), [("INR", 0.1 + 0.2, "0.3"), ("JPY", 1210.5, "1211")]
)
def test_a_cart_is_rounded_to_the_minor_unit(api, customer, settings, currency, sent, taken):
    settings.CURRENCY = currency
    campaign = create(api)
    usage = ask(api, customer, "apply", campaign_id=campaign["id"], cart_value=sent)
    assert numbers_of(usage)["original_amount"] == taken


# --- The setting changes ----------------------------------------------------------------------


def test_what_amounts_mean_stays_when_the_setting_changes(api, admin_client, customer, settings):
    campaign = create(api, total_budget=1000.5)
    ask(api, customer, "apply", campaign_id=campaign["id"])
    pages = [
        reverse("discount-campaign-performance", args=[campaign["id"]]),
        reverse("admin:discounts_discountcampaign_changelist"),
        reverse("admin:discounts_discountusage_changelist"),
    ]
    calls = [f"{CAMPAIGNS}{campaign['id']}/", f"{DISCOUNTS}usage/{customer.id}"]
    shown = [text_of(admin_client.get(page)) for page in pages]
    answered = [api.get(call).json() for call in calls]
    settings.CURRENCY = "JPY"
    assert [text_of(admin_client.get(page)) for page in pages] == shown
    assert [api.get(call).json() for call in calls] == answered
    changed = api.patch(calls[0], {"total_budget": 2000.25}).json()
    assert (changed["total_budget"], changed["currency"]) == (2000.25, "INR")
    form = admin_client.get(
        reverse("admin:discounts_discountcampaign_change", args=[campaign["id"]])
    ).content.decode()
    assert 'value="2000.25"' in form and "In INR, two decimals." in form


def test_amounts_of_another_currency_are_never_compared(api, admin_client, customer, settings):
    rupees = create(api, min_cart_value=1000)
    settings.CURRENCY = "KWD"
    dinars = create(api, name="Dinars")
    answer = ask(api, customer, "available?explain=true", cart_value=600).json()
    assert answer["currency"] == "KWD"
    assert [row["campaign_id"] for row in answer["cart_discounts"]] == [dinars["id"]]
    assert answer["not_eligible"] == [
        {
            "campaign_id": rupees["id"],
            "code": "other_currency",
            "detail": "its amounts are in INR, the basket's are not",
        }
    ]
    refused = ask(api, customer, "apply", campaign_id=rupees["id"], cart_value=5000)
    assert refusal_of(refused)[1] == "other_currency"
    assert not DiscountCampaign.objects.exclude(used_budget_minor=0).exists()
    page = admin_client.post(
        reverse("discount-simulate"), {"customer": customer.id, "cart_value": "5000.125"}
    )
    assert "35% off (KWD 1,750.044)" in text_of(page)
    assert "Its amounts are in INR" in text_of(page)


def test_campaigns_of_one_currency_with_other_decimals_are_ranked_by_their_worth(
    api, customer, settings
):
    settings.CURRENCY = "JPY"
    small = make_campaign(name="small", discount_percentage_hundredths=500)
    large = make_campaign(name="large")
    # As an older version made it.
    DiscountCampaign.objects.filter(id=small.id).update(currency_digits=2)
    answer = ask(api, customer, cart_value=1_211)
    assert [row["campaign_id"] for row in answer.json()["cart_discounts"]] == [large.id, small.id]
    shown = numbers_of(answer)["cart_discounts"]
    assert [row["discount_amount"] for row in shown] == ["121", "60.55"]
    assert [row["original_amount"] for row in shown] == ["1211", "1211.0"]


def test_keys_from_before_currencies_had_decimals_are_still_valid(api, customer, settings):
    settings.CURRENCY = "JPY"
    campaign = create(api)
    body = {"customer_id": customer.id, "campaign_id": campaign["id"], "cart_value": 600}
    key = {"Idempotency-Key": "1"}
    first = api.post(f"{DISCOUNTS}apply", body, headers=key)
    settings.CURRENCY = "INR"
    assert api.post(f"{DISCOUNTS}apply", body, headers=key).json() == first.json()


# --- Large amounts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "largest", "left"),
    [
        ("INR", "90071992547409.91", "90071992547409.90"),
        ("KWD", "9007199254740.991", "9007199254740.990"),
        ("IDR", "9007199254740991", "9007199254740990"),
    ],
)
def test_the_largest_amount_goes_in_and_out_to_its_last_digit(
    api, admin_client, settings, currency, largest, left
):
    settings.CURRENCY = currency
    values = json.dumps(SALE | {"discount_percentage": 100, "min_cart_value": 0})
    body = values.replace('"total_budget": 100000', f'"total_budget": {largest}')
    created = api.post(CAMPAIGNS, body, content_type="application/json")
    assert numbers_of(created)["total_budget"] == largest
    campaign = DiscountCampaign.objects.get()
    assert campaign.total_budget_minor == LARGEST_MINOR
    ann, bob = make_customer(), make_customer()
    apply(campaign, ann, cart=LARGEST_MINOR - 1, currency=currency)
    campaign.refresh_from_db()
    shown = numbers_of(api.get(f"{CAMPAIGNS}{campaign.id}/"))
    assert float(shown["used_budget"]) == float(left)
    assert shown["used_budget"].ljust(len(left), "0") == left
    assert apply(campaign, bob, cart=LARGEST_MINOR, currency=currency).discount_amount_minor == 1
    page = reverse("admin:discounts_discountcampaign_changelist")
    [row] = rows_of(admin_client.get(page))
    used, total = ("".join(filter(str.isdigit, words)) for words in row["budget"].split(" of "))
    assert used == total == str(LARGEST_MINOR)
    page = admin_client.get(reverse("discount-campaign-performance", args=[campaign.id]))
    assert "".join(filter(str.isdigit, page.context["figures"]["used"])) == str(LARGEST_MINOR)
    assert [use.spent_minor for use in top_customers(campaign.id)] == [LARGEST_MINOR - 1, 1]
    assert sum(day.spent_minor for day in days_of_use(campaign.id)) == LARGEST_MINOR


@pytest.mark.parametrize(
    "number", ["1e400", "1E-400", "1e99999999999999999999", "-1e-99999999999999999999"]
)
def test_an_enormous_number_is_refused_with_a_sentence(api, customer, number):
    body = f'{{"customer_id": {customer.id}, "cart_value": {number}}}'
    response = api.post(f"{DISCOUNTS}available", body, content_type="application/json")
    assert errors_of(response) == ["cart_value"]


def test_a_text_is_never_taken_for_a_number(api):
    body = create(api, name="12.50", description='"12.50"', total_budget=90071992547409.91)
    assert (body["name"], body["description"]) == ("12.50", '"12.50"')


# --- An older version's rows ------------------------------------------------------------------


def test_a_row_written_by_an_older_version_has_the_currency_of_that_time(discount_campaign):
    """It does not name newer columns."""
    known = [
        field.column
        for field in DiscountCampaign._meta.concrete_fields
        if field.name not in ("id", "currency", "currency_digits")
    ]
    columns = ", ".join(known)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO discounts_discountcampaign ({columns}) "
            f"SELECT {columns} FROM discounts_discountcampaign"
        )
    old = DiscountCampaign.objects.exclude(id=discount_campaign.id).get()
    assert (old.currency, old.currency_digits) == ("INR", 2)
