"""Reads the panels of a report: opens over time, mail clients, heat map.

All are read from counters for one window, with or without machine opens, so the sums of the panels
equal the figures' opens.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import NamedTuple, TypeVar

from django.db.models import BigIntegerField, F, Model, QuerySet, Sum, Value

from reports.periods import (
    ALWAYS,
    SLOT_MINUTES,
    Step,
    Window,
    slots_per_count,
    start_of,
    starts,
    step_for,
    weekday_and_hour,
)
from tracking.hits.classify import COUNTED_KINDS, Kind
from tracking.hits.mail_clients import Device, client_of, device_of
from tracking.models import (
    FirstOpensByMinute,
    FirstOpensBySlot,
    OpensByClientSlot,
    OpensByMinute,
    OpensBySlot,
)

# What opens are grouped by: a mail client's name, or a device.
Name = TypeVar("Name", bound=str)
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
class Point:
    """One step of time: opens and unique opens of each group that had any."""

    at: datetime
    opens: dict[int, int]
    unique_opens: dict[int, int]


@dataclass(frozen=True)
class Series:
    """Opens over time, without gaps from the first open to the last."""

    step: Step
    points: list[Point]


@dataclass(frozen=True)
class Panels:
    """`clients` are (name, opens) and `devices` (Device, opens), most first.

    `heatmap` is opens[weekday][hour], Monday 0. `kinds` are the window's opens of every kind,
    also where machine opens are not selected.
    """

    series: Series
    clients: list[tuple[str, int]]
    devices: list[tuple[Device, int]]
    heatmap: list[list[int]]
    kinds: dict[Kind, int]


class Totals(NamedTuple):
    """A group's opens of a selection, and its first opens: of a person, and of any kind."""

    opens: int
    first_counted: int
    first_of_any_kind: int


@dataclass(frozen=True)
class Counted:
    """What the opens of a selection come to: by group, and in panels whose sums agree with it."""

    totals: dict[int, Totals]
    panels: Panels


@dataclass(frozen=True)
class Counts:
    """Opens and first opens of a selection by hour, given as its first minute (since 1970).

    By quarter of an hour if the zone's hours do not align with UTC's. `opens` are (group, minute,
    opens) of the selected kinds, `firsts` (group, minute, counted, with machine).
    """

    opens: list[tuple[int, int, int]]
    firsts: list[tuple[int, int, int, int]]


def read_counted(selection: Selection, *, zone: tzinfo) -> Counted:
    """In at most three queries; days and hours are the zone's."""
    slots = slots_per_count(zone)
    counts = _counts(selection, OpensBySlot, FirstOpensBySlot, "slot", SLOT_MINUTES, slots)
    return Counted(_totals(counts), _panels(selection, counts, zone))


def _totals(counts: Counts) -> dict[int, Totals]:
    opens: Counter[int] = Counter()
    first_counted: Counter[int] = Counter()
    first_of_any_kind: Counter[int] = Counter()
    for group_id, _, more in counts.opens:
        opens[group_id] += more
    for group_id, _, counted, of_any_kind in counts.firsts:
        first_counted[group_id] += counted
        first_of_any_kind[group_id] += of_any_kind
    return {
        group_id: Totals(opens[group_id], first_counted[group_id], first_of_any_kind[group_id])
        for group_id in opens.keys() | first_of_any_kind.keys()
    }


def _panels(selection: Selection, counts: Counts, zone: tzinfo) -> Panels:
    opens = _opens_by_client(selection)
    return Panels(
        series=_series(selection, counts, zone),
        clients=_sums(selection, opens, lambda family, kind: client_of(family)),
        devices=_sums(selection, opens, device_of),
        heatmap=_heatmap(counts, zone),
        kinds=_by_kind(opens),
    )


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


