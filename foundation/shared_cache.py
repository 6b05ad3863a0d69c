"""Django's cache on Redis, with a circuit breaker: while Redis is down, calls fail at once.

However Redis fails (unreachable, hanging, full, read-only), the caller gets a RedisError.
"""

import functools
import threading
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django_redis.cache import RedisCache
from django_redis.client import DefaultClient
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

P = ParamSpec("P")
T = TypeVar("T")

# Seconds until one call tests whether Redis is back.
PAUSE = 2.0
# At most one log line in this time, however often Redis fails.
SAID_EVERY = 60.0

log = structlog.get_logger(__name__)


class RedisUnavailable(RedisError):
    """Redis failed, or was not called because it had just failed."""


class CircuitBreaker:
    """Lets calls through while Redis works; after a failure only one every PAUSE seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._away = self._said = False
        self._ask_again_at = self._say_again_at = 0.0

    def call(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result from Redis. Raises RedisUnavailable."""
        if self._away:
            self._wait_for_turn()
        try:
            answer = ask(*args, **kwargs)
        except (ConnectionInterrupted, RedisError, OSError) as error:
            self._failed(error.__cause__ or error)
            raise RedisUnavailable("Redis failed.") from error
        if self._away:
            self._back()
        return answer

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._ask_again_at:
                raise RedisUnavailable("Redis failed a moment ago.")
            # The test call may have to wait; the others must not.
            self._ask_again_at = now + PAUSE

    def _failed(self, error: BaseException) -> None:
        with self._lock:
            now = time.monotonic()
            self._away, self._ask_again_at = True, now + PAUSE
            if now < self._say_again_at:
                return
            self._said, self._say_again_at = True, now + SAID_EVERY
        # The error's text may contain the server's address.
        log.error("redis_unavailable", error=type(error).__name__)

    def _back(self) -> None:
        with self._lock:
            said, self._away, self._said = self._said, False, False
        if said:
            log.info("redis_recovered")


# One per process: each thread has its own cache client, and all use the same server.
breaker = CircuitBreaker()


class SharedCache(RedisCache):
    """A cache shared by all processes while Redis is up."""

    @property
    def client(self) -> "_Guarded":
        return _Guarded(super().client)

    def close(self, **kwargs: object) -> None:
        """Connections are kept between requests."""


class _Guarded:
    """A Redis client that goes through the breaker."""

    def __init__(self, client: DefaultClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable:
        return functools.partial(breaker.call, getattr(self._client, name))


class SharedOrOwnCache(SharedCache):
    """Falls back to a cache of the process's own while Redis is down."""

    def add(
        self,
        key: str,
        value: object,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        try:
            added: bool = super().add(key, value, timeout=timeout, version=version)
        except RedisError:
            return caches["process"].add(key, value, timeout=timeout, version=version)
        return added

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        try:
            number: int = super().incr(key, delta=delta, version=version)
        except RedisError:
            return caches["process"].incr(key, delta=delta, version=version)
        return number
