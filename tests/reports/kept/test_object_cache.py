"""What is put into the cache of objects comes back itself, until its time or its room is over."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from reports.kept.object_cache import ObjectCache

ROOM = 30


@pytest.fixture
def cache():
    return ObjectCache(uuid4().hex, {"TIMEOUT": 60, "OPTIONS": {"MAX_ENTRIES": ROOM}})


def test_an_object_comes_back_itself(cache):
    thing = object()
    cache.set_many({"a": thing})
    assert cache.get("a") is thing
    assert cache.get_many(["a", "b"]) == {"a": thing}


def test_what_is_over_is_no_longer_there(cache):
    cache.set("a", 1)
    cache.set("b", 1, timeout=None)
    with time_machine.travel(timedelta(seconds=61)):
        assert cache.get("a", "nothing") == "nothing"
        assert cache.get("b") == 1
        assert list(cache._cache) == [cache.make_key("b")], "it takes no room any more"
        assert cache.add("a", 2)
    assert not cache.add("b", 2)


def test_what_was_not_asked_for_is_given_up_first(cache):
    for number in range(ROOM):
        cache.set(str(number), number)
    cache.get("0")
    cache.set("new", "new")
    assert (cache.get("0"), cache.get("1"), cache.get("new")) == (0, None, "new")
