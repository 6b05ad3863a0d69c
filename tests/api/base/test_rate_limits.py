"""How often one client address may call the API."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from api.base.rate_limits import group_of, in_words

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.RATE_LIMITS = {"apply": "2/m", "discounts": "3/m", "default": "4/m"}
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


def answers(path, count, *, client=None, method="post", **meta):
    client = client or Client()
    return [getattr(client, method)(path, **meta) for _ in range(count)]


def statuses(path, count, **options):
    return [response.status_code for response in answers(path, count, **options)]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("path", "method", "limit"),
    [
        ("/api/v1/discounts/apply", "post", 2),
        ("/api/v1/discounts/available", "post", 3),
        ("/api/v1/discounts/usage/1", "get", 3),
        ("/api/v1/discounts/cancel", "post", 4),
        ("/api/v1/contacts", "get", 4),
        ("/api/v1/nowhere", "get", 4),
    ],
)
def test_a_client_may_call_up_to_the_limit(path, method, limit, slash):
    seen = statuses(path + slash, limit + 2, method=method)
    assert 429 not in seen[:limit]
    assert seen[limit:] == [429, 429]


def test_calls_that_are_not_signed_in_count():
    assert statuses("/api/v1/groups/", 5, method="get") == [401, 401, 401, 401, 429]


def test_the_answer_says_the_limit_and_when_to_come_back():
    response = answers("/api/v1/discounts/apply", 3)[-1]
    sentence = "Rate limit exceeded: 2 per 1 minute"
    assert response.json() == {"error": sentence, "detail": sentence, "code": "rate_limited"}
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Request-ID"]
    assert 1 <= int(response.headers["Retry-After"]) <= 60


def test_a_client_that_waits_as_told_may_call_again():
    wait = int(answers("/api/v1/groups/", 5, method="get")[-1].headers["Retry-After"])
    with time_machine.travel(NOW + timedelta(seconds=wait - 1), tick=False):
        assert statuses("/api/v1/groups/", 1, method="get") == [429]
    with time_machine.travel(NOW + timedelta(seconds=wait), tick=False):
        assert statuses("/api/v1/groups/", 1, method="get") == [401]


def test_each_group_of_calls_has_its_own_count():
    assert statuses("/api/v1/discounts/apply", 3)[-1] == 429
    assert 429 not in statuses("/api/v1/discounts/available", 3)
    assert 429 not in statuses("/api/v1/groups/", 4)


def test_each_client_has_its_own_count():
    assert statuses("/api/v1/discounts/apply", 3, REMOTE_ADDR="192.0.2.1")[-1] == 429
    assert statuses("/api/v1/discounts/apply", 1, REMOTE_ADDR="192.0.2.2") != [429]


def test_claiming_another_address_starts_no_new_count():
    client = Client()
    seen = [
        client.post("/api/v1/discounts/apply", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}").status_code
        for n in range(3)
    ]
    assert seen[-1] == 429


def test_behind_a_trusted_proxy_each_of_its_clients_has_a_count(settings):
    settings.TRUSTED_PROXIES = 1
    path = "/api/v1/discounts/apply"
    forged = "6.6.6.6, 203.0.113.1"
    assert statuses(path, 3, HTTP_X_FORWARDED_FOR="203.0.113.1")[-1] == 429
    assert statuses(path, 1, HTTP_X_FORWARDED_FOR=forged) == [429]
    assert statuses(path, 1, HTTP_X_FORWARDED_FOR="203.0.113.2") != [429]


def test_a_client_without_a_known_address_is_counted():
    assert statuses("/api/v1/discounts/apply", 3, REMOTE_ADDR="")[-1] == 429


@pytest.mark.parametrize(
    "path", ["/", "/health", "/docs", "/pixel/x.gif", "/admin/login/", "/apix/v1/", "/api/v2/x"]
)
def test_the_pixel_the_admin_and_the_pages_have_no_limit(path):
    assert group_of(path) is None


@pytest.mark.django_db
def test_the_limit_of_the_admin_is_higher():
    assert statuses("/admin/login/", 10, method="get") == [200] * 10


@pytest.mark.parametrize(
    ("rate", "words"),
    [("30/m", "30 per 1 minute"), ("1/s", "1 per 1 second"), ("5/h", "5 per 1 hour")],
)
def test_a_limit_in_words(rate, words):
    assert in_words(rate) == words


def test_reaching_a_limit_is_logged_once(caplog):
    answers("/api/v1/discounts/apply", 6)
    reached = [record for record in caplog.records if "rate_limit_reached" in str(record.msg)]
    assert len(reached) == 1


def test_a_count_that_the_cache_lost_lets_the_call_pass(monkeypatch):
    def lose(*args, **kwargs):
        raise ValueError("gone")

    answers("/api/v1/groups/", 4, method="get")
    monkeypatch.setattr("django.core.cache.backends.locmem.LocMemCache.incr", lose)
    assert statuses("/api/v1/groups/", 1, method="get") == [401]
