"""A cache of this process that keeps objects as they are: who puts or gets one never changes it.

Django's own pickles each at every call, which takes longer than to follow what reports keep.
"""

import time
from collections import OrderedDict
from threading import Lock
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache


class ObjectCache(LocMemCache):
    """Takes what `LocMemCache` takes, but for `incr`."""

    _cache: OrderedDict[str, Any]
    _expire_info: dict[str, float | None]
    _lock: Lock

    def add(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        key = self.make_and_validate_key(key, version=version)
        with self._lock:
            if not self._is_over(key):
                return False
            self._put(key, value, timeout)
            return True

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        key = self.make_and_validate_key(key, version=version)
        with self._lock:
            if self._is_over(key):
                self._delete(key)  # type: ignore[attr-defined]  # not in django-stubs
                return default
            # Those that were asked for last are given up last.
            self._cache.move_to_end(key, last=False)
            return self._cache[key]

    def set(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        key = self.make_and_validate_key(key, version=version)
        with self._lock:
            self._put(key, value, timeout)

    def _is_over(self, key: str) -> bool:
        end = self._expire_info.get(key, -1)
        return end is not None and end <= time.time()

    def _put(self, key: str, value: Any, timeout: float | None) -> None:
        self._set(key, value, timeout)  # type: ignore[attr-defined]  # not in django-stubs
