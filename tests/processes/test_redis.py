"""A web process keeps applying discounts without Redis, and limits calls again afterwards."""

import http.client
import json
from contextlib import closing
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from discounts import models
from tests.processes.running import wait_until
from tests.redis_server import RedisServer

pytestmark = pytest.mark.one_engine

LIMIT = 3
# The rows that a shop's calls leave, children first.
LEFT = (
    models.DiscountUsage,
    models.UsagesByDay,
    models.DiscountCampaign,
    models.Customer,
    get_user_model(),
)


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(tmp_path)
    yield server
    server.kill()


class Shop:
    """A shop's back end with one customer and one campaign."""

    def __init__(self, port, user):
        self._port = port
        self._headers = {
            "Authorization": f"Bearer {AccessToken.for_user(user)}",
            "Content-Type": "application/json",
        }
        now = timezone.now()
        campaign = {
            "name": "Ten percent",
            "discount_type": "cart",
            "discount_percentage": 10,
            "total_budget": 1_000_000,
            "max_usage_per_customer_per_day": 1000,
            "start_date": (now - timedelta(days=1)).isoformat(),
            "end_date": (now + timedelta(days=1)).isoformat(),
        }
        customer = {"email": "ann@example.com", "name": "Ann Lee"}
        self._basket = {
            "campaign_id": self.post("campaigns/", campaign)[1]["id"],
            "customer_id": self.post("customers/", customer)[1]["id"],
            "cart_value": 100,
        }

    def post(self, path, body):
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            connection.request("POST", f"/api/v1/{path}", json.dumps(body), self._headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def apply(self):
        return self.post("discounts/apply", self._basket)[0]


@pytest.fixture
def make_shop(database):
    def make(site):
        users = get_user_model().objects.db_manager(database.alias)
        return Shop(site.port, users.create_superuser(username="shop"))

    yield make
    for model in LEFT:
        model._base_manager.using(database.alias).all().delete()


def test_discounts_are_applied_without_redis_and_limited_again_afterwards(redis, site, make_shop):
    site.start_web(REDIS_URL=redis.url, RATE_LIMIT_APPLY=f"{LIMIT}/d")
    shop = make_shop(site)
    assert [shop.apply() for _ in range(LIMIT + 1)] == [200] * LIMIT + [429]
    redis.kill()
    assert [shop.apply() for _ in range(2 * LIMIT)] == [200] * 2 * LIMIT
    assert site.output().count("redis_unavailable") == 1
    assert site.metric("rate_limit_unchecked_total") == 2 * LIMIT
    redis.start()
    wait_until(lambda: shop.apply() == 429, "the limit to hold again")
    redis.hang()
    assert [shop.apply() for _ in range(2 * LIMIT)] == [200] * 2 * LIMIT
    redis.go_on()
    wait_until(lambda: shop.apply() == 429, "the limit to hold again")
