"""Asking for discounts, applying, cancelling and looking back through the API."""

import uuid

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from discounts.models import DiscountCampaign, DiscountUsage
from tests.discounts.calling import errors_of, refusal_of
from tests.discounts.factories import DAY, NOW, apply, cancel, make_campaign, make_customer, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
AVAILABLE = "/api/v1/discounts/available"
APPLY = "/api/v1/discounts/apply"
CANCEL = "/api/v1/discounts/cancel"
USAGE = "/api/v1/discounts/usage/"


def basket(customer, cart=600, **changes):
    return {"customer_id": customer.id, "cart_value": cart} | changes


def wish(campaign, customer, **changes):
    return basket(customer) | {"campaign_id": campaign.id} | changes


def used(campaign):
    campaign.refresh_from_db()
    return campaign.used_budget_minor


# --- Available ------------------------------------------------------------------------------


def test_a_basket_without_any_campaign_gets_nothing(api, customer):
    response = api.post(AVAILABLE, basket(customer))
    assert response.status_code == 200
    assert response.json() == {
        "currency": "INR",
        "cart_discounts": [],
        "delivery_discounts": [],
        "best_cart_discount": None,
        "best_delivery_discount": None,
    }


def test_discounts_are_answered_best_first(api, customer):
    small = make_campaign(name="small")
    large = make_campaign(name="large", discount_percentage_hundredths=3500)
    free = make_campaign(name="free", discount_type="delivery", discount_flat_minor=5000)
    body = api.post(AVAILABLE, basket(customer, delivery_charge=40)).json()
    best = {
        "campaign_id": large.id,
        "campaign_name": "large",
        "discount_type": "cart",
        "discount_percentage": 35.0,
        "discount_flat": None,
        "discount_amount": 210.0,
        "original_amount": 600.0,
        "final_amount": 390.0,
        "is_best": True,
    }
    second = best | {
        "campaign_id": small.id,
        "campaign_name": "small",
        "discount_percentage": 10.0,
        "discount_amount": 60.0,
        "final_amount": 540.0,
        "is_best": False,
    }
    delivery = {
        "campaign_id": free.id,
        "campaign_name": "free",
        "discount_type": "delivery",
        "discount_percentage": None,
        "discount_flat": 50.0,
        "discount_amount": 40.0,
        "original_amount": 40.0,
        "final_amount": 0.0,
        "is_best": True,
    }
    assert body == {
        "currency": "INR",
        "cart_discounts": [best, second],
        "delivery_discounts": [delivery],
        "best_cart_discount": {
            "campaign_id": large.id,
            "discount_amount": 210.0,
            "savings": "35% off (₹210.00)",
        },
        "best_delivery_discount": {
            "campaign_id": free.id,
            "discount_amount": 40.0,
            "savings": "₹40.00 off",
        },
    }


def test_a_basket_is_rounded_to_two_decimals(api, customer, discount_campaign):
    body = basket(customer, cart=0.1 + 0.2, delivery_charge=1.999)
    [offer] = api.post(AVAILABLE, body).json()["cart_discounts"]
    assert offer["original_amount"] == 0.3
    usage = api.post(APPLY, body | {"campaign_id": discount_campaign.id}).json()
    assert (usage["original_amount"], usage["discount_amount"]) == (0.3, 0.03)


def test_of_equal_discounts_the_one_that_ends_earlier_comes_first(api, customer):
    late = make_campaign(end_date=NOW + 3 * DAY)
    early = make_campaign(end_date=NOW + 2 * DAY)
    twin = make_campaign(end_date=NOW + 2 * DAY)
    body = api.post(AVAILABLE, basket(customer)).json()
    assert [row["campaign_id"] for row in body["cart_discounts"]] == [early.id, twin.id, late.id]
    assert [row["is_best"] for row in body["cart_discounts"]] == [True, False, False]


def test_savings_are_told_in_the_currency_of_the_server(api, customer, settings):
    settings.CURRENCY = "EUR"
    make_campaign()
    body = api.post(AVAILABLE, basket(customer)).json()
    assert body["best_cart_discount"]["savings"] == "10% off (€60.00)"


