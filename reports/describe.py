"""Converts a report into its data for display; must not read anything itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import TypeVar

from campaigns.roles import Role
from reports.by_age.curve import Curve, curve_of
from reports.data import (
    ByKind,
    ClientShare,
    DeviceShare,
    FiguresData,
    GroupData,
    PointData,
    ReportData,
    SeriesData,
    SharedClient,
    SharedData,
    SharedGroup,
    VerdictData,
)
from reports.figures import Figures
from reports.panels import Series
from reports.periods import ALWAYS, Window
from reports.rates import DIGITS
from reports.report import GroupFigures, Report
from reports.shared_loads import SharedLoads
from reports.verdict.states import Ratio
from tracking.hits.classify import COUNTED_KINDS, Kind

Name = TypeVar("Name")


def describe(report: Report) -> ReportData:
    """The data of a report, for every way of display."""
    panels = report.panels
    return ReportData(
        window=report.window,
        machine=report.totals.machine,
        totals=_figures(report.totals, report.window),
        verdict=_verdict(report),
        groups=tuple(_group(row, report) for row in report.groups),
        series=_series(
            panels.series,
            tuple(row.group.id for row in _counted(report)),
        ),
        clients=tuple(ClientShare(*row) for row in _with_shares(panels.clients)),
        devices=tuple(DeviceShare(*row) for row in _with_shares(panels.devices)),
        opens_by_kind=_by_kind(panels.kinds),
        heatmap=tuple(map(tuple, panels.heatmap)),
        never_due=report.never_due,
        forgotten=report.forgotten,
        shared=None if report.shared is None else _shared(report.shared),
        only=report.only,
        client=report.client,
        curves={row.group.id: _curve(row, report) for row in _counted(report)},
    )


def _counted(report: Report) -> Iterator[GroupFigures]:
    """The groups that the panels are of."""
    only = report.only
    return (g for g in report.groups if g.group.is_counted and only in (None, g.group.id))


def _curve(row: GroupFigures, report: Report) -> Curve:
    firsts, machine = report.firsts[row.group.id], report.totals.machine
    kinds = Kind if machine else COUNTED_KINDS
    return curve_of(
        {number: amounts[machine] for number, amounts in firsts.by_age.items()},
        opened=sum(firsts.by_kind[kind] for kind in kinds),
        measured=row.figures.mailed.measured,
    )


def _shared(shared: SharedLoads) -> SharedData:
    days = shared.days
    return SharedData(
        since=None if days is None else days.since,
        until=None if days is None else days.until,
        groups=tuple(SharedGroup(id_, _by_kind(kinds)) for id_, kinds in shared.by_group.items()),
        clients=tuple(SharedClient(*row) for row in shared.clients),
    )


def _verdict(report: Report) -> VerdictData:
    verdict = report.verdict
    return VerdictData(
        state=verdict.state,
        text=verdict.text,
        leader=verdict.leader,
        preliminary=verdict.preliminary,
        confirmed=verdict.confirmed,
        decides_at=report.decides_at,
        age_minutes=verdict.figures.age,
        ratios=tuple(_ratio(ratio) for ratio in verdict.ratios),
        choice_now=verdict.choice_now,
        stops=verdict.stops,
        warnings=(*(stop.text for stop in verdict.stops), *verdict.beside),
        tells_when=verdict.tells_when,
        decided=verdict.decision.group if verdict.decision else None,
    )


def _ratio(ratio: Ratio) -> Ratio:
    high = None if ratio.high is None else round(ratio.high, DIGITS)
    return replace(ratio, low=round(ratio.low, DIGITS), high=high)


def _figures(figures: Figures, window: Window) -> FiguresData:
    # Who may have been opened unseen may have been so in any window.
    bounded = window == ALWAYS
    return FiguresData(
        contacts=figures.contacts,
        sent=figures.sent,
        unique_opens=figures.unique_opens,
        unique_by_kind=_by_kind(figures.unique_by_kind),
        opens=figures.opens,
        open_rate=figures.open_rate,
        open_rate_with_machine=figures.open_rate_with_machine,
        measured=figures.mailed.measured,
        open_rate_of_all_min=figures.mailed.least_of_all if bounded else None,
        open_rate_of_all_max=figures.mailed.most_of_all if bounded else None,
        not_opened=figures.not_opened,
    )


def _group(row: GroupFigures, report: Report) -> GroupData:
    figures, verdict = _figures(row.figures, report.window), report.verdict
    winner = report.winners.get(row.group.id)
    today = verdict.ranges.get(row.group.id)
    best = (verdict.probability_best or {}).get(row.group.id)
    return GroupData(
        id=row.group.id,
        number=row.group.number,
        name=row.group.name,
        role=Role(row.group.role),
        winner=winner.group_id if winner else None,
        winner_start_at=winner.start_at if winner else None,
        winner_given_at=winner.given_at if winner else None,
        winner_preliminary=winner is not None and winner.is_preliminary,
        winner_confirmed=winner.confirmed if winner else None,
        rate_at_age=None if today is None else round(today.events / today.contacts, DIGITS),
        ci_low=None if today is None else round(today.low, DIGITS),
        ci_high=None if today is None else round(today.high, DIGITS),
        probability_best=None if best is None else round(best, DIGITS),
        opened_unmailed=row.opened_unmailed,
        **{field.name: getattr(figures, field.name) for field in fields(figures)},
    )


def _series(series: Series, group_ids: tuple[int, ...]) -> SeriesData:
    points = (
        PointData(
            at=point.at,
            opens=tuple(point.opens.get(group_id, 0) for group_id in group_ids),
            unique_opens=tuple(point.unique_opens.get(group_id, 0) for group_id in group_ids),
        )
        for point in series.points
    )
    return SeriesData(step=series.step, groups=group_ids, points=tuple(points))


def _with_shares(counted: Sequence[tuple[Name, int]]) -> Iterator[tuple[Name, int, float]]:
    """Each with its share of the total."""
    total = sum(opens for _, opens in counted)
    return ((name, opens, round(opens / total, DIGITS)) for name, opens in counted)


def _by_kind(counted: Mapping[Kind, int]) -> ByKind:
    return ByKind(
        human=counted[Kind.HUMAN], proxied=counted[Kind.PROXIED], machine=counted[Kind.MACHINE]
    )
