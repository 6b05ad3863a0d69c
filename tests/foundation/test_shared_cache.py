"""While Redis is unreachable every call is answered at once; afterwards it counts again."""

import os
import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.cache import cache, caches
from django.test import Client
from django.utils import timezone

from foundation import shared_cache
from foundation.metrics.prometheus import UNCHECKED
from foundation.shared_cache import CircuitBreaker, RedisUnavailable
from pixeltrack import settings as our_settings
from tests.discounts import factories
from tests.processes.running import wait_until
from tests.redis_server import RedisServer

LIMIT = 2
DAY = timedelta(days=1)
OPTIONS = {"SOCKET_CONNECT_TIMEOUT": 0.25, "SOCKET_TIMEOUT": 0.25}


@pytest.fixture
def redis(tmp_path):
    server = RedisServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture(autouse=True)
def _limits(settings, monkeypatch):
    # A day, so that none ends in the middle of a test.
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, f"{LIMIT}/d")
    monkeypatch.setattr(shared_cache, "breaker", CircuitBreaker())


@pytest.fixture
def use(settings):
    """Counts limits on the Redis of a URL."""

    def use(url, backend="SharedCache"):
        shared = {
            "BACKEND": f"foundation.shared_cache.{backend}",
            "LOCATION": url,
            "OPTIONS": OPTIONS,
        }
        settings.CACHES = {"default": shared, "process": our_settings.OWN_CACHE}

    yield use
    caches["process"].clear()


def statuses(count=LIMIT + 2):
    client = Client()
    return [client.get("/api/v1/groups/").status_code for _ in range(count)]


def unchecked():
    [figure] = UNCHECKED.collect()
    return figure.samples[0].value


def said(caplog, event):
    return [record for record in caplog.records if f"'{event}'" in str(record.msg)]


def refused(redis):
    redis.kill()
    return redis.url


def killed_while_connected(redis):
    redis.do("PING")
    cache.get("x")
    redis.kill()
    return redis.url


def hanging(redis):
    redis.hang()
    return redis.url


def full(redis):
    redis.do("CONFIG", "SET", "maxmemory", "1")
    return redis.url


def read_only(redis):
    redis.do("REPLICAOF", "127.0.0.1", "1")
    return redis.url


def with_another_password(redis):
    redis.do("CONFIG", "SET", "requirepass", "the-right-one")
    return redis.url.replace("//", "//:the-wrong-one@")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "trouble", [refused, killed_while_connected, hanging, full, read_only, with_another_password]
)
def test_however_redis_fails_calls_pages_and_discounts_go_on(
    trouble, redis, use, api, admin_user, caplog
):
    use(redis.url)
    use(trouble(redis))
    now = timezone.now()
    campaign = factories.make_campaign(now=now, start_date=now - DAY, end_date=now + DAY)
    customer = factories.make_customer()
    before = unchecked()
    assert statuses() == [401] * (LIMIT + 2)
    body = {"campaign_id": campaign.id, "customer_id": customer.id, "cart_value": 100}
    assert api.post("/api/v1/discounts/apply", body).status_code == 200
    client = Client()
    client.force_login(admin_user)
    assert client.get("/admin/").status_code == 200
    assert unchecked() - before == LIMIT + 3
    assert len(said(caplog, "redis_unavailable")) == 1
    assert "wrong-one" not in caplog.text
    assert str(redis.port) not in caplog.text


@pytest.mark.processes
def test_a_password_of_redis_may_hold_a_comma(redis):
    redis.do("CONFIG", "SET", "requirepass", "a,b")
    call = "import django; django.setup(); from django.core.cache import cache; cache.add('x', 1)"
    url = redis.url.replace("//", "//:a,b@")
    done = subprocess.run(
        [sys.executable, "-c", f"{call}; print(cache.get('x'))"],
        env=os.environ | {"REDIS_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.fixture
def nowhere():
    """A URL where a connection is neither accepted nor refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        for client in waiting:
            client.close()


def test_calls_pass_while_connections_to_redis_lead_nowhere(nowhere, use, caplog):
    use(nowhere)
    assert statuses() == [401] * (LIMIT + 2)
    assert len(said(caplog, "redis_unavailable")) == 1


@pytest.mark.parametrize("go", [RedisServer.kill, RedisServer.hang])
def test_when_redis_is_back_it_counts_again(go, redis, use, monkeypatch, caplog):
    monkeypatch.setattr(shared_cache, "PAUSE", 0.05)
    use(redis.url)
    assert statuses() == [401, 401, 429, 429]
    go(redis)
    assert statuses() == [401] * (LIMIT + 2)
    if go is RedisServer.kill:
        redis.start()
    else:
        redis.go_on()
    wait_until(lambda: 429 in statuses(), "the limit to hold again")
    assert statuses() == [429] * (LIMIT + 2)
    assert len(said(caplog, "redis_recovered")) == 1


def test_each_process_can_count_for_itself_while_redis_is_away(redis, use, caplog):
    use(redis.url, "SharedOrOwnCache")
    assert statuses() == [401, 401, 429, 429]
    redis.kill()
    before = unchecked()
    # The count on Redis starts again at zero.
    assert statuses() == [401, 401, 429, 429]
    assert unchecked() == before
    assert len(said(caplog, "redis_unavailable")) == 1


class Redis:
    """Fails until told otherwise, and counts the requests."""

    away = True
    asked = 0

    def ask(self):
        self.asked += 1
        if self.away:
            raise ConnectionResetError("redis.example.com")
        return "answer"


def call(breaker, redis):
    try:
        return breaker.call(redis.ask)
    except RedisUnavailable:
        return None


def test_a_redis_that_failed_is_tried_again_after_a_while(monkeypatch):
    redis, breaker = Redis(), CircuitBreaker()
    assert [call(breaker, redis) for _ in range(20)] == [None] * 20
    assert redis.asked == 1
    monkeypatch.setattr(shared_cache.time, "monotonic", lambda: 10**9)
    assert [call(breaker, redis) for _ in range(20)] == [None] * 20
    assert redis.asked == 2


def test_while_one_call_finds_out_the_others_do_not_wait(monkeypatch):
    breaker, redis = CircuitBreaker(), Redis()
    call(breaker, redis)
    monkeypatch.setattr(shared_cache.time, "monotonic", lambda: 10**9)
    meanwhile = Redis()
    meanwhile.away = False
    assert breaker.call(lambda: call(breaker, meanwhile)) is None
    assert meanwhile.asked == 0
    assert call(breaker, meanwhile) == "answer"


def test_a_redis_that_keeps_failing_is_logged_once_a_minute(monkeypatch, caplog):
    breaker, redis = CircuitBreaker(), Redis()
    seconds = iter(range(10**6, 10**7, 20))
    moment = next(seconds)
    monkeypatch.setattr(shared_cache.time, "monotonic", lambda: moment)
    for _ in range(6):
        redis.away = True
        call(breaker, redis)
        moment = next(seconds)
        redis.away = False
        assert call(breaker, redis) == "answer"
    # Two minutes and four seconds of failing and answering.
    assert len(said(caplog, "redis_unavailable")) == 2
    assert len(said(caplog, "redis_recovered")) == 2
