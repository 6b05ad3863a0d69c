"""Lets long-running commands finish their current work on shutdown."""

import queue
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Stop:
    """The shutdown flag; may be set in a signal handler, where a threading.Event could deadlock."""

    def __init__(self) -> None:
        self._is_set = False
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        # CPython 3.11: a queue's first get hangs forever if its timeout expires immediately.
        with suppress(queue.Empty):
            self._wake.get_nowait()

    def set(self) -> None:
        self._is_set = True
        self._wake.put(None)

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait for at most that long; returns whether to stop."""
        if not self._is_set:
            with suppress(queue.Empty):
                self._wake.get(timeout=seconds)
        return self._is_set


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """A Stop that SIGTERM and SIGINT set; only for the main thread."""
    stop = Stop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
