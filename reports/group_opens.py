"""Reads what the opens of each group come to, from counters, and keeps it while they stay.

A few opens leave most groups as they were, and a group has thousands of counters.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from typing import NamedTuple, TypeVar

from django.core.cache import caches
from django.db.models import BigIntegerField, F, Model, QuerySet, Sum, Value

from reports.periods import ALWAYS, LONGEST_BY_MINUTE, SLOT_MINUTES, Window, slots_per_count
from tracking.hits.classify import COUNTED_KINDS, Kind
from tracking.models import (
    FirstOpensByMinute,
    FirstOpensBySlot,
    OpensByClientSlot,
    OpensByMinute,
    OpensBySlot,
)

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Selection:
    """What a report covers: groups, a window, and whether machine opens count."""

    group_ids: tuple[int, ...]
    window: Window = ALWAYS
    machine: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(Kind) if self.machine else COUNTED_KINDS


@dataclass(frozen=True)
class Counts:
    """A group's opens and first opens of a selection by hour or minute.

    Both are by the first minute (since 1970): `opens` of the selected kinds, `firsts` (counted,
    with machine). An hour is a quarter of one if the zone's hours do not align with UTC's.
    """

    opens: dict[int, int] = field(default_factory=dict)
    firsts: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def span(self) -> timedelta:
        """From the first open to the last."""
        return timedelta(minutes=max(self.opens) - min(self.opens)) if self.opens else timedelta(0)


@dataclass(frozen=True)
class GroupOpens:
    """A group's opens of a selection.

    `by_minute` is empty if they span longer than a chart by minutes. `clients` are opens of every
    kind in the window, by stored client and kind.
    """

    by_hour: Counts
    by_minute: Counts
    clients: dict[tuple[str, Kind], int]


class Kept(NamedTuple):
    """A group's opens, and what those are a function of."""

    basis: tuple[int | None, Window, bool, str]
    opens: GroupOpens


def kept_opens(
    selection: Selection, *, zone: tzinfo, versions: Mapping[int, int]
) -> dict[int, GroupOpens]:
    """By group, from counters or as this process has it of their version.

    In at most three queries.
    """
    asked = (selection.window, selection.machine, str(zone))
    bases = {one: (versions.get(one), *asked) for one in selection.group_ids}
    keys = {one: f"opens-{one}" for one in bases}
    found: dict[str, Kept] = caches["reports"].get_many(keys.values())
    same = {
        one: found[key].opens
        for one, key in keys.items()
        if key in found and found[key].basis == bases[one]
    }
    changed = tuple(one for one in bases if one not in same)
    if not changed:
        return same
    # Counters may be newer than the version by now; whoever sees that version may see them too.
    read = read_opens(replace(selection, group_ids=changed), zone=zone)
    caches["reports"].set_many({keys[one]: Kept(bases[one], read[one]) for one in read})
    return {**same, **read}


def read_opens(selection: Selection, *, zone: tzinfo) -> dict[int, GroupOpens]:
    """Of each group; in at most three queries. Days and hours are the zone's."""
    together = slots_per_count(zone)
    counters = Counters(OpensBySlot, FirstOpensBySlot, "slot", SLOT_MINUTES, together)
    by_hour = _counts(selection, counters)
    short = [one for one, counts in by_hour.items() if counts.span <= LONGEST_BY_MINUTE]
    by_minute = _counts(replace(selection, group_ids=tuple(short)), BY_MINUTE) if short else {}
    clients = _clients(selection)
    return {
        one: GroupOpens(
            by_hour.get(one, Counts()), by_minute.get(one, Counts()), clients.get(one, {})
        )
        for one in selection.group_ids
    }


class Counters(NamedTuple):
    """Two counters with the same unit of so many minutes; `together` units form one count."""

    opens: type[Model]
    firsts: type[Model]
    unit: str
    minutes: int
    together: int = 1


BY_MINUTE = Counters(OpensByMinute, FirstOpensByMinute, "minute", 1)


def _counts(selection: Selection, counters: Counters) -> dict[int, Counts]:
    """By group, of those that have any; in one query."""
    columns = ("group_id", "start", "counted_opens", "counted_firsts", "firsts_with_machine")
    nothing = Value(0, output_field=BigIntegerField())
    start = F(counters.unit) - F(counters.unit) % counters.together
    rows = _in_window(counters.opens, counters, selection).filter(kind__in=selection.kinds)
    sums = rows.values("group_id", start=start).annotate(
        counted_opens=Sum("opens"), counted_firsts=nothing, firsts_with_machine=nothing
    )
    first = (
        _in_window(counters.firsts, counters, selection)
        .values("group_id", start=start)
        .annotate(
            counted_opens=nothing,
            counted_firsts=Sum("counted"),
            firsts_with_machine=Sum("with_machine"),
        )
    )
    read = sums.values_list(*columns).union(first.values_list(*columns), all=True)
    return _by_group(read, minutes=counters.minutes)


def _by_group(rows: Iterable[Sequence[int]], *, minutes: int) -> dict[int, Counts]:
    found: dict[int, Counts] = defaultdict(Counts)
    for group_id, number, *amounts in rows:
        opens, counted, with_machine = map(int, amounts)
        if opens:
            found[group_id].opens[number * minutes] = opens
        if counted or with_machine:
            found[group_id].firsts[number * minutes] = (counted, with_machine)
    return found


def _in_window(counter: type[Row], counters: Counters, selection: Selection) -> QuerySet[Row]:
    """A window covers whole quarters, and therefore whole minutes."""
    rows = counter._default_manager.filter(group_id__in=selection.group_ids)
    first, end = selection.window.minutes
    units = (
        None if first is None else first // counters.minutes,
        None if end is None else end // counters.minutes,
    )
    return within(rows, counters.unit, units)


def within(
    rows: QuerySet[Row], column: str, bounds: tuple[int | None, int | None]
) -> QuerySet[Row]:
    """The rows whose column is in a half-open interval."""
    first, end = bounds
    if first is not None:
        rows = rows.filter(**{f"{column}__gte": first})
    if end is not None:
        rows = rows.filter(**{f"{column}__lt": end})
    return rows


def _clients(selection: Selection) -> dict[int, dict[tuple[str, Kind], int]]:
    """Opens by group, then by stored client and kind: of every kind in the window."""
    rows = OpensByClientSlot.objects.filter(group_id__in=selection.group_ids, opens__gt=0)
    sums = within(rows, "slot", selection.window.slots).values("group_id", "family", "kind")
    read = sums.annotate(total=Sum("opens")).values_list("group_id", "family", "kind", "total")
    found: dict[int, dict[tuple[str, Kind], int]] = defaultdict(dict)
    for group_id, family, kind, total in read:
        found[group_id][family, Kind(kind)] = int(total)
    return found
