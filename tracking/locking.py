"""The one lock that whoever writes opens or counters holds.

It is a row lock, so it frees itself when its transaction ends, however that ends. On SQLite
the transaction itself (BEGIN IMMEDIATE) is the lock.
"""

from django.db import connection

from tracking.models import IngestLock


def hold_ingest_lock() -> IngestLock:
    """Wait for the lock and hold it to the end of the transaction.

    Must be the transaction's first statement: a snapshot taken before the lock would hide
    what its last holder committed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the ingest lock is only held inside a transaction")
    return IngestLock.objects.select_for_update().get(id=1)
