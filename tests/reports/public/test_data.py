"""What a shared report tells and keeps to itself, whatever the figures are."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.roles import Role
from reports.data import (
    ByKind,
    ClientShare,
    DeviceShare,
    FiguresData,
    GroupData,
    ReportData,
    SeriesData,
    VerdictData,
)
from reports.periods import ALWAYS, Step
from reports.public.data import public_report
from reports.verdict.states import State
from tracking.hits.mail_clients import Device

NAMES = {device: device.value for device in Device}
VERDICT = VerdictData(
    state=State.TOO_EARLY,
    text="Too early.",
    leader=None,
    preliminary=False,
    confirmed=None,
    decides_at=datetime(2026, 3, 4, tzinfo=UTC),
    age_minutes=None,
    ratios=(),
    choice_now=None,
    stops=(),
    warnings=(),
)


def figures(sent, measured, opened):
    rate = opened / measured if measured else None
    return {
        "contacts": sent,
        "sent": sent,
        "measured": measured,
        "unique_opens": opened,
        "unique_by_kind": ByKind(opened, 0, 0),
        "opens": opened,
        "open_rate": rate,
        "open_rate_with_machine": rate,
        "open_rate_of_all_min": None,
        "open_rate_of_all_max": None,
    }


def group(number, sent, measured, opened, role=Role.VARIANT):
    unknown = dict.fromkeys(("rate_at_age", "ci_low", "ci_high", "probability_best"))
    named = {"id": number, "number": number, "name": f"Group {number}", "role": role}
    return GroupData(**named, **unknown, **figures(sent, measured, opened))


def report(groups, *, clients=(), devices=(), hours=None):
    counted = [one for one in groups if one.role != Role.CONTROL]
    sums = [sum(getattr(one, n) for one in counted) for n in ("sent", "measured", "unique_opens")]
    opens = sum(n for _, n in clients) or 1
    day = [(hours or {}).get(hour, 0) for hour in range(24)]
    return ReportData(
        window=ALWAYS,
        machine=False,
        totals=FiguresData(**figures(*sums)),
        verdict=VERDICT,
        groups=tuple(groups),
        series=SeriesData(Step.DAY, (), ()),
        clients=tuple(ClientShare(name, n, n / opens) for name, n in clients),
        devices=tuple(DeviceShare(name, n, n / opens) for name, n in devices),
        opens_by_kind=ByKind(0, 0, 0),
        heatmap=(tuple(day), *((0,) * 24 for _ in range(6))),
        never_due=0,
    )


def shared(*args, **kwargs):
    return public_report(report(*args, **kwargs), NAMES)


def test_groups_and_the_verdict_are_told_where_all_are_large():
    told = shared([group(1, 20, 20, 5), group(2, 20, 20, 6)])
    assert [one.number for one in told.groups] == [1, 2]
    assert (told.hidden, told.verdict, told.sent) == (0, VERDICT, 40)


def test_a_small_group_is_in_the_totals_only_and_nothing_is_said_of_who_leads():
    told = shared([group(1, 20, 20, 5), group(2, 9, 9, 6), group(3, 30, 30, 6)])
    assert [one.number for one in told.groups] == [3]
    assert (told.hidden, told.verdict, told.totals.unique_opens) == (2, None, 17)


def test_nothing_is_told_of_fewer_than_ten():
    told = shared([group(1, 9, 9, 5)], clients=[("Gmail", 50)], hours={9: 50})
    assert (told.totals, told.groups, told.verdict) == (None, (), None)
    assert (told.clients, told.devices, told.hours) == (None, None, None)


@pytest.mark.parametrize(("unmeasured", "sent"), [(0, 40), (1, None), (9, None), (10, 40)])
def test_how_many_were_sent_to_tells_of_no_few_who_refused(unmeasured, sent):
    assert shared([group(1, 40, 40 - unmeasured, 5)]).sent == sent


def test_the_control_group_and_groups_without_mail_are_left_out():
    told = shared([group(1, 20, 20, 5), group(2, 0, 0, 0), group(3, 3, 0, 0, Role.CONTROL)])
    assert ([one.number for one in told.groups], told.hidden) == ([1], 0)


def test_devices_are_told_only_beside_whole_clients():
    devices = [(Device.PHONE, 40), (Device.COMPUTER, 30)]
    groups = [group(1, 90, 90, 70)]
    whole = shared(groups, clients=[("Apple Mail", 40), ("Outlook", 30)], devices=devices)
    assert whole.devices.named == [("phone", 40), ("computer", 30)]
    # Or the few of Thunderbird would be the computers without Outlook.
    clients = [("Apple Mail", 40), ("Outlook", 27), ("Thunderbird", 3)]
    merged = shared(groups, clients=clients, devices=devices)
    assert (merged.clients.others, merged.devices) == (30, None)


sizes = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))


@given(st.lists(sizes, max_size=5))
def test_no_few_people_can_be_worked_out_by_subtracting(groups):
    made = [
        group(number, sent=max(row), measured=sorted(row)[1], opened=min(row))
        for number, row in enumerate(groups)
    ]
    told = shared(made)
    if told.totals is None:
        assert (told.groups, told.verdict) == ((), None)
        return
    left = told.totals.measured - sum(one.measured for one in told.groups)
    assert all(one.measured >= 10 for one in told.groups)
    assert left == 0 or left >= 10 or not told.groups
    assert told.sent is None or not 0 < told.sent - told.totals.measured < 10
