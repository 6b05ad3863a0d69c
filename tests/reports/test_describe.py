"""A report's data, made from its figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import Campaign, Group
from reports.by_age.reading import FirstOpens
from reports.data import ByKind, ClientShare, DeviceShare, PointData, SeriesData
from reports.describe import describe
from reports.figures import Figures
from reports.panels import Panels, Point, Series
from reports.periods import ALWAYS, Step
from reports.report import GroupFigures, Report
from reports.verdict.experiment import GuardRail
from reports.verdict.proportions import Rate
from reports.verdict.states import Figures as VerdictFigures
from reports.verdict.states import Range, Ratio, State, Stop, Verdict
from tracking.hits.classify import Kind
from tracking.hits.mail_clients import Device

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
KINDS = {Kind.HUMAN: 610, Kind.PROXIED: 354, Kind.MACHINE: 276}
THIRD = 0.333333333333


def figures(**changes):
    numbers = {"contacts": 9, "sent": 3, "opens": 4, "first_counted": 1, "first_of_any_kind": 2}
    return Figures(unique_by_kind=KINDS, **numbers | changes)


def verdict(**changes):
    values = {
        "state": State.PROMISING,
        "text": "B is promising.",
        "leader": 8,
        "preliminary": False,
        "confirmed": None,
        "decides_at": None,
        "ratios": (),
        "figures": VerdictFigures(60, {7: Rate(1, 3), 8: Rate(2, 3)}),
        "ranges": {},
        "probability_best": None,
        "choice_now": None,
        "beside": (),
        "stops": (),
    }
    return Verdict(**values | changes)


def report(*, opens=1, machine=False, decides_at=None, winners=None, **said):
    return Report(
        campaign=Campaign(id=1, name="Spring"),
        window=ALWAYS,
        totals=figures(machine=machine),
        groups=[
            GroupFigures(Group(id=id_, number=number, name=name), figures(machine=machine))
            for id_, number, name in ((7, 1, "A"), (8, 2, "B"))
        ],
        verdict=verdict(**said),
        decides_at=decides_at,
        winners=winners or {},
        panels=Panels(
            series=Series(Step.HOUR, [Point(AT, {8: 2}, {7: 1})]),
            clients=[("Gmail", 2 * opens), ("Other", opens)] if opens else [],
            devices=[(Device.PROXY, 3 * opens)] if opens else [],
            heatmap=[[0] * 24 for _ in range(7)],
            kinds=KINDS,
        ),
        firsts={group_id: FirstOpens(KINDS, {0: (1, 2)}) for group_id in (7, 8)},
        never_due=5,
    )


def test_a_group_has_its_numbers_and_its_standing():
    ranges, best = {7: Range(1, 3, 1 / 3, 2 / 3)}, {7: 1 / 3, 8: 2 / 3}
    first, second = describe(report(ranges=ranges, probability_best=best)).groups
    assert (first.id, first.number, first.name) == (7, 1, "A")
    assert (first.ci_low, first.ci_high, first.probability_best) == (THIRD, 0.666666666667, THIRD)
    assert (second.ci_low, second.ci_high, second.probability_best) == (None, None, 0.666666666667)
    assert (first.contacts, first.sent, first.opens, first.open_rate) == (9, 3, 4, THIRD)


def test_while_it_is_too_early_no_group_has_a_chance():
    assert [group.probability_best for group in describe(report()).groups] == [None, None]


@pytest.mark.parametrize(("machine", "unique_opens"), [(False, 1), (True, 2)])
def test_unique_opens_have_only_kinds_that_count(machine, unique_opens):
    data = describe(report(machine=machine))
    assert (data.machine, data.totals.unique_opens) == (machine, unique_opens)
    assert (data.totals.open_rate, data.totals.open_rate_with_machine) == (THIRD, 0.666666666667)


def test_points_hold_a_number_for_each_group():
    series = SeriesData(Step.HOUR, groups=(7, 8), points=(PointData(AT, (0, 2), (1, 0)),))
    assert describe(report()).series == series


def test_shares_are_of_all_opens():
    data = describe(report(opens=40))
    assert data.clients == (
        ClientShare("Gmail", 80, 0.666666666667),
        ClientShare("Other", 40, THIRD),
    )
    assert data.devices == (DeviceShare(Device.PROXY, 120, 1.0),)


def test_without_opens_there_are_no_shares():
    data = describe(report(opens=0))
    assert (data.clients, data.devices) == ((), ())


def test_kinds_and_contacts_never_due_are_reported():
    data = describe(report())
    assert data.opens_by_kind == data.totals.unique_by_kind == ByKind(610, 354, 276)
    assert (data.opens_by_kind.total, data.never_due) == (1240, 5)


def test_the_verdict_is_reported_unchanged():
    data = describe(report(preliminary=True, confirmed=False, choice_now="Choose B.")).verdict
    assert (data.state, data.text, data.leader) == (State.PROMISING, "B is promising.", 8)
    assert (data.preliminary, data.confirmed, data.choice_now) == (True, False, "Choose B.")
    assert (data.age_minutes, data.decides_at) == (60, None)


def test_when_it_is_decided_is_a_moment():
    moment = AT + timedelta(milliseconds=1)
    assert describe(report(decides_at=moment)).verdict.decides_at == moment


def test_ratios_are_rounded_as_rates_are_and_may_have_no_end():
    ratios = (Ratio(8, 7, 4 / 3, 5 / 3), Ratio(7, 8, 1 / 3, None))
    assert describe(report(ratios=ratios)).verdict.ratios == (
        Ratio(8, 7, 1.333333333333, 1.666666666667),
        Ratio(7, 8, THIRD, None),
    )


def test_groups_to_stop_are_named_before_other_notes():
    stop = Stop(8, GuardRail.COMPLAINTS, "Stop B: complaints.")
    data = describe(report(stops=(stop,), beside=("C is too small to compare.",))).verdict
    assert data.warnings == ("Stop B: complaints.", "C is too small to compare.")


@pytest.mark.parametrize(("machine", "opened", "by_then"), [(False, 964, 1), (True, 1240, 2)])
def test_curves_end_at_the_figures_of_all_time(machine, opened, by_then):
    found = describe(report(machine=machine))
    curve = found.curves[7]
    assert (curve.by_edge[-1], curve.opened) == (by_then, opened)
    assert curve.measured == found.groups[0].measured


def test_of_one_group_there_is_one_curve_and_one_series():
    found = describe(replace(report(), only=8))
    assert (list(found.curves), found.series.groups) == ([8], (8,))
    assert len(found.groups) == 2