def test_campaigns_that_do_not_apply_are_explained_on_request(api, customer):
    dear = make_campaign(min_cart_value_minor=64_000)
    off = update(make_campaign(), status="inactive")
    few = make_campaign(is_targeted=True, target_customer_ids=[make_customer().id])
    body = api.post(f"{AVAILABLE}?explain=true", basket(customer)).json()
    assert body["not_eligible"] == [
        {"campaign_id": dear.id, "code": "min_cart_value", "detail": "add ₹40.00 to qualify"},
        {"campaign_id": off.id, "code": "inactive", "detail": "the campaign is switched off"},
        {
            "campaign_id": few.id,
            "code": "not_targeted",
            "detail": "only for the campaign's target customers",
        },
    ]
    assert "not_eligible" not in api.post(f"{AVAILABLE}?explain=false", basket(customer)).json()
    assert errors_of(api.post(f"{AVAILABLE}?explain=yes", basket(customer))) == ["explain"]


def test_asking_writes_nothing_and_asks_few_queries(api, customer):
    for _ in range(3):
        make_campaign()
    with CaptureQueriesContext(connection) as few:
        api.post(f"{AVAILABLE}?explain=true", basket(customer))
    for _ in range(10):
        make_campaign()
    with CaptureQueriesContext(connection) as many:
        api.post(f"{AVAILABLE}?explain=true", basket(customer))
    assert len(few) == len(many) <= 6
    assert all(query["sql"].lstrip("( ").upper().startswith("SELECT") for query in many)


@pytest.mark.parametrize("path", [AVAILABLE, APPLY])
@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"cart_value": 0}, ["cart_value"]),
        ({"cart_value": -1}, ["cart_value"]),
        ({"cart_value": 0.001}, ["cart_value"]),
        ({"cart_value": 90071992547409.92}, ["cart_value"]),
        ({"cart_value": "600"}, ["cart_value"]),
        ({"cart_value": "NaN"}, ["cart_value"]),
        ({"cart_value": "1e3"}, ["cart_value"]),
        ({"cart_value": None}, ["cart_value"]),
        ({"delivery_charge": -0.01}, ["delivery_charge"]),
        ({"delivery_charge": 90071992547409.92}, ["delivery_charge"]),
        ({"delivery_charge": None}, ["delivery_charge"]),
        ({"customer_id": 0}, ["customer_id"]),
        ({"customer_id": "1"}, ["customer_id"]),
        ({"customer_id": 2**63}, ["customer_id"]),
        ({"coupon": "X"}, ["coupon"]),
        ({"cart_value": -1, "customer_id": "x"}, ["cart_value", "customer_id"]),
    ],
)
def test_a_bad_basket_is_refused_by_its_field(
    api, discount_campaign, customer, path, changed, fields
):
    body = wish(discount_campaign, customer) if path == APPLY else basket(customer)
    assert errors_of(api.post(path, body | changed)) == fields
    assert not DiscountUsage.objects.exists()


def test_what_is_missing_is_named(api):
    assert errors_of(api.post(AVAILABLE, {})) == ["cart_value", "customer_id"]
    assert errors_of(api.post(APPLY, {})) == ["campaign_id", "cart_value", "customer_id"]
    assert errors_of(api.post(CANCEL, {})) == ["usage_id"]


@pytest.mark.parametrize("path", [AVAILABLE, APPLY])
def test_infinity_is_refused(api, path):
    body = '{"customer_id": 1, "campaign_id": 1, "cart_value": Infinity}'
    response = api.post(path, body, content_type="application/json")
    assert refusal_of(response)[1] == "parse_error"


def test_an_unknown_customer_is_not_found(api, discount_campaign, customer):
    api.delete(f"/api/v1/customers/{customer.id}/")
    for path, body in ((AVAILABLE, basket(customer)), (APPLY, wish(discount_campaign, customer))):
        assert refusal_of(api.post(path, body), 404) == ("Customer not found", "not_found")


# --- Apply ----------------------------------------------------------------------------------


def test_a_discount_is_applied(api, discount_campaign, customer):
    response = api.post(APPLY, wish(discount_campaign, customer))
    assert response.status_code == 200
    body = response.json()
    assert body == {
        "id": body["id"],
        "campaign_id": discount_campaign.id,
        "customer_id": customer.id,
        "discount_amount": 60.0,
        "original_amount": 600.0,
        "final_amount": 540.0,
        "currency": "INR",
        "used_at": "2026-03-02T12:00:00Z",
        "cancelled_at": None,
        "applied_by": "root",
        "cancelled_by": None,
        "campaign_name": discount_campaign.name,
        "discount_type": "cart",
        "customer_name": customer.name,
        "customer_email": customer.email,
    }
    assert used(discount_campaign) == 6000


