"""Reads what a report shows beside its figures: opens over time, mail clients, heat map.

All of it comes from counters, of one window and with or without machine opens, so the sums of
the panels are the figures' opens.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import F, Max, Min, Sum

from tracking.classify import COUNTED_KINDS, Kind
from tracking.models import FirstOpensByMinute, OpensByClient, OpensByMinute
from tracking.periods import (
    ALWAYS,
    Step,
    Window,
    slot_minutes,
    start_of,
    starts,
    step_for,
    weekday_and_hour,
)


@dataclass(frozen=True)
class Selection:
    """What a report speaks of: groups, a window, and whether machine opens count."""

    group_ids: tuple[int, ...]
    window: Window = ALWAYS
    machine: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(Kind) if self.machine else COUNTED_KINDS

    @property
    def first_opens(self) -> str:
        """The column of first opens that goes with the kinds."""
        return "with_machine" if self.machine else "counted"


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
    """`clients` are (family, opens), most first; `heatmap` is opens[weekday][hour], Monday 0."""

    series: Series
    clients: list[tuple[str, int]]
    heatmap: list[list[int]]


def read_panels(selection: Selection, *, zone: tzinfo) -> Panels:
    """The panels of a selection; days and the heat map's hours are the zone's."""
    step = _step(selection)
    opens = _opens(selection, slot_minutes(step))
    firsts = _first_opens(selection, slot_minutes(step))
    return Panels(
        series=Series(step, _points(opens, firsts, step, zone)),
        clients=_clients(selection),
        heatmap=_heatmap(opens, zone),
    )


def within(rows, column: str, bounds: tuple[int | None, int | None]):
    """The rows whose column lies from the first bound up to but not including the second."""
    first, end = bounds
    if first is not None:
        rows = rows.filter(**{f"{column}__gte": first})
    if end is not None:
        rows = rows.filter(**{f"{column}__lt": end})
    return rows


def opens_by_minute(selection: Selection):
    rows = OpensByMinute.objects.filter(group_id__in=selection.group_ids, opens__gt=0)
    return within(rows.filter(kind__in=selection.kinds), "minute", selection.window.minutes)


def first_opens_by_minute(selection: Selection):
    rows = FirstOpensByMinute.objects.filter(group_id__in=selection.group_ids)
    return within(rows, "minute", selection.window.minutes)


def _step(selection: Selection) -> Step:
    ends = opens_by_minute(selection).aggregate(first=Min("minute"), last=Max("minute"))
    if ends["first"] is None:
        return Step.HOUR
    return step_for(timedelta(minutes=ends["last"] - ends["first"]))


def _opens(selection: Selection, size: int) -> list[tuple[int, int, int]]:
    """(group, first minute of the slot, opens)."""
    rows = opens_by_minute(selection).annotate(slot=F("minute") - F("minute") % size)
    sums = rows.values("group_id", "slot").annotate(total=Sum("opens"))
    return list(sums.values_list("group_id", "slot", "total"))


def _first_opens(selection: Selection, size: int) -> list[tuple[int, int, int]]:
    rows = first_opens_by_minute(selection).annotate(slot=F("minute") - F("minute") % size)
    sums = rows.values("group_id", "slot").annotate(total=Sum(selection.first_opens))
    return [row for row in sums.values_list("group_id", "slot", "total") if row[2]]


def _points(opens, firsts, step: Step, zone: tzinfo) -> list[Point]:
    by_start = (defaultdict(Counter), defaultdict(Counter))
    for totals, rows in zip(by_start, (opens, firsts), strict=True):
        for group_id, slot, total in rows:
            totals[start_of(slot, step, zone)][group_id] += total
    present = by_start[0].keys() | by_start[1].keys()
    if not present:
        return []
    return [
        Point(at, dict(by_start[0][at]), dict(by_start[1][at]))
        for at in starts(min(present), max(present), step, zone)
    ]


def _clients(selection: Selection) -> list[tuple[str, int]]:
    rows = OpensByClient.objects.filter(
        group_id__in=selection.group_ids, kind__in=selection.kinds, opens__gt=0
    )
    sums = within(rows, "hour", selection.window.hours).values("family")
    counted = sums.annotate(total=Sum("opens")).order_by("-total", "family")
    return list(counted.values_list("family", "total"))


def _heatmap(opens: list[tuple[int, int, int]], zone: tzinfo) -> list[list[int]]:
    counts = [[0] * 24 for _ in range(7)]
    for _, slot, total in opens:
        weekday, hour = weekday_and_hour(slot, zone)
        counts[weekday][hour] += total
    return counts
