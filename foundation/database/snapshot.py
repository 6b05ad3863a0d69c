"""Reads from a consistent snapshot of the database while others write."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def consistent_snapshot() -> Iterator[None]:
    """All reads inside see one snapshot; writes are not allowed.

    Inside an open transaction, reads use that transaction.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _deferred_transaction():
            yield
    else:
        _set_repeatable_read_for_next()
        with transaction.atomic():
            if connection.vendor == "postgresql":
                _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield


@contextmanager
def _deferred_transaction() -> Iterator[None]:
    # transaction.atomic() would use BEGIN IMMEDIATE and block all writers.
    _execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        _execute("ROLLBACK")


def _set_repeatable_read_for_next() -> None:
    if connection.vendor == "mysql":
        _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
