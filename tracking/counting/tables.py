"""The tables of the counters: applying deltas, reading and clearing them.

The caller holds the ingest lock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone

from foundation.database import bulk_sql
from tracking.counting import changes, fold
from tracking.counting.fold import Deltas
from tracking.models import (
    ContactsByDueDay,
    ContactsByDueMinute,
    ContactsByKind,
    FirstOpensByAge,
    FirstOpensByMinute,
    FirstOpensBySlot,
    GroupChange,
    GroupVersion,
    LeftByAge,
    OpensByClientSlot,
    OpensByMinute,
    OpensBySlot,
)


@dataclass(frozen=True)
class CounterTable:
    """The table of one counter: its key and number columns, in the order counting uses."""

    model: type[models.Model]
    key: tuple[str, ...]
    numbers: tuple[str, ...]


FIRSTS = ("counted", "with_machine")
TABLES = {
    fold.OPENS_BY_MINUTE: CounterTable(OpensByMinute, ("group_id", "kind", "minute"), ("opens",)),
    fold.OPENS_BY_SLOT: CounterTable(OpensBySlot, ("group_id", "kind", "slot"), ("opens",)),
    fold.OPENS_BY_CLIENT: CounterTable(
        OpensByClientSlot, ("group_id", "family", "kind", "slot"), ("opens",)
    ),
    fold.FIRST_BY_MINUTE: CounterTable(FirstOpensByMinute, ("group_id", "minute"), FIRSTS),
    fold.FIRST_BY_SLOT: CounterTable(FirstOpensBySlot, ("group_id", "slot"), FIRSTS),
    fold.FIRST_BY_AGE: CounterTable(
        FirstOpensByAge,
        ("group_id", "slot", "age_bin"),
        (*FIRSTS, "left_counted", "left_with_machine"),
    ),
    fold.LEFT_BY_AGE: CounterTable(
        LeftByAge, ("group_id", "slot", "age_bin", "reason"), ("contacts", "unmeasured")
    ),
    fold.CONTACTS_BY_KIND: CounterTable(ContactsByKind, ("group_id", "kind"), ("contacts",)),
    fold.CONTACTS_BY_DUE: CounterTable(
        ContactsByDueMinute,
        ("group_id", "slot", "minute"),
        ("contacts", "opened", "drawn", "removed", "unmeasured", "drawn_unmeasured", "lapsed"),
    ),
    fold.CONTACTS_BY_DUE_DAY: CounterTable(
        ContactsByDueDay,
        ("group_id", "day"),
        ("contacts", "opened", "unmeasured", "lapsed"),
    ),
}


def move(deltas: Deltas) -> None:
    """Add deltas to the tables, keys in order so that writers do not deadlock."""
    moved: set[int] = set()
    for name, table in TABLES.items():
        rows = [key + amounts for key, amounts in sorted(deltas.of(name).items())]
        bulk_sql.upsert(table.model, table.key + table.numbers, rows, key=table.key, adding=True)
        moved.update(row[0] for row in rows)
    renew(moved)
    _write_down(changes.written(deltas), now=timezone.now())


def renew(group_ids: Collection[int]) -> None:
    """Have reports on these groups read anew."""
    versions = [(group_id, 1) for group_id in sorted(group_ids)]
    bulk_sql.upsert(GroupVersion, ("group_id", "version"), versions, key=("group_id",), adding=True)


def _write_down(moved: Mapping[int, str], *, now: datetime) -> None:
    """What moved, under the versions that the groups came to by it."""
    if not moved:
        return
    came_to = GroupVersion.objects.filter(group_id__in=moved).values_list("group_id", "version")
    rows = [(group_id, version, moved[group_id], now) for group_id, version in came_to]
    columns = ("group_id", "version", "moved", "changed_at")
    bulk_sql.upsert(GroupChange, columns, rows, key=("group_id", "version"), adding=False)


def stored(name: str, group_ids: Sequence[int]) -> dict[tuple, tuple[int, ...]]:
    """The non-zero rows of one counter for some groups."""
    table = TABLES[name]
    rows = table.model._default_manager.filter(group_id__in=group_ids).values_list(
        *table.key, *table.numbers
    )
    width = len(table.key)
    return {row[:width]: row[width:] for row in rows.iterator() if any(row[width:])}
