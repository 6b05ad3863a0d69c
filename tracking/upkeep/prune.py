"""Deletes raw opens and ids of shared loads of whole days, and changes, once they are old enough.

Counters and summaries stay. A horizon moves first, so that ingest drops what is older from then on;
it never moves back. Rows are deleted in bounded batches while ingest runs; an interrupted call may
be repeated.
"""

from datetime import datetime, timedelta

from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput
from foundation.timestamps import horizon_of
from tracking.counting import shared
from tracking.counting.lock import hold_ingest_lock
from tracking.models import GroupChange, IngestLock, Open, SharedLoad

BATCH = 5_000
MOST_DAYS = 36_500
# Whoever looks at a report less often has it read anew.
CHANGES_KEPT_FOR = timedelta(minutes=10)


def prune_opens(*, now: datetime, keep_days: int) -> int:
    """Delete raw opens older than `keep_days` whole days; returns how many. Raises InvalidInput."""
    if not 1 <= keep_days <= MOST_DAYS:
        raise InvalidInput(f"Keep the raw opens of 1 to {MOST_DAYS:,} days.")
    horizon = _move_horizon("pruned_before", horizon_of(now, keep_days=keep_days))
    removed = 0
    while batch := _oldest(horizon):
        removed += Open.objects.filter(event_id__in=batch).delete()[0]
    return removed


def prune_shared_loads(*, now: datetime) -> int:
    """Delete the ids of shared loads that a replay could no longer bring; returns how many."""
    horizon = horizon_of(now, keep_days=shared.KEPT_DAYS)
    horizon = _move_horizon("shared_pruned_before", horizon)
    removed = 0
    while batch := _oldest_shared(horizon):
        removed += SharedLoad.objects.filter(event_id__in=batch).delete()[0]
    return removed


def prune_changes(*, now: datetime) -> None:
    """Delete what moved in counters so long ago that reports read them anew."""
    while _prune_some_changes(now - CHANGES_KEPT_FOR):
        pass


@in_transaction
def _prune_some_changes(horizon: datetime) -> bool:
    """The oldest; whether there may be more."""
    hold_ingest_lock()
    old = GroupChange.objects.filter(changed_at__lt=horizon).order_by("changed_at")
    last = list(old.values_list("changed_at", flat=True)[BATCH - 1 : BATCH])
    (old.filter(changed_at__lte=last[0]) if last else old).delete()
    return bool(last)


@in_transaction
def _move_horizon(name: str, horizon: datetime) -> datetime:
    lock = hold_ingest_lock()
    horizon = max(horizon, getattr(lock, name) or horizon)
    IngestLock.objects.filter(id=lock.id).update(**{name: horizon})
    return horizon


def _oldest(horizon: datetime) -> list:
    old = Open.objects.filter(opened_at__lt=horizon).order_by("opened_at", "event_id")
    return list(old.values_list("event_id", flat=True)[:BATCH])


def _oldest_shared(horizon: datetime) -> list:
    old = SharedLoad.objects.filter(day__lt=horizon.date()).order_by("day", "event_id")
    return list(old.values_list("event_id", flat=True)[:BATCH])
