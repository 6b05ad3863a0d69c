"""Leases of imports: one worker at a time goes on with an import, and the others can't commit.

A worker that died leaves a lease that lapses; then the import is queued again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog
from django.db.models import F, Q

from campaigns.models import ContactImport, ImportState
from foundation.database.transactions import in_transaction

LEASE = timedelta(seconds=60)
# How long an import may wait in the queue before it is queued again.
PATIENCE = timedelta(minutes=10)
# How often a row may stop the import before the import fails.
MOST_ATTEMPTS = 5

log = structlog.get_logger(__name__)


class Lease(NamedTuple):
    """Held by one worker, as long as the import is in this state."""

    import_id: int
    holder: UUID
    state: ImportState


def claim(
    import_id: int, *, states: Sequence[ImportState], becomes: ImportState, now: datetime
) -> Lease | None:
    """A new lease; None if another worker holds one, or the import is in none of the states."""
    lease = Lease(import_id, uuid4(), becomes)
    free = Q(lease_holder__isnull=True) | Q(lease_until__lt=now)
    taken = ContactImport.objects.filter(free, id=import_id, state__in=states).update(
        state=becomes,
        lease_holder=lease.holder,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,
    )
    if not taken:
        log.info("import_not_claimed", contact_import=import_id)
    return lease if taken else None


def held(lease: Lease) -> ContactImport | None:
    """The import, locked until the transaction ends; None if the lease was lost or ended."""
    job = (
        ContactImport.objects.select_for_update()
        .filter(id=lease.import_id, lease_holder=lease.holder, state=lease.state)
        .first()
    )
    if job is None:
        log.warning("import_lease_lost", contact_import=lease.import_id)
    return job


class Resumed(NamedTuple):
    """How imports are resumed whose worker died: those of these states begin again in the first.

    `given_up` says in words that one stopped too often, with the line where it stands.
    """

    states: Sequence[ImportState]
    given_up: str
    enqueue: Callable[[int], object]


def requeue(resumed: Resumed, *, now: datetime) -> int:
    """Queue imports again whose lease lapsed; returns how many.

    One that stopped MOST_ATTEMPTS times without getting further fails.
    """
    lapsed = ContactImport.objects.filter(state__in=resumed.states, lease_until__lt=now)
    return sum(_requeue(i, resumed, now) for i in list(lapsed.values_list("id", flat=True)))


@in_transaction
def _requeue(import_id: int, resumed: Resumed, now: datetime) -> bool:
    found = ContactImport.objects.select_for_update().filter(id=import_id, lease_until__lt=now)
    job = found.filter(state__in=resumed.states).first()
    if job is None:
        return False
    job.lease_holder, job.lease_until = None, now + PATIENCE
    is_given_up = job.attempts >= MOST_ATTEMPTS
    if is_given_up:
        job.state, job.finished_at = ImportState.FAILED, now
        job.failure = resumed.given_up.format(job.line)
        log.error("import_given_up", contact_import=job.id, line=job.line)
    else:
        job.state = resumed.states[0]
        resumed.enqueue(job.id)
        log.warning("import_requeued", contact_import=job.id, line=job.line)
    job.save()
    return not is_given_up
