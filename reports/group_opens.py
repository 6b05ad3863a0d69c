"""Reads what the opens of each group come to, from counters, and keeps it while they stay.

A few opens leave most groups as they were, and a group has thousands of counters.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django.db.models import BigIntegerField, CharField, F, Model, QuerySet, Sum, Value

from reports.kept import groups as kept
from reports.kept.changes import Changes
from reports.periods import ALWAYS, LONGEST_BY_MINUTE, SLOT_MINUTES, Window, slots_per_count
from tracking.counting import fold
from tracking.counting.changes import Moved
from tracking.hits.classify import COUNTED_KINDS, Kind
from tracking.models import (
    FirstOpensByMinute,
    FirstOpensBySlot,
    OpensByClientSlot,
    OpensByMinute,
    OpensBySlot,
)

Row = TypeVar("Row", bound=Model)
# A half-open interval, None where it has no end.
Bounds = tuple[int | None, int | None]


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

    opens: Mapping[int, int] = field(default_factory=dict)
    firsts: Mapping[int, tuple[int, int]] = field(default_factory=dict)

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
    clients: Mapping[tuple[str, Kind], int]


class Names(NamedTuple):
    """Of two counters, as changes of groups have them."""

    opens: str
    firsts: str


class Counters(NamedTuple):
    """Two counters with the same unit of so many minutes; `together` units form one count."""

    opens: type[Model]
    firsts: type[Model]
    names: Names
    unit: str
    minutes: int
    together: int = 1

    def bounds(self, window: Window) -> Bounds:
        """A window covers whole quarters, and therefore whole minutes."""
        first, end = window.minutes
        return (
            None if first is None else first // self.minutes,
            None if end is None else end // self.minutes,
        )

    def start(self, unit: int) -> int:
        """The first minute of the count that a unit is in."""
        return (unit - unit % self.together) * self.minutes


BY_MINUTE = Counters(
    OpensByMinute,
    FirstOpensByMinute,
    Names(fold.OPENS_BY_MINUTE, fold.FIRST_BY_MINUTE),
    "minute",
    minutes=1,
)


def _by_hour(zone: tzinfo) -> Counters:
    return Counters(
        OpensBySlot,
        FirstOpensBySlot,
        Names(fold.OPENS_BY_SLOT, fold.FIRST_BY_SLOT),
        "slot",
        minutes=SLOT_MINUTES,
        together=slots_per_count(zone),
    )


def kept_opens(selection: Selection, *, zone: tzinfo, changes: Changes) -> dict[int, GroupOpens]:
    """By group, from counters or as this process has followed them.

    In at most four queries.
    """
    # Who looks at a period takes nothing from those who look at all time.
    name = "opens" if selection.window == ALWAYS else "opens-of-a-period"
    return kept.of_groups(
        name,
        selection.group_ids,
        question=(selection.window, selection.machine, str(zone)),
        changes=changes,
        ways=kept.Ways(
            read=lambda some: read_opens(replace(selection, group_ids=tuple(some)), zone=zone),
            follow=partial(follow, selection=selection, zone=zone),
        ),
    )


def follow(
    opens: GroupOpens, moved: Moved, *, selection: Selection, zone: tzinfo
) -> GroupOpens | None:
    """What a group's opens are once so much has moved; None where that can't be told."""
    by_hour = _moved(opens.by_hour, moved, _by_hour(zone), selection)
    was_short, is_short = (one.span <= LONGEST_BY_MINUTE for one in (opens.by_hour, by_hour))
    if is_short and not was_short:
        return None
    by_minute = _moved(opens.by_minute, moved, BY_MINUTE, selection) if is_short else Counts()
    clients = Counter(opens.clients)
    for family, kind, slot, amount in moved.get(fold.OPENS_BY_CLIENT, ()):
        if _holds(selection.window.slots, slot):
            clients[family, Kind(kind)] += amount
    return GroupOpens(by_hour, by_minute, {one: total for one, total in clients.items() if total})


def _moved(counts: Counts, moved: Moved, counters: Counters, selection: Selection) -> Counts:
    bounds = counters.bounds(selection.window)
    opens, firsts = Counter(counts.opens), dict(counts.firsts)
    for kind, unit, amount in moved.get(counters.names.opens, ()):
        if kind in selection.kinds and _holds(bounds, unit):
            opens[counters.start(unit)] += amount
    for unit, *amounts in moved.get(counters.names.firsts, ()):
        if _holds(bounds, unit):
            counted, with_machine = firsts.get(counters.start(unit), (0, 0))
            firsts[counters.start(unit)] = (counted + amounts[0], with_machine + amounts[1])
    return Counts(
        {minute: total for minute, total in opens.items() if total},
        {minute: both for minute, both in firsts.items() if any(both)},
    )


def _holds(bounds: Bounds, unit: int) -> bool:
    first, end = bounds
    return (first is None or unit >= first) and (end is None or unit < end)


def read_opens(selection: Selection, *, zone: tzinfo) -> dict[int, GroupOpens]:
    """Of each group; in at most two queries. Days and hours are the zone's."""
    hours = _by_hour(zone)
    read = list(_clients(selection).union(*_counts(selection, hours), all=True))
    by_hour = _by_group((row for row in read if row[-1] is None), minutes=hours.minutes)
    clients = _by_client(row for row in read if row[-1] is not None)
    short = [one for one, counts in by_hour.items() if counts.span <= LONGEST_BY_MINUTE]
    by_minute = _minutes(replace(selection, group_ids=tuple(short))) if short else {}
    return {
        one: GroupOpens(
            by_hour.get(one, Counts()), by_minute.get(one, Counts()), clients.get(one, {})
        )
        for one in selection.group_ids
    }