def test_a_delivery_discount_takes_from_the_delivery_charge(api, customer):
    campaign = make_campaign(discount_type="delivery")
    body = api.post(APPLY, wish(campaign, customer, delivery_charge=49.9)).json()
    assert (body["original_amount"], body["discount_amount"]) == (49.9, 4.99)


def test_the_last_discount_is_what_is_left(api, customer):
    campaign = make_campaign(total_budget_minor=2500)
    assert api.post(APPLY, wish(campaign, customer)).json()["discount_amount"] == 25.0
    own = api.get(f"/api/v1/campaigns/{campaign.id}/").json()
    assert (own["status"], own["inactive_reason"]) == ("inactive", "budget_exhausted")


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"start_date": NOW + DAY / 2}, "not_started"),
        ({"end_date": NOW}, "ended"),
        ({"min_cart_value_minor": 60_001}, "min_cart_value"),
    ],
)
def test_a_refusal_has_a_code(api, customer, terms, code):
    response = api.post(APPLY, wish(make_campaign(**terms), customer))
    assert refusal_of(response) == ("Customer is not eligible for this discount", code)
    assert not DiscountUsage.objects.exists()


def test_a_second_use_of_the_day_is_refused(api, discount_campaign, customer):
    api.post(APPLY, wish(discount_campaign, customer))
    response = api.post(APPLY, wish(discount_campaign, customer))
    assert refusal_of(response) == ("Customer is not eligible for this discount", "daily_limit")
    assert used(discount_campaign) == 6000


def test_without_anything_to_take_from_there_is_no_discount(api, customer):
    campaign = make_campaign(discount_type="delivery")
    response = api.post(APPLY, wish(campaign, customer))
    sentence = "No discount available for this transaction"
    assert refusal_of(response) == (sentence, "no_discount")


def test_an_unknown_campaign_is_not_found(api, discount_campaign, customer):
    discount_campaign.id = 999_999
    response = api.post(APPLY, wish(discount_campaign, customer))
    assert refusal_of(response, 404) == ("Campaign not found", "not_found")


