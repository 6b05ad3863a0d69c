"""Deletes raw opens of whole days once they are old enough; counters and summaries stay."""

from datetime import UTC, datetime, timedelta

from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput
from tracking.counting.lock import hold_ingest_lock
from tracking.models import IngestLock, Open

BATCH = 5_000
MOST_DAYS = 36_500


def horizon_of(now: datetime, *, keep_days: int) -> datetime:
    """The start of the first day (UTC) whose raw opens are kept."""
    day = (now - timedelta(days=keep_days)).astimezone(UTC)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def prune_opens(*, now: datetime, keep_days: int) -> int:
    """Delete raw opens older than `keep_days` whole days; returns how many.

    The horizon moves first, so that ingest drops older hits from then on; it never moves back. Rows
    are deleted in bounded batches while ingest runs; an interrupted call may be repeated. Raises
    InvalidInput.
    """
    if not 1 <= keep_days <= MOST_DAYS:
        raise InvalidInput(f"Keep the raw opens of 1 to {MOST_DAYS:,} days.")
    horizon = _move_horizon(horizon_of(now, keep_days=keep_days))
    removed = 0
    while batch := _oldest(horizon):
        removed += Open.objects.filter(event_id__in=batch).delete()[0]
    return removed


@in_transaction
def _move_horizon(horizon: datetime) -> datetime:
    lock = hold_ingest_lock()
    horizon = max(horizon, lock.pruned_before or horizon)
    IngestLock.objects.filter(id=lock.id).update(pruned_before=horizon)
    return horizon


def _oldest(horizon: datetime) -> list:
    old = Open.objects.filter(opened_at__lt=horizon).order_by("opened_at", "event_id")
    return list(old.values_list("event_id", flat=True)[:BATCH])
