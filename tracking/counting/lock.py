"""The one lock that whoever writes opens or counters holds.

It is a row lock, so it frees itself when its transaction ends, however that ends. On SQLite
the transaction itself (BEGIN IMMEDIATE) is the lock.
"""

from django.db import connection

from tracking.models import IngestLock


def hold_ingest_lock() -> IngestLock:
    """Wait for the lock and hold it to the end of the transaction.

    Read what it protects only after this call. Earlier statements of the same transaction do no
    harm: under READ COMMITTED, which the settings ask for, each statement sees all that was
    committed before it. A transaction with one snapshot for all of it (REPEATABLE READ) would
    have to begin with this call, or not see what the last holder committed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the ingest lock is only held inside a transaction")
    return IngestLock.objects.select_for_update().get(id=1)