def _counts(
    selection: Selection,
    opens: type[Model],
    firsts: type[Model],
    unit: str,
    minutes: int,
    together: int = 1,
) -> Counts:
    """Counts from two counters with the same unit of so many minutes; in one query.

    `together` units form one count.
    """
    columns = ("group_id", "start", "counted_opens", "counted_firsts", "firsts_with_machine")
    nothing = Value(0, output_field=BigIntegerField())
    start = F(unit) - F(unit) % together
    rows = _in_window(opens, unit, selection, minutes).filter(kind__in=selection.kinds)
    sums = rows.values("group_id", start=start).annotate(
        counted_opens=Sum("opens"), counted_firsts=nothing, firsts_with_machine=nothing
    )
    first = (
        _in_window(firsts, unit, selection, minutes)
        .values("group_id", start=start)
        .annotate(
            counted_opens=nothing,
            counted_firsts=Sum("counted"),
            firsts_with_machine=Sum("with_machine"),
        )
    )
    read = sums.values_list(*columns).union(first.values_list(*columns), all=True)
    found = [(group, number * minutes, *map(int, amounts)) for group, number, *amounts in read]
    return Counts(
        opens=[row[:3] for row in found if row[2]],
        firsts=[(*row[:2], *row[3:]) for row in found if row[3] or row[4]],
    )


def _in_window(counter: type[Row], unit: str, selection: Selection, minutes: int) -> QuerySet[Row]:
    """A window covers whole quarters, and therefore whole minutes."""
    rows = counter._default_manager.filter(group_id__in=selection.group_ids)
    first, end = selection.window.minutes
    units = (
        None if first is None else first // minutes,
        None if end is None else end // minutes,
    )
    return within(rows, unit, units)


def _series(selection: Selection, counts: Counts, zone: tzinfo) -> Series:
    minutes = [minute for _, minute, _ in counts.opens]
    if not minutes:
        return Series(Step.HOUR, [])
    step = step_for(timedelta(minutes=max(minutes) - min(minutes)))
    if step is Step.MINUTE:
        counts = _counts(selection, OpensByMinute, FirstOpensByMinute, "minute", 1)
    return Series(step, _points(counts, selection, step, zone))


def _points(counts: Counts, selection: Selection, step: Step, zone: tzinfo) -> list[Point]:
    column = 3 if selection.machine else 2
    start = cache(lambda minute: start_of(minute, step, zone))
    opens: defaultdict[datetime, Counter[int]] = defaultdict(Counter)
    firsts: defaultdict[datetime, Counter[int]] = defaultdict(Counter)
    for group_id, minute, total in counts.opens:
        opens[start(minute)][group_id] += total
    for row in counts.firsts:
        if row[column]:
            firsts[start(row[1])][row[0]] += row[column]
    present = opens.keys() | firsts.keys()
    return [
        Point(at, dict(opens.get(at, {})), dict(firsts.get(at, {})))
        for at in starts(min(present), max(present), step, zone)
    ]


def _opens_by_client(selection: Selection) -> list[tuple[str, Kind, int]]:
    """(stored client, kind, opens) of every kind in the window."""
    rows = OpensByClientSlot.objects.filter(group_id__in=selection.group_ids, opens__gt=0)
    sums = within(rows, "slot", selection.window.slots).values("family", "kind")
    read = sums.annotate(total=Sum("opens")).values_list("family", "kind", "total")
    return [(family, Kind(kind), int(total)) for family, kind, total in read]


def _sums(
    selection: Selection, opens: list[tuple[str, Kind, int]], name: Callable[[str, Kind], Name]
) -> list[tuple[Name, int]]:
    """(name, opens) of the selected kinds, most first."""
    counted: Counter[Name] = Counter()
    for family, kind, total in opens:
        if kind in selection.kinds:
            counted[name(family, kind)] += total
    return sorted(counted.items(), key=lambda row: (-row[1], row[0]))


def _by_kind(opens: list[tuple[str, Kind, int]]) -> dict[Kind, int]:
    counted = dict.fromkeys(Kind, 0)
    for _, kind, total in opens:
        counted[kind] += total
    return counted


def _heatmap(counts: Counts, zone: tzinfo) -> list[list[int]]:
    by_minute: Counter[int] = Counter()
    for _, minute, total in counts.opens:
        by_minute[minute] += total
    cells = [[0] * 24 for _ in range(7)]
    for minute, total in by_minute.items():
        weekday, hour = weekday_and_hour(minute, zone)
        cells[weekday][hour] += total
    return cells