def _minutes(selection: Selection) -> dict[int, Counts]:
    """In one query."""
    opens, firsts = _counts(selection, BY_MINUTE)
    return _by_group(opens.union(firsts, all=True), minutes=BY_MINUTE.minutes)


def _counts(selection: Selection, counters: Counters) -> tuple[QuerySet[Any, Any], ...]:
    """Rows of group, start and amounts, of those that have any; none has a client."""
    columns = ("group_id", "start", "counted_opens", "counted_firsts", "firsts_with_machine", "of")
    nothing, nobody = Value(0, BigIntegerField()), Value(None, CharField())
    start = F(counters.unit) - F(counters.unit) % counters.together
    rows = _in_window(counters.opens, counters, selection).filter(kind__in=selection.kinds)
    sums = rows.values("group_id", start=start).annotate(
        counted_opens=Sum("opens"), counted_firsts=nothing, firsts_with_machine=nothing, of=nobody
    )
    first = (
        _in_window(counters.firsts, counters, selection)
        .values("group_id", start=start)
        .annotate(
            counted_opens=nothing,
            counted_firsts=Sum("counted"),
            firsts_with_machine=Sum("with_machine"),
            of=nobody,
        )
    )
    return sums.values_list(*columns), first.values_list(*columns)


def _by_group(rows: Iterable[Sequence[Any]], *, minutes: int) -> dict[int, Counts]:
    opens: dict[int, dict[int, int]] = defaultdict(dict)
    firsts: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for group_id, number, *amounts, _ in rows:
        total, counted, with_machine = map(int, amounts)
        if total:
            opens[group_id][number * minutes] = total
        if counted or with_machine:
            firsts[group_id][number * minutes] = (counted, with_machine)
    return {one: Counts(opens[one], firsts[one]) for one in opens.keys() | firsts.keys()}


def _in_window(counter: type[Row], counters: Counters, selection: Selection) -> QuerySet[Row]:
    rows = counter._default_manager.filter(group_id__in=selection.group_ids)
    return within(rows, counters.unit, counters.bounds(selection.window))


def within(rows: QuerySet[Row], column: str, bounds: Bounds) -> QuerySet[Row]:
    """The rows whose column is in a half-open interval."""
    first, end = bounds
    if first is not None:
        rows = rows.filter(**{f"{column}__gte": first})
    if end is not None:
        rows = rows.filter(**{f"{column}__lt": end})
    return rows


def _clients(selection: Selection) -> QuerySet[Any, Any]:
    """Rows as those of `_counts`: group, kind, opens of that kind in the window, and client."""
    rows = OpensByClientSlot.objects.filter(group_id__in=selection.group_ids, opens__gt=0)
    sums = within(rows, "slot", selection.window.slots).order_by()
    nothing = {f"none_{n}": Value(0, BigIntegerField()) for n in range(2)}
    read = sums.values("group_id", "family", "kind").annotate(total=Sum("opens"), **nothing)
    return read.values_list("group_id", "kind", "total", *nothing, "family")


def _by_client(rows: Iterable[Sequence[Any]]) -> dict[int, dict[tuple[str, Kind], int]]:
    """Opens by group, then by stored client and kind."""
    found: dict[int, dict[tuple[str, Kind], int]] = defaultdict(dict)
    for group_id, kind, total, _, _, family in rows:
        found[group_id][family, Kind(kind)] = int(total)
    return found
