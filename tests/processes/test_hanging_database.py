"""The database neither answers nor refuses: no request waits longer than documented."""

import http.client
import json
import threading

import pytest
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import AccessToken

from discounts.models import Customer, DiscountCampaign, DiscountUsage, IdempotencyKey, UsagesByDay
from tests.processes.running import PATIENCE_SECONDS
from tests.processes.test_web_worker import IMAGE_BYTES, PIXEL, Client

pytestmark = pytest.mark.every_engine

# At least as many as the threads that pages share.
CALLS = 40
LIMITS = {"DATABASE_TIMEOUT": "2", "DATABASE_CONNECT_TIMEOUT": "3", "RATE_LIMIT_DEFAULT": "9999/m"}
CAMPAIGNS, APPLY = "/api/v1/campaigns/", "/api/v1/discounts/apply"


@pytest.fixture
def site(make_site, database, wire):
    if wire is None:
        pytest.skip("SQLite is no server that could hang")
    site = make_site(database.url(wire.port))
    site.start_web(**LIMITS)
    return site


@pytest.fixture
def token(database):
    users = get_user_model().objects.using(database.alias)
    user = users.create(username="shop", is_superuser=True)
    yield str(AccessToken.for_user(user))
    user.delete()


@pytest.fixture
def shop(database, site, token):
    shop = Shop(site.port, token, database.alias)
    yield shop
    shop.clear()


class Shop:
    """A client of the API, and its rows in the database."""

    def __init__(self, port, token, alias):
        self.port, self.token, self.alias = port, token, alias

    def call(self, method, path, body=None, **headers):
        """Status, headers and body, with a timeout longer than any promise."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request(method, path, body and json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.status, dict(response.headers), response.read()
        connection.close()
        return answer

    def crowd(self, count):
        """Start this number of calls at once; returns their threads and their answers."""
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(self.call("GET", CAMPAIGNS)))
            for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        return threads, answers

    def offer(self):
        """A discount and its customer, as a call of `apply` sends them."""
        campaign = {
            "name": "Ten percent",
            "discount_type": "cart",
            "discount_percentage": 10,
            "start_date": "2020-01-01T00:00:00Z",
            "end_date": "2100-01-01T00:00:00Z",
            "total_budget": 100,
            "max_usage_per_customer_per_day": 5,
        }
        made = json.loads(self.call("POST", CAMPAIGNS, campaign)[2])
        person = {"email": "ann@example.com", "name": "Ann Lee"}
        customer = json.loads(self.call("POST", "/api/v1/customers/", person)[2])
        return {"campaign_id": made["id"], "customer_id": customer["id"], "cart_value": 100}

    def clear(self):
        for model in (IdempotencyKey, UsagesByDay, DiscountUsage, DiscountCampaign, Customer):
            model.objects.using(self.alias).all().delete()


def test_a_pixel_does_not_wait_and_a_call_does_not_wait_forever(site, wire, shop):
    kept = Client(site.port)
    assert shop.call("GET", CAMPAIGNS)[0] == 200
    wire.hang()
    threads, answers = shop.crowd(CALLS)
    for _ in range(10):
        assert kept.ask(PIXEL) == (200, IMAGE_BYTES)
        fresh = Client(site.port)
        assert fresh.ask(PIXEL) == (200, IMAGE_BYTES)
        fresh.socket.close()
    status, _, body = shop.call("GET", "/health")
    assert (status, json.loads(body)["database"]) == (503, "hanging")
    assert b"\ndatabase_up 0.0\n" in shop.call("GET", "/metrics")[2]
    status, headers, body = shop.call("GET", "/admin/", Cookie=f"sessionid={32 * 'a'}")
    assert (status, headers["Retry-After"]) == (503, "2")
    assert headers["Content-Type"].startswith("text/html")
    for thread in threads:
        thread.join()
    assert kept.ask(PIXEL) == (200, IMAGE_BYTES)
    kept.socket.close()
    assert {status for status, _, _ in answers} == {503}
    assert {headers["Retry-After"] for _, headers, _ in answers} == {"2"}
    codes = {json.loads(body)["code"] for _, _, body in answers}
    assert codes <= {"busy", "database_unreachable"}
    wire.go_on()
    assert shop.call("GET", CAMPAIGNS)[0] == 200
    assert shop.call("GET", "/health")[0] == 200


@pytest.mark.parametrize("last_words", [b"COMMIT", b"INSERT INTO"])
def test_a_discount_whose_answer_was_lost_is_given_once(site, wire, shop, database, last_words):
    """Committed or not when the database stopped answering: the same key gives one usage."""
    call = shop.offer()
    wire.hang_after(last_words)
    status, headers, body = shop.call("POST", APPLY, call, Idempotency_Key="order-1")
    assert wire.hangs()
    assert (status, headers["Retry-After"]) == (503, "2")
    assert json.loads(body)["code"] == "database_unreachable"
    wire.go_on()
    answers = [shop.call("POST", APPLY, call, Idempotency_Key="order-1") for _ in range(2)]
    assert [status for status, _, _ in answers] == [200, 200]
    first, second = (json.loads(body) for _, _, body in answers)
    assert first == second
    usages = DiscountUsage.objects.using(database.alias)
    campaign = DiscountCampaign.objects.using(database.alias).get()
    assert (usages.count(), campaign.used_budget_minor) == (1, 1000)
