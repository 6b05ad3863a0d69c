"""The lock for all writes to opens and counters.

It is a row lock, so the database releases it when its transaction ends. On SQLite the transaction
itself (BEGIN IMMEDIATE) is the lock.

Whoever takes several locks takes them in the order of docs/architecture.md, or two would wait for
each other; `tests/contacts/test_lock_order.py` watches. Recording a decision does without this one,
so that no backlog of counting holds up who withdraws.
"""

from django.db import connection

from tracking.models import IngestLock


def hold_ingest_lock() -> IngestLock:
    """Acquire the lock and hold it until the end of the transaction.

    Read the protected data only after this call. Earlier statements of the same transaction do no
    harm: under READ COMMITTED, which the settings require, each statement sees everything committed
    before it. Under REPEATABLE READ this call would have to be the first statement, because later
    ones would not see what the previous holder committed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the ingest lock is only held inside a transaction")
    return IngestLock.objects.select_for_update().get(id=1)