def test_repeating_a_call_with_its_key_debits_once(api, discount_campaign, customer):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = api.post(APPLY, wish(discount_campaign, customer), headers=key)
    again = api.post(APPLY, wish(discount_campaign, customer, cart_value=600.00), headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert used(discount_campaign) == 6000


def test_a_key_with_another_body_is_refused(api, discount_campaign, customer):
    key = {"Idempotency-Key": "order-7"}
    api.post(APPLY, wish(discount_campaign, customer), headers=key)
    response = api.post(APPLY, wish(discount_campaign, customer, cart_value=601), headers=key)
    assert refusal_of(response, 422)[1] == "idempotency_key_reused"
    assert used(discount_campaign) == 6000


def test_a_key_belongs_to_its_user(api, sign_in, discount_campaign):
    ann, bob = make_customer(), make_customer()
    key = {"Idempotency-Key": "1"}
    api.post(APPLY, wish(discount_campaign, ann), headers=key)
    other = sign_in("discounts.apply_discount")
    assert (
        other.post(APPLY, wish(discount_campaign, bob), headers=key).json()["customer_id"] == bob.id
    )


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_not_remembered(api, discount_campaign, customer):
    update(discount_campaign, status="inactive")
    key = {"Idempotency-Key": "1"}
    assert api.post(APPLY, wish(discount_campaign, customer), headers=key).status_code == 400
    update(discount_campaign, status="active")
    assert api.post(APPLY, wish(discount_campaign, customer), headers=key).status_code == 200


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ü", "a\tb", "a\x00"])
def test_a_key_is_short_and_plain(api, discount_campaign, customer, key):
    headers = {"Idempotency-Key": key}
    response = api.post(APPLY, wish(discount_campaign, customer), headers=headers)
    assert errors_of(response) == ["Idempotency-Key"]
    assert not DiscountUsage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_when_every_attempt_meets_a_deadlock_the_call_may_be_repeated(
    api, discount_campaign, customer, monkeypatch
):
    def conflict(*args, **kwargs):
        raise OperationalError(1213, "Deadlock found")

    monkeypatch.setattr("discounts.apply._use", conflict)
    monkeypatch.setattr("foundation.database.transactions.LONGEST_WAIT", 0)
    key = {"Idempotency-Key": "1"}
    response = api.post(APPLY, wish(discount_campaign, customer), headers=key)
    assert refusal_of(response, 503)[1] == "busy"
    assert int(response.headers["Retry-After"]) >= 1
    monkeypatch.undo()
    assert api.post(APPLY, wish(discount_campaign, customer), headers=key).status_code == 200


# --- Cancel ---------------------------------------------------------------------------------


def test_cancelling_gives_back_and_repeating_changes_nothing(api, discount_campaign, customer):
    usage = apply(discount_campaign, customer)
    first = api.post(CANCEL, {"usage_id": usage.id})
    assert (first.status_code, first.json()["cancelled_at"]) == (200, "2026-03-02T12:00:00Z")
    assert used(discount_campaign) == 0
    assert api.post(CANCEL, {"usage_id": usage.id}).json() == first.json()
    assert used(discount_campaign) == 0
    assert DiscountUsage.objects.get().cancelled_by.username == "root"
    assert (first.json()["applied_by"], first.json()["cancelled_by"]) == (None, "root")


def test_a_usage_names_who_applied_and_who_cancelled_it(discount_campaign, customer, sign_in):
    shop = sign_in("discounts.apply_discount")
    usage = shop.post(APPLY, wish(discount_campaign, customer)).json()
    assert usage["applied_by"] == "shop"
    desk = sign_in("discounts.cancel_discount", "discounts.view_discountusage", name="desk")
    assert desk.post(CANCEL, {"usage_id": usage["id"]}).json()["cancelled_by"] == "desk"
    [row] = desk.get(f"{USAGE}{customer.id}").json()["value"]
    assert (row["applied_by"], row["cancelled_by"]) == ("shop", "desk")


def test_a_usage_outlives_the_users_who_made_and_cancelled_it(
    discount_campaign, customer, sign_in, django_user_model
):
    shop = sign_in("discounts.apply_discount", "discounts.cancel_discount")
    usage = shop.post(APPLY, wish(discount_campaign, customer)).json()
    shop.post(CANCEL, {"usage_id": usage["id"]})
    django_user_model.objects.all().delete()
    kept = DiscountUsage.objects.get()
    assert (kept.applied_by, kept.cancelled_by, kept.cancelled_at) == (None, None, NOW)


def test_telling_the_names_asks_for_no_user_but_the_caller(discount_campaign, customer, sign_in):
    shop = sign_in("discounts.apply_discount", "discounts.view_discountusage")
    with CaptureQueriesContext(connection) as applying:
        shop.post(APPLY, wish(discount_campaign, customer))
    with CaptureQueriesContext(connection) as reading:
        shop.get(f"{USAGE}{customer.id}")
    # The caller, and in reading the join that brings the names.
    asked = [sum("password" in q["sql"] for q in queries) for queries in (applying, reading)]
    assert asked == [1, 2]


@pytest.mark.parametrize("usage", [None, "1", 0, -1, 1.5, True, 2**63])
def test_a_usage_is_named_by_its_id(api, usage):
    assert errors_of(api.post(CANCEL, {"usage_id": usage})) == ["usage_id"]


def test_an_unknown_usage_is_not_found(api):
    response = api.post(CANCEL, {"usage_id": 999_999})
    assert refusal_of(response, 404) == ("Usage not found", "not_found")


# --- Usage ----------------------------------------------------------------------------------


def test_the_history_is_newest_first_with_the_cancelled(api, discount_campaign, customer):
    first = cancel(apply(discount_campaign, customer))
    second = apply(discount_campaign, customer)
    third = apply(make_campaign(), customer)
    apply(discount_campaign, make_customer())
    response = api.get(f"{USAGE}{customer.id}")
    body = response.json()
    assert body["Count"] == 3
    assert [row["id"] for row in body["value"]] == [third.id, second.id, first.id]
    assert [row["cancelled_at"] is None for row in body["value"]] == [True, True, False]
    assert response.headers["X-Total-Count"] == "3"
    paged = api.get(f"{USAGE}{customer.id}/?skip=1&limit=1").json()
    assert (paged["Count"], [row["id"] for row in paged["value"]]) == (3, [second.id])
    own = api.get(f"{USAGE}{customer.id}?campaign_id={discount_campaign.id}").json()
    assert [row["id"] for row in own["value"]] == [second.id, first.id]


def test_without_a_history_the_answer_names_what_is_missing(api, discount_campaign, customer):
    other = make_campaign()
    own = f"{USAGE}{customer.id}"
    none = f"No discount usage history found for customer {customer.id}"
    assert refusal_of(api.get(own), 404) == (none, "not_found")
    apply(discount_campaign, customer)
    none = f"No discount usage found for customer {customer.id} with campaign {other.id}"
    assert refusal_of(api.get(f"{own}?campaign_id={other.id}"), 404)[0] == none
    unknown = "Campaign with ID 9999 not found"
    assert refusal_of(api.get(f"{own}?campaign_id=9999"), 404)[0] == unknown


@pytest.mark.parametrize("customer", ["999999", "x", "0", "9" * 40, "1_0", "1.0"])
def test_an_unknown_customer_has_no_history(api, customer):
    assert api.get(f"{USAGE}{customer}").status_code == 404
    if "." not in customer:
        assert refusal_of(api.get(f"{USAGE}{customer}"), 404)[0] == "Customer not found"


@pytest.mark.parametrize(
    ("query", "field"),
    [("campaign_id=x", "campaign_id"), ("campaign_id=0", "campaign_id"), ("limit=0", "limit")],
)
def test_a_bad_query_is_refused(api, discount_campaign, customer, query, field):
    apply(discount_campaign, customer)
    assert errors_of(api.get(f"{USAGE}{customer.id}?{query}")) == [field]


def test_the_history_asks_a_bounded_number_of_queries(api, customer):
    apply(make_campaign(), customer)
    with CaptureQueriesContext(connection) as few:
        api.get(f"{USAGE}{customer.id}")
    for _ in range(5):
        apply(make_campaign(), customer)
    with CaptureQueriesContext(connection) as many:
        api.get(f"{USAGE}{customer.id}")
    assert len(few) == len(many) <= 6


def test_nothing_is_left_half_done_where_a_call_is_refused(api, customer):
    campaign = make_campaign(min_cart_value_minor=99_999_00)
    before = DiscountCampaign.objects.filter(id=campaign.id).values().get()
    api.post(APPLY, wish(campaign, customer), headers={"Idempotency-Key": "1"})
    assert DiscountCampaign.objects.filter(id=campaign.id).values().get() == before


# --- What the log tells ---------------------------------------------------------------------

EVENTS_OF_REFUSALS = {"discount_refused", "discount_rule_broken", "input_rejected"}


@pytest.mark.parametrize(
    ("path", "changes", "event"),
    [
        (APPLY, {"cart_value": 1}, "discount_refused"),
        (APPLY, {"cart_value": 0}, "input_rejected"),
        ("/api/v1/campaigns/", {"name": "x"}, "input_rejected"),
        ("/api/v1/campaigns/", None, "discount_rule_broken"),
        ("/api/v1/customers/", {}, "discount_rule_broken"),
    ],
)
def test_a_refusal_is_logged_once(api, customer, path, changes, event):
    dear = make_campaign(min_cart_value_minor=64_000)
    bodies = {
        APPLY: wish(dear, customer),
        "/api/v1/customers/": {"email": customer.email, "name": "Ann"},
        "/api/v1/campaigns/": {
            "name": "x",
            "discount_type": "cart",
            "start_date": "2026-03-02T12:00:00Z",
            "end_date": "2026-03-02T13:00:00Z",
            "total_budget": 5,
        },
    }
    body = changes if path == "/api/v1/campaigns/" and changes else bodies[path] | (changes or {})
    with capture_logs() as logs:
        assert api.post(path, body).status_code == 400
    assert [line["event"] for line in logs if line["event"] in EVENTS_OF_REFUSALS] == [event]


def test_asking_for_discounts_logs_an_event(api, customer, discount_campaign):
    with capture_logs() as logs:
        api.post(AVAILABLE, basket(customer))
    [event] = [line for line in logs if line["event"] == "discounts_found"]
    assert (event["customer"], event["cart"], event["delivery"]) == (customer.id, 1, 0)
