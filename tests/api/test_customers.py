"""Customers through the API."""

import hashlib
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from discounts import customers
from discounts.models import Customer, IdempotencyKey
from tests.discounts.calling import errors_of, refusal_of
from tests.discounts.factories import NOW, apply, make_customer

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


def test_deleting_erases_and_keeps_the_history(api, discount_campaign):
    customer = make_customer()
    apply(discount_campaign, customer)
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


def test_a_long_list_is_counted_up_to_a_limit_and_says_so(api, monkeypatch):
    monkeypatch.setattr("api.base.views.MOST_COUNTED", 3)
    for _ in range(3):
        make_customer()
    at_the_limit = api.get(f"{CUSTOMERS}?limit=1").headers
    assert at_the_limit["X-Total-Count"] == "3"
    assert "X-Total-Count-Limit" not in at_the_limit
    made = [make_customer().id, make_customer().id]
    with CaptureQueriesContext(connection) as captured:
        beyond = api.get(f"{CUSTOMERS}?skip=4&limit=2")
    assert (beyond.headers["X-Total-Count"], beyond.headers["X-Total-Count-Limit"]) == (
        "3",
        "reached",
    )
    assert [row["id"] for row in beyond.json()] == made[1:]
    (count,) = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
    assert "LIMIT 4" in count and "ORDER BY" not in count


# --- Finding one's customers ----------------------------------------------------------------


@pytest.mark.parametrize(
    "asked", ["ann@example.com", "ANN@Example.com", "%20ann%40example.com", "ann@example.com "]
)
def test_a_customer_is_found_by_the_address(api, asked):
    ann = api.post(CUSTOMERS, ANN).json()
    api.post(CUSTOMERS, {"email": "bob@example.com", "name": "Bob"})
    response = api.get(f"{CUSTOMERS}?email={asked}")
    assert response.json() == [ann]
    assert response.headers["X-Total-Count"] == "1"


def test_a_plus_sign_in_an_address_need_not_be_escaped(api):
    tagged = api.post(CUSTOMERS, {"email": "ann+shop@example.com", "name": "Ann"}).json()
    for asked in ("ann+shop@example.com", "ann%2Bshop@example.com"):
        assert api.get(f"{CUSTOMERS}?email={asked}").json() == [tagged]


def test_an_unknown_address_finds_nothing(api):
    ann = make_customer("ann@example.com")
    assert api.get(f"{CUSTOMERS}?email=bob@example.com").json() == []
    customers.erase_customer(customer_id=ann.id, now=NOW)
    assert api.get(f"{CUSTOMERS}?email=ann@example.com").json() == []


@pytest.mark.parametrize("asked", ["ann", "ann@", "@", "a b"])
def test_an_invalid_address_is_refused_and_not_repeated(api, asked):
    response = api.get(CUSTOMERS, {"email": asked})
    assert errors_of(response) == ["email"]
    assert asked not in response.json()["detail"].replace("ann@example.com", "")


def test_an_empty_address_does_not_list_everybody(api):
    make_customer()
    assert errors_of(api.get(f"{CUSTOMERS}?email=")) == ["email"]


def test_finding_uses_the_index_of_the_hash(api):
    make_customer("ann@example.com")
    with CaptureQueriesContext(connection) as queries:
        api.get(f"{CUSTOMERS}?email=ann@example.com")
    own = [query["sql"] for query in queries if "discounts_customer" in query["sql"]]
    assert own and all("email_hash" in sql and "ann@" not in sql for sql in own)


@pytest.mark.parametrize(("permissions", "is_told"), [((), False), (("view_customer",), True)])
def test_a_taken_address_names_its_customer_to_users_who_may_view_customers(
    sign_in, permissions, is_told
):
    ann = make_customer("ann@example.com")
    held = [f"discounts.{name}" for name in ("add_customer", "change_customer", *permissions)]
    shop = sign_in(*held)
    bob = make_customer("bob@example.com")
    created = shop.post(CUSTOMERS, ANN)
    changed = shop.patch(f"{CUSTOMERS}{bob.id}/", {"email": "ann@example.com"})
    for response in (created, changed):
        assert refusal_of(response) == ("Email already registered", "taken")
        assert response.json().get("existing_id") == (ann.id if is_told else None)


# --- Creating once --------------------------------------------------------------------------

KEY = {"Idempotency-Key": "order-7"}


def test_a_repeated_call_with_a_key_creates_one_customer(api):
    first = api.post(CUSTOMERS, ANN, headers=KEY)
    again = api.post(CUSTOMERS, ANN, headers=KEY)
    assert (again.status_code, again.json()) == (201, first.json())
    assert Customer.objects.count() == 1
    assert refusal_of(api.post(CUSTOMERS, ANN))[1] == "taken"


def test_another_spelling_of_the_address_is_the_same_call(api):
    first = api.post(CUSTOMERS, ANN, headers=KEY).json()
    shouted = ANN | {"email": "ANN@example.com"}
    assert api.post(CUSTOMERS, shouted, headers=KEY).json() == first


@pytest.mark.parametrize("changed", [{"email": "bob@example.com"}, {"name": "Ann"}])
def test_a_key_with_another_customer_is_refused(api, changed):
    api.post(CUSTOMERS, ANN, headers=KEY)
    response = api.post(CUSTOMERS, ANN | changed, headers=KEY)
    assert refusal_of(response, 422)[1] == "idempotency_key_reused"
    assert Customer.objects.count() == 1


def test_a_refused_call_leaves_its_key_free(api):
    ann = make_customer("ann@example.com")
    assert api.post(CUSTOMERS, ANN, headers=KEY).status_code == 400
    customers.erase_customer(customer_id=ann.id, now=NOW)
    assert api.post(CUSTOMERS, ANN, headers=KEY).status_code == 201


def test_a_key_belongs_to_one_user_and_one_endpoint(api, sign_in, discount_campaign):
    first = api.post(CUSTOMERS, ANN, headers=KEY).json()
    other = sign_in("discounts.add_customer")
    bob = {"email": "bob@example.com", "name": "Bob"}
    assert other.post(CUSTOMERS, bob, headers=KEY).status_code == 201
    wish = {"campaign_id": discount_campaign.id, "customer_id": first["id"], "cart_value": 10}
    assert api.post("/api/v1/discounts/apply", wish, headers=KEY).status_code == 200


def test_what_is_stored_of_a_call_can_not_be_guessed(api):
    """A plain hash of an address and a name could be found by trying addresses and names."""
    api.post(CUSTOMERS, ANN, headers=KEY)
    kept = IdempotencyKey.objects.get().request_hash
    row = Customer.objects.get()
    plain = {"email": ANN["email"], "name": ANN["name"]}
    assert kept != hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
    half = {"email_hash": row.email_hash, "name": ANN["name"]}
    assert kept != hashlib.sha256(json.dumps(half, sort_keys=True).encode()).hexdigest()


def test_a_bad_key_is_refused(api):
    assert errors_of(api.post(CUSTOMERS, ANN, headers={"Idempotency-Key": "a b"})) == [
        "Idempotency-Key"
    ]
