"""Limits that web processes count together on a real Redis, and each by itself without it."""

import http.client
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotThere

from tests.processes.running import Site

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/13")
LIMIT = 40
# A day, so that none ends in the middle of a test.
RATE = f"{LIMIT}/d"


@pytest.fixture
def redis():
    redis = Redis.from_url(REDIS_URL)
    try:
        forget_counts(redis)
    except NotThere:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis answers at {REDIS_URL}")
    yield REDIS_URL
    forget_counts(redis)
    redis.close()


def forget_counts(redis):
    for key in redis.scan_iter("pixeltrack:*:rl:*"):
        redis.delete(key)


@pytest.fixture
def two_webs(tmp_path):
    """A function that starts two web processes; calls without a token need no database."""
    sites = []

    def start(**environment):
        for name in ("a", "b"):
            folder = tmp_path / name
            folder.mkdir()
            sites.append(Site(folder, f"sqlite:///{folder}/site.db"))
            sites[-1].start_web(RATE_LIMIT_APPLY=RATE, **environment)
        return [site.port for site in sites]

    yield start
    for site in sites:
        site.close()


def call(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("POST", "/api/v1/discounts/apply")
        answer = connection.getresponse()
        answer.read()
    return port, answer.status


def call_each(ports, count):
    """How often each (port, status) was the answer, of so many calls to each port at once."""
    with ThreadPoolExecutor(8) as threads:
        return Counter(threads.map(call, ports * count))


def test_two_processes_together_let_exactly_the_limit_pass(two_webs, redis):
    seen = call_each(two_webs(REDIS_URL=redis), LIMIT)
    assert sum(n for (_, status), n in seen.items() if status == 401) == LIMIT
    assert sum(n for (_, status), n in seen.items() if status == 429) == LIMIT


def test_without_redis_the_threads_of_each_process_count_for_themselves(two_webs):
    ports = two_webs()
    seen = call_each(ports, LIMIT + 20)
    assert [seen[port, 401] for port in ports] == [LIMIT, LIMIT]
    assert [seen[port, 429] for port in ports] == [20, 20]
