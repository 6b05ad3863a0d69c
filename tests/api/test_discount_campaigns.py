"""Discount campaigns through the API."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from discounts.campaigns.services import mark_expired
from discounts.models import Customer, DiscountCampaign
from tests.discounts.calling import errors_of, refusal_of
from tests.discounts.factories import DAY, NOW, apply, make_campaign, make_customer, update

SOON = timedelta(minutes=10)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
CAMPAIGNS = "/api/v1/campaigns/"
SALE = {
    "name": "Spring sale",
    "discount_type": "cart",
    "discount_percentage": 35,
    "start_date": "2026-03-01T00:00:00Z",
    "end_date": "2026-04-01T00:00:00Z",
    "total_budget": 10000.5,
}


def create(api, **changes):
    response = api.post(CAMPAIGNS, SALE | changes)
    assert response.status_code == 201, response.content
    return response.json()


def own(campaign):
    return f"{CAMPAIGNS}{campaign['id']}/"


# --- Creating -------------------------------------------------------------------------------


def test_a_campaign_is_created_with_its_defaults(api, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    body = create(api)
    assert body == {
        "id": body["id"],
        "name": "Spring sale",
        "description": "",
        "discount_type": "cart",
        "discount_percentage": 35.0,
        "discount_flat": None,
        "start_date": "2026-03-01T00:00:00Z",
        "end_date": "2026-04-01T00:00:00Z",
        "total_budget": 10000.5,
        "used_budget": 0.0,
        "currency": "INR",
        "currency_digits": 2,
        "max_usage_per_customer_per_day": 1,
        "min_cart_value": 0.0,
        "max_discount_amount": None,
        "is_targeted": False,
        "target_customer_ids": [],
        "targeted_customers": [],
        "targeted_customers_count": 0,
        "timezone": "Asia/Kolkata",
        "status": "active",
        "inactive_reason": None,
        "created_at": "2026-03-02T12:00:00Z",
        "updated_at": "2026-03-02T12:00:00Z",
    }
    assert api.get(own(body)).json() == body
    assert api.get(CAMPAIGNS).json() == [body]


def test_a_campaign_is_created_with_everything(api, customer):
    everything = {
        "description": "For Ann.",
        "discount_type": "delivery",
        "discount_percentage": None,
        "discount_flat": 49.9,
        "max_usage_per_customer_per_day": 3,
        "min_cart_value": 100.01,
        "max_discount_amount": 40,
        "is_targeted": True,
        "target_customer_ids": [customer.id],
        "timezone": "Europe/Berlin",
    }
    body = create(api, **everything)
    assert {name: body[name] for name in everything} == everything
    assert body["targeted_customers"] == [api.get(f"/api/v1/customers/{customer.id}/").json()]
    assert body["targeted_customers_count"] == 1


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"description": "x" * 5001}, ["description"]),
        ({"discount_type": "free"}, ["discount_type"]),
        ({"discount_type": None}, ["discount_type"]),
        ({"discount_percentage": 0}, ["discount_percentage"]),
        ({"discount_percentage": 100.01}, ["discount_percentage"]),
        ({"discount_percentage": 33.333}, ["discount_percentage"]),
        ({"discount_percentage": None, "discount_flat": 0}, ["discount_flat"]),
        ({"start_date": "soon"}, ["start_date"]),
        ({"start_date": "2026-03-01"}, ["start_date"]),
        ({"end_date": None}, ["end_date"]),
        ({"total_budget": 0}, ["total_budget"]),
        ({"total_budget": -1}, ["total_budget"]),
        ({"total_budget": 1.999}, ["total_budget"]),
        ({"total_budget": 90071992547409.92}, ["total_budget"]),
        ({"total_budget": 2**53}, ["total_budget"]),
        ({"total_budget": 1e300}, ["total_budget"]),
        ({"total_budget": "NaN"}, ["total_budget"]),
        ({"total_budget": "Infinity"}, ["total_budget"]),
        ({"total_budget": "1e3"}, ["total_budget"]),
        ({"total_budget": True}, ["total_budget"]),
        ({"total_budget": None}, ["total_budget"]),
        ({"min_cart_value": -0.01}, ["min_cart_value"]),
        ({"min_cart_value": None}, ["min_cart_value"]),
        ({"max_discount_amount": 0}, ["max_discount_amount"]),
        ({"max_usage_per_customer_per_day": 0}, ["max_usage_per_customer_per_day"]),
        ({"max_usage_per_customer_per_day": 1.5}, ["max_usage_per_customer_per_day"]),
        ({"max_usage_per_customer_per_day": 2**40}, ["max_usage_per_customer_per_day"]),
        ({"is_targeted": "yes"}, ["is_targeted"]),
        ({"target_customer_ids": 1}, ["target_customer_ids"]),
        ({"target_customer_ids": ["1"]}, ["target_customer_ids"]),
        ({"target_customer_ids": [0]}, ["target_customer_ids"]),
        ({"target_customer_ids": None}, ["target_customer_ids"]),
        ({"timezone": "Mars/Olympus"}, ["timezone"]),
        ({"timezone": "../../etc/passwd"}, ["timezone"]),
        ({"timezone": ""}, ["timezone"]),
        ({"budget": 5}, ["budget"]),
        ({"total_budget": -1, "name": ""}, ["name", "total_budget"]),
    ],
)
def test_a_bad_campaign_is_refused_by_its_field(api, changed, fields):
    assert errors_of(api.post(CAMPAIGNS, SALE | changed)) == fields
    assert not DiscountCampaign.objects.exists()


def test_every_missing_field_is_named(api):
    missing = ["discount_type", "end_date", "name", "start_date", "total_budget"]
    assert errors_of(api.post(CAMPAIGNS, {})) == missing


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"discount_percentage": None},
            "Either discount_percentage or discount_flat must be provided",
        ),
        ({"discount_flat": 50}, "Cannot specify both discount_percentage and discount_flat"),
        ({"end_date": SALE["start_date"]}, "end_date must be after start_date"),
        ({"is_targeted": True}, "target_customer_ids required for targeted campaigns"),
        (
            {"is_targeted": True, "target_customer_ids": []},
            "target_customer_ids required for targeted campaigns",
        ),
    ],
)
def test_a_rule_across_fields_is_refused_in_its_words(api, changed, sentence):
    assert refusal_of(api.post(CAMPAIGNS, SALE | changed)) == (sentence, "invalid")
    assert not DiscountCampaign.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_target_that_is_not_a_customer_is_not_found_and_nothing_is_kept(api, customer):
    targets = {"is_targeted": True, "target_customer_ids": [customer.id, 9999]}
    response = api.post(CAMPAIGNS, SALE | targets)
    assert refusal_of(response, 404) == ("Target customer with ID 9999 not found", "not_found")
    assert not DiscountCampaign.objects.exists()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(api, number):
    body = f'{{"name": "x", "total_budget": {number}}}'
    response = api.post(CAMPAIGNS, body, content_type="application/json")
    assert refusal_of(response)[1] == "parse_error"


def test_id_and_used_budget_are_not_set_by_creating(api):
    body = create(api, used_budget=5, id=77)
    assert body["used_budget"] == 0.0
    assert body["id"] != 77


def test_a_campaign_may_be_created_switched_off(api):
    body = create(api, status="inactive")
    assert (body["status"], body["inactive_reason"]) == ("inactive", "manual")
    assert create(api, status="active")["status"] == "active"


def test_a_campaign_that_has_ended_is_not_created_active(api):
    dates = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-02-01T00:00:00Z"}
    assert create(api, **dates)["inactive_reason"] == "expired"
    response = api.post(CAMPAIGNS, SALE | dates | {"status": "active"})
    assert errors_of(response) == ["status"]
    assert DiscountCampaign.objects.count() == 1


# --- Changing -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["patch", "put"])
def test_only_what_is_sent_is_changed(api, method):
    before = create(api, description="x", max_discount_amount=5)
    changes = {"name": "Sale", "max_discount_amount": None, "description": None}
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        response = getattr(api, method)(own(before), changes)
    changes |= {"description": "", "updated_at": "2026-03-02T12:05:00Z"}
    assert response.json() == before | changes


@pytest.mark.parametrize("method", ["patch", "put"])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"discount_percentage": None},
            "Either discount_percentage or discount_flat must be provided",
        ),
        ({"discount_flat": 5}, "Cannot specify both discount_percentage and discount_flat"),
        ({"end_date": "2026-02-01T00:00:00Z"}, "end_date must be after start_date"),
        ({"is_targeted": True}, "Targeted campaigns must have at least one target customer"),
    ],
)
def test_the_result_of_a_change_must_be_sound(api, method, changes, sentence):
    before = create(api)
    assert refusal_of(getattr(api, method)(own(before), changes)) == (sentence, "invalid")
    assert api.get(own(before)).json() == before


def test_the_kind_of_discount_can_be_changed(api):
    campaign = create(api)
    body = api.patch(own(campaign), {"discount_percentage": None, "discount_flat": 20}).json()
    assert (body["discount_percentage"], body["discount_flat"]) == (None, 20.0)


def test_the_last_target_of_a_targeted_campaign_can_not_be_removed(api, customer):
    campaign = create(api, is_targeted=True, target_customer_ids=[customer.id])
    response = api.patch(own(campaign), {"target_customer_ids": []})
    sentence = "Targeted campaigns must have at least one target customer"
    assert refusal_of(response) == (sentence, "invalid")
    other = make_customer()
    body = api.patch(own(campaign), {"target_customer_ids": [other.id]}).json()
    assert body["target_customer_ids"] == [other.id]
    assert api.patch(own(campaign), {"is_targeted": False}).json()["is_targeted"] is False


def test_a_budget_below_what_is_used_is_refused(api, discount_campaign, customer):
    apply(discount_campaign, customer)
    response = api.patch(f"{CAMPAIGNS}{discount_campaign.id}/", {"total_budget": 9.99})
    assert errors_of(response) == ["total_budget"]
    assert "10.00" in refusal_of(response)[0]


@pytest.mark.parametrize("changes", [{"status": "off"}, {"status": None}, {"status": 1}])
def test_a_status_is_active_or_inactive(api, changes):
    assert errors_of(api.patch(own(create(api)), changes)) == ["status"]


def test_a_campaign_that_a_person_switched_off_stays_off_until_a_person_switches_it_on(api):
    campaign = create(api)
    off = api.patch(own(campaign), {"status": "inactive"}).json()
    assert (off["status"], off["inactive_reason"]) == ("inactive", "manual")
    richer = api.patch(own(campaign), {"total_budget": 99999}).json()
    assert richer["inactive_reason"] == "manual"
    on = api.put(own(campaign), {"status": "active"}).json()
    assert (on["status"], on["inactive_reason"]) == ("active", None)


def test_more_budget_reactivates_a_campaign_whose_budget_was_used_up(api, customer):
    campaign = make_campaign(total_budget_minor=1000)
    apply(campaign, customer)
    address = f"{CAMPAIGNS}{campaign.id}/"
    assert api.get(address).json()["inactive_reason"] == "budget_exhausted"
    response = api.patch(address, {"status": "active"})
    assert refusal_of(response)[1] == "budget_exhausted"
    assert api.patch(address, {"total_budget": 10.01}).json()["status"] == "active"


# --- Deleting -------------------------------------------------------------------------------


def test_deleting_keeps_the_history_of_a_used_campaign(api, discount_campaign, customer):
    apply(discount_campaign, customer)
    address = f"{CAMPAIGNS}{discount_campaign.id}/"
    assert api.delete(address).status_code == 204
    assert refusal_of(api.get(address), 404) == ("Campaign not found", "not_found")
    assert api.get(CAMPAIGNS).json() == []
    history = api.get(f"/api/v1/discounts/usage/{customer.id}").json()
    assert history["value"][0]["campaign_name"] == discount_campaign.name


@pytest.mark.parametrize("method", ["get", "patch", "put", "delete"])
@pytest.mark.parametrize("discount_campaign", ["999999", "0", "x", "9" * 30])
def test_an_unknown_campaign_is_not_found(api, method, discount_campaign):
    body = {"name": "x"} if method in ("patch", "put") else None
    response = getattr(api, method)(f"{CAMPAIGNS}{discount_campaign}/", body)
    assert refusal_of(response, 404) == ("Campaign not found", "not_found")


# --- Lists ----------------------------------------------------------------------------------


def test_the_list_is_newest_first_and_can_be_narrowed(api, customer):
    cart = make_campaign(name="cart")
    delivery = make_campaign(name="delivery", discount_type="delivery")
    targeted = make_campaign(name="few", is_targeted=True, target_customer_ids=[customer.id])
    off = update(make_campaign(name="off"), status="inactive")

    def names(query=""):
        return [row["name"] for row in api.get(f"{CAMPAIGNS}{query}").json()]

    assert names() == [c.name for c in (off, targeted, delivery, cart)]
    assert names("?discount_type=delivery") == ["delivery"]
    assert names("?discount_type=cart") == ["off", "few", "cart"]
    assert names("?status=inactive") == ["off"]
    assert names("?status=active&is_targeted=false") == ["delivery", "cart"]
    assert names("?is_targeted=true") == ["few"]
    response = api.get(f"{CAMPAIGNS}?skip=1&limit=2")
    assert [row["name"] for row in response.json()] == ["few", "delivery"]
    assert response.headers["X-Total-Count"] == "4"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("discount_type=free", "discount_type"),
        ("status=on", "status"),
        ("is_targeted=1", "is_targeted"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("skip=-1", "skip"),
    ],
)
def test_a_bad_filter_is_refused(api, query, field):
    assert errors_of(api.get(f"{CAMPAIGNS}?{query}")) == [field]


def test_the_list_asks_a_bounded_number_of_queries(api):
    customers = [make_customer().id for _ in range(3)]
    for _ in range(6):
        make_campaign(is_targeted=True, target_customer_ids=customers)
    with CaptureQueriesContext(connection) as few:
        api.get(f"{CAMPAIGNS}?limit=1")
    with CaptureQueriesContext(connection) as many:
        api.get(CAMPAIGNS)
    assert len(few) == len(many) <= 6


def test_a_long_list_of_targets_is_answered_by_ids_and_the_first_customers(api):
    rows = [
        Customer(email=f"c{n}@example.com", email_hash=f"{n:064}", name="C", created_at=NOW)
        for n in range(120)
    ]
    Customer.objects.bulk_create(rows)
    ids = sorted(Customer.objects.values_list("id", flat=True))
    with CaptureQueriesContext(connection) as queries:
        body = create(api, is_targeted=True, target_customer_ids=ids[::-1])
    assert body["target_customer_ids"] == ids
    assert [row["id"] for row in body["targeted_customers"]] == ids[:100]
    assert body["targeted_customers_count"] == 120
    assert len(queries) < 20


def test_too_many_targets_are_refused(api, monkeypatch):
    monkeypatch.setattr("api.shapes.discounts.MOST_TARGETS", 2)
    targets = {"is_targeted": True, "target_customer_ids": [1, 2, 3]}
    assert errors_of(api.post(CAMPAIGNS, SALE | targets)) == ["target_customer_ids"]


def test_an_erased_target_stays_in_the_list_without_its_person(api, customer):
    campaign = create(api, is_targeted=True, target_customer_ids=[customer.id])
    api.delete(f"/api/v1/customers/{customer.id}/")
    [target] = api.get(own(campaign)).json()["targeted_customers"]
    assert (target["email"], target["name"]) == ("erased", "erased")
    assert api.patch(own(campaign), {"name": "Still there"}).status_code == 200


@pytest.mark.parametrize("field", ["discount_type", "status"])
@pytest.mark.parametrize("sent", ["ann@example.com", None, 5, [], {}])
def test_an_invalid_choice_is_not_repeated_and_the_valid_ones_are_named(api, field, sent):
    response = api.post(CAMPAIGNS, SALE | {field: sent})
    valid = {"discount_type": "cart or delivery", "status": "active or inactive"}[field]
    assert response.json()["errors"] == {field: [f"Say {valid}."]}
    assert "ann@" not in response.content.decode()


# --- The status, before the sweep has come by -----------------------------------------------


def test_a_campaign_that_has_ended_is_inactive_at_once(api):
    ended = make_campaign(end_date=NOW + SOON)
    running = make_campaign()
    with time_machine.travel(NOW + SOON, tick=False):
        [shown] = [row for row in api.get(CAMPAIGNS).json() if row["id"] == ended.id]
        assert api.get(f"{CAMPAIGNS}{ended.id}/").json() == shown
        assert (shown["status"], shown["inactive_reason"]) == ("inactive", "expired")
        for status, found in (("active", running.id), ("inactive", ended.id)):
            rows = api.get(f"{CAMPAIGNS}?status={status}").json()
            assert [(row["id"], row["status"]) for row in rows] == [(found, status)]


def test_the_status_does_not_change_when_the_sweep_comes(api):
    make_campaign(end_date=NOW + SOON)
    make_campaign(is_targeted=False)
    with time_machine.travel(NOW + SOON, tick=False):
        before = api.get(CAMPAIGNS).json()
        mark_expired(now=NOW + SOON)
        after = api.get(CAMPAIGNS).json()
    shown = ("id", "status", "inactive_reason")
    assert [[row[name] for name in shown] for row in before] == [
        [row[name] for name in shown] for row in after
    ]


def test_what_was_read_after_the_end_can_be_sent_back_with_a_later_end(api):
    """It was read as inactive, though nobody had switched it off."""
    ended = make_campaign(end_date=NOW + SOON)
    address = f"{CAMPAIGNS}{ended.id}/"
    with time_machine.travel(NOW + SOON, tick=False):
        body = api.get(address).json() | {"end_date": (NOW + DAY).isoformat()}
        body.pop("discount_flat")
        answer = api.put(address, body)
        assert answer.status_code == 200, answer.content
        assert (answer.json()["status"], answer.json()["inactive_reason"]) == ("active", None)


# --- Targets of a campaign for everybody ----------------------------------------------------


@pytest.mark.parametrize("flag", [{}, {"is_targeted": False}])
def test_targets_without_is_targeted_are_refused(api, customer, flag):
    response = api.post(CAMPAIGNS, SALE | flag | {"target_customer_ids": [customer.id]})
    assert errors_of(response) == ["is_targeted"]
    assert not DiscountCampaign.objects.exists()


def test_targets_are_not_given_to_a_campaign_for_everybody(api, discount_campaign, customer):
    address = f"{CAMPAIGNS}{discount_campaign.id}/"
    body = {"target_customer_ids": [customer.id]}
    assert errors_of(api.patch(address, body)) == ["is_targeted"]
    assert api.patch(address, body | {"is_targeted": True}).status_code == 200


def test_a_campaign_that_became_one_for_everybody_can_be_sent_back(api, customer):
    campaign = make_campaign(is_targeted=True, target_customer_ids=[customer.id])
    address = f"{CAMPAIGNS}{campaign.id}/"
    assert api.patch(address, {"is_targeted": False}).status_code == 200
    assert api.put(address, api.get(address).json()).status_code == 200
    other = make_customer()
    assert errors_of(api.patch(address, {"target_customer_ids": [other.id]})) == ["is_targeted"]
