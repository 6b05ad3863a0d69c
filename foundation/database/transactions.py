"""Retries transactions that the database aborted because of a concurrent one."""

import functools
import random
import threading
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog
from django.db import DatabaseError, OperationalError, connection, transaction

from foundation.errors import Busy

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 8
LONGEST_WAIT = 0.4
# Lock waits are long; eight of them would take too long.
GIVE_UP_AFTER = 20.0
# Deadlock, lock wait, snapshot too old (MySQL); deadlock, serialisation, lock wait (PostgreSQL).
MYSQL_CODES = {1213, 1205, 1020}
POSTGRES_STATES = {"40P01", "40001", "55P03"}
BUSY = "The database is busy with other changes; try again in a moment."

log = structlog.get_logger(__name__)


class _Running(threading.local):
    """What is to be called if the operation that this thread runs fails; None outside of one."""

    on_failure: list[Callable[[], object]] | None = None


_running = _Running()


class Conflict(Busy):
    """A conditional write lost a race: the transaction must be retried."""

    def __init__(self) -> None:
        super().__init__(BUSY)


def in_transaction(operation: Callable[P, T]) -> Callable[P, T]:
    """Run a function in a transaction and retry it on a conflict; raises Busy in the end.

    It tries ATTEMPTS times, and stops once GIVE_UP_AFTER seconds have passed.

    Inside an open transaction it joins that one and never retries: only the outermost transaction
    can be repeated as a whole.
    """

    @functools.wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return operation(*args, **kwargs)
        deadline = time.monotonic() + GIVE_UP_AFTER
        for attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    return _attempt(operation, *args, **kwargs)
            except Conflict:
                log.debug("transaction_race_lost", operation=operation.__name__, attempt=attempt)
            except DatabaseError as error:
                if not is_conflict(error):
                    raise
                log.warning("transaction_conflict", operation=operation.__name__, attempt=attempt)
            if time.monotonic() > deadline:
                break
            # Jitter, so that the writers do not collide again; it is not used for secrecy.
            time.sleep(random.uniform(0, LONGEST_WAIT * (attempt + 1) / ATTEMPTS))  # noqa: S311
        raise Busy(BUSY)

    return run


def on_failure(callback: Callable[[], object]) -> None:
    """Call it if the operation of the open transaction raises, just before that is rolled back.

    It must not raise. Nothing is called where the commit itself fails, which may have happened, or
    where no `in_transaction` opened the transaction.
    """
    if _running.on_failure is not None:
        _running.on_failure.append(callback)


def _attempt(operation: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    callbacks: list[Callable[[], object]] = []
    _running.on_failure = callbacks
    try:
        return operation(*args, **kwargs)
    except BaseException:
        for callback in callbacks:
            callback()
        raise
    finally:
        _running.on_failure = None


def is_conflict(error: DatabaseError) -> bool:
    """Whether the database aborted the transaction only because of a concurrent one."""
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    return (
        (error.args and error.args[0] in MYSQL_CODES)
        or getattr(cause, "sqlstate", None) in POSTGRES_STATES
        or "database is locked" in str(error)
        or "database table is locked" in str(error)
    )
