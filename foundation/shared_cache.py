"""Django's cache on a Redis that may go away: a call then fails at once and waits for nobody.

Refusing, hanging, full or read-only: whichever way Redis fails, the caller gets a RedisError.
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

# Seconds until one call finds out whether Redis is back.
PAUSE = 2.0
# However often it comes and goes, the log says so no more often than this.
SAID_EVERY = 60.0

log = structlog.get_logger(__name__)


class Away(RedisError):
    """Redis failed, or was not asked because it had failed a moment ago."""


class Breaker:
    """Lets calls through while Redis works; after a failure only one in PAUSE seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._away = self._said = False
        self._ask_again_at = self._say_again_at = 0.0

    def call(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What Redis answers. Raises Away."""
        if self._away:
            self._wait_for_turn()
        try:
            answer = ask(*args, **kwargs)
        except (ConnectionInterrupted, RedisError, OSError) as error:
            self._failed(error.__cause__ or error)
            raise Away("Redis failed.") from error
        if self._away:
            self._back()
        return answer

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._ask_again_at:
                raise Away("Redis failed a moment ago.")
            # Whoever asks may have to wait for the answer; the others must not.
            self._ask_again_at = now + PAUSE

    def _failed(self, error: BaseException) -> None:
        with self._lock:
            now = time.monotonic()
            self._away, self._ask_again_at = True, now + PAUSE
            if now < self._say_again_at:
                return
            self._said, self._say_again_at = True, now + SAID_EVERY
        # The text of an error may hold the server's address.
        log.error("redis_away", error=type(error).__name__)

    def _back(self) -> None:
        with self._lock:
            said, self._away, self._said = self._said, False, False
        if said:
            log.info("redis_back")


# One for the process: each thread has a cache of its own, and all ask the same server.
breaker = Breaker()


class SharedCache(RedisCache):
    """A cache that all processes share, while Redis is there."""

    @property
    def client(self) -> "_Guarded":
        return _Guarded(super().client)

    def close(self, **kwargs: object) -> None:
        """Connections stay open from one request to the next."""


class _Guarded:
    """A client of Redis that asks by way of the breaker."""

    def __init__(self, client: DefaultClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable:
        return functools.partial(breaker.call, getattr(self._client, name))


class SharedOrOwnCache(SharedCache):
    """Goes on counting while Redis is away: each process for itself."""

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
