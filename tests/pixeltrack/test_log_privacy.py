"""Personal data that goes through the API and the admin is in no log line."""

import json

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from tests.tracking.factories import make_campaign

EMAIL, OTHER = "wilhelmina@xylander.example", "quentin@xylander.example"
NAME = "Wilhelmina Xylander"
TRACES = ("wilhelmina", "quentin", "xylander")
FILES = ("pixeltrack.log", "errors.log", "api_requests.log")
CONTACTS = "/api/v1/contacts/"
CUSTOMERS = "/api/v1/customers/"

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


@pytest.fixture
def written(capfd):
    """A function that returns everything that was logged since the test began."""
    starts = {name: (settings.LOG_DIR / name).stat().st_size for name in FILES}

    def read():
        files = [(settings.LOG_DIR / name).read_bytes()[starts[name] :].decode() for name in FILES]
        return "".join([*files, *capfd.readouterr()])

    return read


@pytest.fixture
def user():
    cache.clear()
    return get_user_model().objects.create_superuser("boss", password="Pässwörd-1")


@pytest.fixture
def api(user):
    client = Client(headers={"Authorization": f"Bearer {AccessToken.for_user(user)}"})

    def call(method, path, body):
        text = body if isinstance(body, str) else json.dumps(body)
        return client.generic(method, path, text, content_type="application/json")

    return call


@pytest.fixture
def contact():
    """A contact as it is sent."""
    group = make_campaign().groups.get(number=1)
    return {"campaign": group.campaign_id, "group": group.id, "email": EMAIL, "name": NAME}


def assert_private(text, *events):
    for event in events:
        assert event in text
    assert not [trace for trace in TRACES if trace in text.lower()]


def test_creating_changing_and_erasing(api, contact, written):
    own = f"{CONTACTS}{api('POST', CONTACTS, contact).json()['uuid']}/"
    assert api("PATCH", own, {"email": OTHER}).status_code == 200
    assert api("DELETE", own, {}).status_code == 204

    assert_private(written(), "contacts_created", "contact_erased", own)


def test_rejected_input(api, contact, written):
    api("POST", CONTACTS, contact)
    rejected = [
        api("POST", CONTACTS, contact),
        api("POST", CONTACTS, contact | {"email": f"{EMAIL} " * 2}),
        api("POST", CONTACTS, contact | {EMAIL: NAME}),
        api("POST", CONTACTS, contact | {"scheduled_at": NAME}),
        api("POST", CONTACTS, contact | {"uuid": EMAIL}),
        api("POST", CONTACTS, json.dumps(contact)[:-1]),
        api("GET", f"{CONTACTS}?email={EMAIL}&limit={EMAIL}", ""),
    ]

    assert {answer.status_code for answer in rejected} == {400}
    assert_private(written(), "input_rejected")


def test_finding_and_creating_customers(api, written):
    customer = {"email": EMAIL, "name": NAME}
    assert api("POST", CUSTOMERS, customer).status_code == 201
    assert api("POST", CUSTOMERS, customer).json()["code"] == "taken"
    for spelling in (EMAIL, EMAIL.replace("@", "%40"), f"%20{EMAIL.upper()}"):
        found = api("GET", f"{CUSTOMERS}?email={spelling}", "")
        assert [row["email"] for row in found.json()] == [EMAIL]
    for query in (f"mail={EMAIL}", f"{EMAIL}=1", f"email={NAME}", f"email={EMAIL}&email={OTHER}"):
        assert api("GET", f"{CUSTOMERS}?{query}".replace(" ", "%20"), "").status_code == 400

    assert_private(written(), "customer_created", "discount_rule_broken", CUSTOMERS)


def test_many_at_once(api, contact, written):
    rows = [contact, contact, contact | {"email": OTHER, "group": 0}, NAME]
    answer = api("POST", f"{CONTACTS}bulk/", {"contacts": rows})
    body = {"campaign": contact["campaign"], "emails": [EMAIL, OTHER], "reason": "bounced"}
    marked = api("POST", f"{CONTACTS}not-sent/", body)

    assert (answer.json()["created"], answer.json()["failed"]) == (1, 3)
    assert marked.json()["marked"] == 1
    assert_private(written(), "contacts_created")


def test_a_crash_with_the_data_in_its_message(api, contact, written, monkeypatch):
    def crash(**values):
        raise RuntimeError(f"could not store {EMAIL}")

    monkeypatch.setattr("api.contacts.create_contact", crash)
    with pytest.raises(RuntimeError):
        api("POST", CONTACTS, contact)

    text = written()
    assert "request_failed" in text
    assert "RuntimeError: could not store [address]" in text
    assert_private(text)


def test_signing_in_and_searching(user, written):
    client = Client()
    body = json.dumps({"username": EMAIL, "password": NAME})
    client.post("/api/v1/auth/token/", body, content_type="application/json")
    client.post("/admin/login/", {"username": EMAIL, "password": NAME})
    client.force_login(user)
    client.get("/admin/", {"q": EMAIL})

    assert_private(written(), "/api/v1/auth/token/", "/admin/login/")
