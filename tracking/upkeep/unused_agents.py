"""Deletes user agents that no open has any more: only somebody who is forgotten may have had one.

Opens are looked through once a day, without any lock. What nobody has is marked, and deleted at the
next look: meanwhile whoever counts an open of it has taken the mark off
(`tracking.counting.user_agents`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

import structlog

from foundation.database.transactions import in_transaction
from tracking.models import IngestLock, Open, UserAgent

EVERY = timedelta(days=1)
BATCH = 500

log = structlog.get_logger(__name__)


def remove_unused_agents(*, now: datetime) -> int:
    """Mark and delete, once a day; how many were deleted."""
    checked_at = IngestLock.objects.values_list("agents_checked_at", flat=True).get(id=1)
    if checked_at is not None and now < checked_at + EVERY:
        return 0
    used = set(Open.objects.order_by().values_list("user_agent_id", flat=True).distinct())
    marks = dict(UserAgent.objects.values_list("id", "unused_since"))
    _mark((n for n, since in marks.items() if since and n in used), None)
    _mark((n for n, since in marks.items() if not since and n not in used), now)
    removed = sum(map(_remove, _batches(n for n in marks if marks[n] and n not in used)))
    IngestLock.objects.filter(id=1).update(agents_checked_at=now)
    if removed:
        log.info("unused_agents_removed", agents=removed)
    return removed


def _mark(ids: Iterable[int], since: datetime | None) -> None:
    for batch in _batches(ids):
        UserAgent.objects.filter(id__in=batch).update(unused_since=since)


@in_transaction
def _remove(ids: list[int]) -> int:
    # Whose mark is gone is used again.
    return UserAgent.objects.filter(id__in=ids, unused_since__isnull=False).delete()[0]


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(sorted(ids))
    while batch := list(islice(left, BATCH)):
        yield batch
