"""The panels of a report, from what was read of its groups: opens over time, clients, heat map.

All are of one window, with or without machine opens, so the sums of the panels equal the figures'
opens.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import NamedTuple, TypeVar

from reports.group_opens import Counts, GroupOpens, Selection
from reports.periods import Step, start_of, starts, step_for, weekday_and_hour
from tracking.hits.classify import Kind
from tracking.hits.mail_clients import Device, client_of, device_of

# What opens are grouped by: a mail client's name, or a device.
Name = TypeVar("Name", bound=str)
ByGroup = Mapping[int, Counts]
ByClient = Mapping[tuple[str, Kind], int]


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


def panels_of(selection: Selection, groups: Mapping[int, GroupOpens], *, zone: tzinfo) -> Panels:
    """From each group's opens of the selection; days and hours are the zone's."""
    clients: Counter[tuple[str, Kind]] = Counter()
    for one in groups.values():
        clients.update(one.clients)
    return Panels(
        series=_series(selection, groups, zone),
        clients=_sums(selection, clients, lambda family, kind: client_of(family)),
        devices=_sums(selection, clients, device_of),
        heatmap=_heatmap(groups, zone),
        kinds=_by_kind(clients),
    )


def totals_of(groups: Mapping[int, GroupOpens]) -> dict[int, Totals]:
    """What each group's opens come to, which the panels of all groups agree with."""
    return {group_id: _totals(one.by_hour) for group_id, one in groups.items()}


def _totals(counts: Counts) -> Totals:
    firsts = counts.firsts.values()
    return Totals(
        sum(counts.opens.values()),
        sum(counted for counted, _ in firsts),
        sum(with_machine for _, with_machine in firsts),
    )


def _series(selection: Selection, groups: Mapping[int, GroupOpens], zone: tzinfo) -> Series:
    counts = {group_id: one.by_hour for group_id, one in groups.items()}
    minutes = [minute for one in counts.values() for minute in one.opens]
    if not minutes:
        return Series(Step.HOUR, [])
    step = step_for(timedelta(minutes=max(minutes) - min(minutes)))
    by_minute = {group_id: one.by_minute for group_id, one in groups.items()}
    if step is Step.MINUTE and any(one.opens for one in by_minute.values()):
        counts = by_minute
    elif step is Step.MINUTE:
        step = Step.HOUR
    return Series(step, _points(counts, selection, step, zone))


def _points(counts: ByGroup, selection: Selection, step: Step, zone: tzinfo) -> list[Point]:
    start = cache(lambda minute: start_of(minute, step, zone))
    opens: defaultdict[datetime, Counter[int]] = defaultdict(Counter)
    firsts: defaultdict[datetime, Counter[int]] = defaultdict(Counter)
    for group_id, one in counts.items():
        for minute, total in one.opens.items():
            opens[start(minute)][group_id] += total
        for minute, amounts in one.firsts.items():
            if first := amounts[selection.machine]:
                firsts[start(minute)][group_id] += first
    present = opens.keys() | firsts.keys()
    return [
        Point(at, dict(opens.get(at, {})), dict(firsts.get(at, {})))
        for at in starts(min(present), max(present), step, zone)
    ]


def _sums(
    selection: Selection, opens: ByClient, name: Callable[[str, Kind], Name]
) -> list[tuple[Name, int]]:
    """(name, opens) of the selected kinds, most first."""
    found: Counter[Name] = Counter()
    for (family, kind), total in opens.items():
        if kind in selection.kinds:
            found[name(family, kind)] += total
    return sorted(found.items(), key=lambda row: (-row[1], row[0]))


def _by_kind(opens: ByClient) -> dict[Kind, int]:
    found = dict.fromkeys(Kind, 0)
    for (_, kind), total in opens.items():
        found[kind] += total
    return found


def _heatmap(groups: Mapping[int, GroupOpens], zone: tzinfo) -> list[list[int]]:
    by_minute: Counter[int] = Counter()
    for one in groups.values():
        by_minute.update(one.by_hour.opens)
    cells = [[0] * 24 for _ in range(7)]
    for minute, total in by_minute.items():
        weekday, hour = weekday_and_hour(minute, zone)
        cells[weekday][hour] += total
    return cells
