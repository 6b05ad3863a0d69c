"""Reads stored hits as they should be, and finds the rows that differ.

A row's group is its contact's, its bucket follows from its time and its kind from its rule.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from foundation.timestamps import to_ms
from tracking.counting import fold, user_agents
from tracking.counting.fold import HitFacts
from tracking.hits.classify import WORDINGS
from tracking.models import Open

# Including rules that were dropped; an unknown rule keeps the stored kind.
KINDS = {code: int(told.kind) for code, told in WORDINGS.items() if told.kind is not None}
COLUMNS = (
    "event_id",
    "contact_id",
    "group_id",
    "opened_at",
    "bucket",
    "kind",
    "rule",
    "user_agent_id",
)


class Placed(NamedTuple):
    """The derived values of a row."""

    group_id: int
    bucket: int
    kind: int


class Wrong(NamedTuple):
    """A row's stored and correct values."""

    stored: Placed
    right: Placed


@dataclass
class StoredHits:
    """The hits of each contact, an empty list if there are none, and the wrong rows by event id."""

    hits: dict[UUID, list[HitFacts]]
    wrong: dict[UUID, Wrong] = field(default_factory=dict)


def read(
    contact_ids: Collection[UUID], *, groups: Mapping[UUID, int], since: datetime | None
) -> StoredHits:
    """The hits of some contacts, optionally from a time on; `groups` holds the group of each."""
    rows = Open.objects.filter(contact_id__in=list(contact_ids)).order_by()
    if since is not None:
        rows = rows.filter(opened_at__gte=since)
    found = list(rows.values_list(*COLUMNS))
    families = user_agents.families(row[-1] for row in found)
    read = StoredHits({contact_id: [] for contact_id in contact_ids})
    for event_id, contact_id, group_id, opened_at, bucket, kind, rule, agent_id in found:
        at = to_ms(opened_at)
        stored = Placed(group_id, bucket, kind)
        right = Placed(groups[contact_id], fold.bucket_of(at), KINDS.get(rule, kind))
        if stored != right:
            read.wrong[event_id] = Wrong(stored, right)
        read.hits[contact_id].append(HitFacts(contact_id, at, right.kind, families[agent_id]))
    return read


def put_right(wrong: Mapping[UUID, Wrong]) -> None:
    """Store the correct values; the caller holds the ingest lock."""
    for column in Placed._fields:
        values: dict[int, list[UUID]] = {}
        for event_id, row in wrong.items():
            right = getattr(row.right, column)
            if right != getattr(row.stored, column):
                values.setdefault(right, []).append(event_id)
        for value, event_ids in values.items():
            _update(event_ids, {column: value})


def _update(event_ids: list[UUID], values: dict[str, int]) -> None:
    for start in range(0, len(event_ids), 500):
        chunk = event_ids[start : start + 500]
        Open.objects.filter(event_id__in=chunk).update(**values)
