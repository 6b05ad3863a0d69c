"""Runs database queries with a deadline, so that a hanging database blocks nobody."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")
ALIAS = "default"


class NoAnswer(Exception):
    """The database neither answered nor failed in time."""


class TimedQueries:
    """Runs one query at a time and waits `seconds` for its result.

    While one is unanswered no other is started: each would leave a thread and a connection behind.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asking = threading.Lock()

    def ask(self, question: Callable[[], T]) -> T:
        """The query's result or exception; NoAnswer on timeout."""
        if not self._asking.acquire(timeout=self._seconds):
            raise NoAnswer
        return _QueryThread(question, self._asking.release).answer(self._seconds)


class _QueryThread(Generic[T]):
    """A thread that uses our connection, so that it sees our transaction.

    On timeout the thread keeps the connection, and the caller opens another one when needed.
    """

    def __init__(self, question: Callable[[], T], done: Callable[[], None]) -> None:
        self._question = question
        self._done = done
        self._answers: SimpleQueue[Future[T]] = SimpleQueue()
        self._handing_over = threading.Lock()
        self._given_up = False
        self._connection = connections[ALIAS]
        self._connection.inc_thread_sharing()

    def answer(self, seconds: float) -> T:
        threading.Thread(target=self._find_out, name="patience", daemon=True).start()
        try:
            found = self._answers.get(timeout=seconds)
        except Empty:
            found = self._last_look()
        self._connection.dec_thread_sharing()
        return found.result()

    def _last_look(self) -> Future[T]:
        with self._handing_over:
            if self._answers.empty():
                self._given_up = True
                del connections[ALIAS]
                raise NoAnswer
            return self._answers.get()

    def _find_out(self) -> None:
        connections[ALIAS] = self._connection
        found: Future[T] = Future()
        try:
            found.set_result(self._question())
        except Exception as error:
            found.set_exception(error)
        del connections[ALIAS]
        self._hand_over(found, self._connection)
        self._done()

    def _hand_over(self, found: Future[T], connection: BaseDatabaseWrapper) -> None:
        with self._handing_over:
            if self._given_up:
                connection.close()
            else:
                self._answers.put(found)
