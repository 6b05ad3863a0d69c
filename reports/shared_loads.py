"""Reads loads of shared pixels for a report: beside its figures, by whole days that are over.

A shorter time would tell who loaded one; so nothing is said of today, and a window counts by the
days that lie in it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.db.models import Sum

from reports.group_opens import Selection, within
from reports.periods import Window, whole_days
from tracking.hits.classify import Kind
from tracking.models import SharedLoadsByHour

HOUR_MINUTES = 60


@dataclass(frozen=True)
class SharedLoads:
    """`days` are the days covered, None where none is over in the window.

    `by_group` has each group that has a shared pixel; `clients` are (name, loads), most first, of
    the kinds that the report counts.
    """

    days: Window | None
    by_group: Mapping[int, Mapping[Kind, int]]
    clients: Sequence[tuple[str, int]]


def read_shared(
    selection: Selection, sharing: frozenset[int], *, now: datetime, zone: tzinfo
) -> SharedLoads | None:
    """Of the groups that have a shared pixel; None where none has, without a query then."""
    groups = sharing.intersection(selection.group_ids)
    if not groups:
        return None
    days = whole_days(selection.window, now=now, zone=zone)
    by_group = {group_id: dict.fromkeys(Kind, 0) for group_id in sorted(groups)}
    clients: Counter[str] = Counter()
    for group_id, kind, family, loads in _sums(groups, days):
        by_group[group_id][kind] += loads
        if kind in selection.kinds:
            clients[family] += loads
    most_first = sorted(clients.items(), key=lambda row: (-row[1], row[0]))
    return SharedLoads(days, by_group, most_first)


def _sums(groups: Collection[int], days: Window | None) -> list[tuple[int, Kind, str, int]]:
    if days is None:
        return []
    rows = SharedLoadsByHour.objects.filter(group_id__in=groups, loads__gt=0)
    first, end = days.minutes
    hours = (_hour(first), _hour(end))
    sums = within(rows, "hour", hours).values("group_id", "kind", "family")
    read = sums.annotate(total=Sum("loads")).values_list("group_id", "kind", "family", "total")
    return [(group_id, Kind(kind), family, int(total)) for group_id, kind, family, total in read]


def _hour(minute: int | None) -> int | None:
    """The first hour (UTC) that begins at a minute or later: an hour is of the day it begins in."""
    return None if minute is None else -(-minute // HOUR_MINUTES)
