"""Customers through the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from discounts.models import Customer
from tests.discounts.calling import errors_of, refusal_of
from tests.discounts.factories import apply, make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
CUSTOMERS = "/api/v1/customers/"
ANN = {"email": "ann@example.com", "name": "Ann Lee"}


def test_a_customer_is_created(api):
    response = api.post(CUSTOMERS, ANN)
    assert response.status_code == 201
    body = response.json()
    assert body == {**ANN, "id": body["id"], "created_at": "2026-03-02T12:00:00Z"}
    assert api.get(f"{CUSTOMERS}{body['id']}/").json() == body
    assert api.get(CUSTOMERS).json() == [body]


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"email": "ann"}, ["email"]),
        ({"email": "ann@"}, ["email"]),
        ({"email": ""}, ["email"]),
        ({"email": None}, ["email"]),
        ({"email": 5}, ["email"]),
        ({"email": f"{'a' * 250}@example.com"}, ["email"]),
        ({"name": ""}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "a\x00b"}, ["name"]),
        ({"mail": "x"}, ["mail"]),
        ({"email": "x", "name": ""}, ["name"]),
    ],
)
def test_a_bad_customer_is_refused_by_its_field(api, changed, fields):
    assert errors_of(api.post(CUSTOMERS, ANN | changed)) == fields
    assert not Customer.objects.exists()


def test_every_missing_field_is_named(api):
    assert errors_of(api.post(CUSTOMERS, {})) == ["email", "name"]


@pytest.mark.parametrize("email", ["ann@example.com", "ANN@example.com", " Ann@EXAMPLE.com "])
def test_an_address_is_registered_once_whatever_its_spelling(api, email):
    api.post(CUSTOMERS, ANN)
    response = api.post(CUSTOMERS, {"email": email, "name": "Ann"})
    assert refusal_of(response) == ("Email already registered", "taken")
    assert errors_of(response) == ["email"]
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("method", ["patch", "put"])
def test_only_what_is_sent_is_changed(api, method):
    own = f"{CUSTOMERS}{api.post(CUSTOMERS, ANN).json()['id']}/"
    response = getattr(api, method)(own, {"name": "Ann Li"})
    assert response.status_code == 200
    assert (response.json()["name"], response.json()["email"]) == ("Ann Li", ANN["email"])
    assert errors_of(getattr(api, method)(own, {"email": "x"})) == ["email"]
    assert errors_of(getattr(api, method)(own, {"phone": "x"})) == ["phone"]


def test_another_customers_address_is_refused(api):
    api.post(CUSTOMERS, ANN)
    bob = api.post(CUSTOMERS, {"email": "bob@example.com", "name": "Bob"}).json()
    response = api.patch(f"{CUSTOMERS}{bob['id']}/", {"email": "ann@example.com"})
    assert refusal_of(response) == ("Email already registered", "taken")


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("customer", ["999999", "0", "x", "-1", "9" * 30, "1_0"])
def test_an_unknown_customer_is_not_found(api, method, customer):
    response = getattr(api, method)(f"{CUSTOMERS}{customer}/", {} if method == "patch" else None)
    assert refusal_of(response, 404) == ("Customer not found", "not_found")


def test_deleting_erases_and_keeps_the_history(api, campaign):
    customer = make_customer()
    apply(campaign, customer)
    own = f"{CUSTOMERS}{customer.id}/"
    assert api.delete(own).status_code == 204
    assert refusal_of(api.get(own), 404) == ("Customer not found", "not_found")
    assert refusal_of(api.delete(own), 404) == ("Customer not found", "not_found")
    assert api.get(CUSTOMERS).json() == []
    [usage] = api.get(f"/api/v1/discounts/usage/{customer.id}").json()["value"]
    assert (usage["customer_name"], usage["customer_email"]) == ("erased", "erased")


def test_the_list_is_paged_in_a_bounded_number_of_queries(api):
    made = [make_customer().id for _ in range(5)]
    with CaptureQueriesContext(
        connection,
    ) as few:
        response = api.get(f"{CUSTOMERS}?skip=1&limit=2")
    assert [row["id"] for row in response.json()] == made[1:3]
    assert response.headers["X-Total-Count"] == "5"
    with CaptureQueriesContext(connection) as many:
        api.get(CUSTOMERS)
    assert len(many) == len(few) <= 4
