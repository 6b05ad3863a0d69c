"""The lock for all writes to opens and counters.

It is a row lock, so the database releases it when its transaction ends. On SQLite the transaction
itself (BEGIN IMMEDIATE) is the lock.

Whoever takes several locks takes them in this order, or two would wait for each other:

1. an import, the draws of a campaign, a campaign (inserting a contact shares its campaign's row),
2. this lock,
3. contacts, and what goes with them: former and gone people, counters,
4. the state of consent (`consent.decisions.locked_state`), and then what people decided.

Leaving some out does no harm. Recording a decision takes the last one alone, so that no backlog of
counting holds up who withdraws.
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
