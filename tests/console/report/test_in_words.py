"""A report in words, tables and colours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.roles import Role
from console.report.in_words import (
    chance_in_words,
    decides_in_words,
    emptiness,
    page_of,
    range_in_words,
    verdict_title,
)
from console.report.panels import SHADES, shade
from reports.data import (
    ByKind,
    DeviceShare,
    FiguresData,
    GroupData,
    PointData,
    ReportData,
    SeriesData,
    VerdictData,
)
from reports.periods import ALWAYS, Step, Window
from reports.verdict import wording
from reports.verdict.experiment import Goal
from reports.verdict.states import State
from tracking.hits.mail_clients import Device

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 29, tzinfo=UTC)
NOBODY = ByKind(human=0, proxied=0, machine=0)
FIGURES = {
    "contacts": 5000,
    "sent": 4000,
    "unique_opens": 964,
    "unique_by_kind": ByKind(human=610, proxied=354, machine=276),
    "opens": 1311,
    "open_rate": 0.241,
    "open_rate_with_machine": 0.31,
    "measured": 4000,
    "open_rate_of_all_min": 0.241,
    "open_rate_of_all_max": 0.31,
}
TOTALS = FiguresData(**FIGURES)
GROUP = GroupData(
    id=2,
    number=1,
    name="A",
    role=Role.VARIANT,
    rate_at_age=0.22,
    ci_low=0.2,
    ci_high=0.25,
    probability_best=0.98,
    **FIGURES,
)
VERDICT = VerdictData(
    state=State.BETTER,
    text="A is better",
    leader=2,
    preliminary=False,
    confirmed=None,
    decides_at=None,
    age_minutes=240,
    ratios=(),
    choice_now=None,
    stops=(),
    warnings=(),
)
REPORT = ReportData(
    window=ALWAYS,
    machine=False,
    totals=TOTALS,
    verdict=VERDICT,
    groups=(GROUP,),
    series=SeriesData(Step.HOUR, groups=(2,), points=()),
    clients=(),
    devices=(),
    opens_by_kind=ByKind(human=900, proxied=411, machine=439),
    heatmap=((0,) * 24,) * 7,
    never_due=0,
)


def report(**changes):
    return replace(REPORT, **changes)


def test_every_device_has_words():
    rows = tuple(DeviceShare(device, 1200, 0.2) for device in Device)
    shown = page_of(report(devices=rows), zone=UTC)["devices"]
    assert len({row["name"] for row in shown}) == len(Device)
    assert shown[0] == {
        "link": None,
        "is_chosen": False,
        "name": "Phone or tablet",
        "opens": "1,200",
        "share": "20.0%",
        "percent": "20.00",
    }


def points(*opens, step=timedelta(hours=1)):
    return tuple(
        PointData(START + n * step, opens=(count,), unique_opens=(count,))
        for n, count in enumerate(opens)
    )


def test_rates_are_ranges_and_thousands_are_marked():
    totals = page_of(report(), zone=UTC)["totals"]
    assert totals["rate"] == "24.1% to 31.0%"
    assert (totals["contacts"], totals["unique_opens"], totals["opens"]) == (
        "5,000",
        "964",
        "1,311",
    )


def verdict(**changes):
    return replace(VERDICT, **changes)


@pytest.mark.parametrize(
    ("changes", "leads"),
    [
        ({}, True),
        ({"preliminary": True}, True),
        ({"confirmed": True}, True),
        ({"confirmed": False}, False),
        ({"confirmed": False, "decided": 2}, True),
        ({"confirmed": False, "decided": 3, "leader": 3}, False),
        ({"leader": 3}, False),
        ({"state": State.PROMISING}, False),
    ],
    ids=str,
)
def test_a_group_leads_only_if_the_verdict_says_so(changes, leads):
    [group] = page_of(report(verdict=verdict(**changes)), zone=UTC)["groups"]
    assert (group["leads"], group["range"], group["best"]) == (leads, "20.0% to 25.0%", "98%")


CONTROL = replace(GROUP, id=3, role=Role.CONTROL, sent=0)


def test_a_control_group_has_no_line_in_the_chart():
    shown = page_of(report(groups=(GROUP, CONTROL)), zone=UTC)
    assert shown["series"]["groups"] == ["A"]
    assert [row["role"] for row in shown["groups"]] == ["", "gets no e-mail"]


@pytest.mark.parametrize(
    ("opened", "begins"),
    [(0, ""), (1, "A contact of the control"), (1200, "1,200 contacts of the")],
)
def test_mailed_contacts_of_the_control_group_are_mentioned(opened, begins):
    shown = page_of(report(groups=(GROUP, replace(CONTROL, opened_unmailed=opened))), zone=UTC)
    assert shown["mailed_though_control"].startswith(begins)
    assert bool(shown["mailed_though_control"]) == bool(opened)


REST = replace(GROUP, id=4, name="R", role=Role.REST, sent=0)


@pytest.mark.parametrize(
    ("sent", "begins"), [(0, ""), (1, "A contact of the rest"), (1200, "1,200 contacts of the")]
)
def test_a_rest_that_was_mailed_before_it_had_a_winner_is_mentioned(sent, begins):
    shown = page_of(report(groups=(GROUP, replace(REST, sent=sent))), zone=UTC)
    assert shown["mailed_too_early"].startswith(begins)
    assert bool(shown["mailed_too_early"]) == bool(sent)
    assert shown["rest_in_totals"] == ""


def test_once_the_rest_is_sent_it_is_said_to_be_part_of_the_totals():
    given = replace(REST, winner=GROUP.id, winner_start_at=datetime(2026, 3, 2, 14, tzinfo=UTC))
    sent = replace(given, sent=10)
    said = "The rest, R, is among all groups since 2 March 2026, 14:00."
    for groups, expected in (
        ((GROUP, given), ""),
        ((GROUP, sent), said),
        ((GROUP, sent, CONTROL), f"{said} The control group is not."),
    ):
        shown = page_of(report(groups=groups), zone=UTC)
        assert (shown["rest_in_totals"], shown["mailed_too_early"]) == (expected, "")


TOO_EARLY = wording.too_early(Goal.OPENED, compared=84, seen=90, decides="Decides.")


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"state": State.BETTER}, "Better"),
        ({"state": State.BETTER, "preliminary": True}, "Likely better so far"),
        ({"state": State.BETTER, "confirmed": True}, "Better"),
        ({"state": State.BETTER, "confirmed": False}, "Not confirmed"),
        ({"state": State.BETTER, "confirmed": False, "decided": 2}, "Better"),
        ({"state": State.DECIDED_OPEN}, "Decided"),
        ({"state": State.GROUPS_UNBALANCED}, "Groups unbalanced"),
        ({"state": State.SENT_APART}, "Sent apart"),
        ({"state": State.FLIPS_WITHOUT_MACHINE_OPENS}, "Depends on machine opens"),
        ({"state": State.PROMISING}, "Promising"),
        ({"state": State.NO_DIFFERENCE_WORTH_ACTING_ON}, "No difference worth acting on"),
        ({"state": State.TOO_EARLY, "text": TOO_EARLY}, "Too early"),
        ({"state": State.TOO_EARLY, "text": wording.NOT_DUE}, "Too early"),
        ({"state": State.TOO_EARLY, "text": wording.ONE_GROUP}, "Nothing to compare"),
        ({"state": State.TOO_EARLY, "text": wording.NO_GROUPS}, "Nothing to compare"),
    ],
    ids=str,
)
def test_every_state_has_a_title(changes, title):
    assert verdict_title(verdict(**changes)) == title


@pytest.mark.parametrize(("low", "shown"), [(0.2, "4 h"), (None, None)])
def test_an_age_without_a_range_has_no_column(low, shown):
    found = page_of(report(groups=(replace(GROUP, ci_low=low),)), zone=UTC)
    assert found["verdict"]["age"] == shown


def test_every_state_of_the_verdict_has_a_title():
    assert all(verdict_title(verdict(state=state)) for state in State)


def test_the_moment_of_the_decision_is_in_the_projects_zone():
    moment = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
    assert decides_in_words(moment, BERLIN) == "29 March 2026, 04:30"
    assert decides_in_words(None, BERLIN) is None
    shown = page_of(report(verdict=verdict(decides_at=moment)), zone=UTC)["verdict"]
    assert shown["decides"] == "29 March 2026, 02:30"


@pytest.mark.parametrize(
    ("chance", "words"),
    [(0.999, "over 99%"), (0.984, "98%"), (0.5, "50%"), (0.004, "under 1%")],
)
def test_a_chance_is_never_certain(chance, words):
    assert chance_in_words(chance) == words


def test_an_unknown_range_is_a_dash():
    assert range_in_words(None, None) == "-"


@pytest.mark.parametrize(
    ("totals", "begins"),
    [
        ({"contacts": 0, "sent": 0, "unique_by_kind": NOBODY}, "This campaign has no contacts"),
        ({"contacts": 9, "sent": 0, "unique_by_kind": NOBODY}, "Nothing has been sent"),
        ({"contacts": 9, "sent": 9, "unique_by_kind": NOBODY}, "No opens yet"),
        (
            {"contacts": 9, "sent": 9, "measured": 9, "unique_by_kind": NOBODY},
            "No opens yet. This page fills by itself.",
        ),
        (
            {"contacts": 9, "sent": 9, "measured": 1, "unique_by_kind": NOBODY},
            "No opens yet of the 1 who may be measured. This page fills",
        ),
        (
            {"contacts": 9, "sent": 9, "measured": 0, "unique_by_kind": NOBODY},
            "None of the 9 contacts that were sent to may be measured: whether they open is not "
            "known, and this page stays",
        ),
        ({"contacts": 9, "sent": 9, "unique_by_kind": replace(NOBODY, machine=1)}, ""),
    ],
)
def test_an_empty_report_says_why(totals, begins):
    totals = replace(TOTALS, **totals)
    assert emptiness(totals).startswith(begins) and bool(emptiness(totals)) == bool(begins)


def test_times_are_in_the_projects_zone():
    series = SeriesData(Step.HOUR, groups=(2,), points=points(3, 8))
    shown = page_of(report(series=series), zone=BERLIN)["series"]
    # The clock skips from two to three in this night.
    assert [row["at"] for row in shown["rows"]] == ["29 March 2026, 01:00", "29 March 2026, 03:00"]
    assert shown["summary"] == (
        "11 opens by the hour, 29 March 2026, 01:00 to 29 March 2026, 03:00; the most, 8, at "
        "29 March 2026, 03:00."
    )


@pytest.mark.parametrize(
    ("people", "begins"),
    [(0, ""), (1, "1 person was forgotten:"), (1200, "1,200 people were forgotten:")],
)
def test_how_many_were_forgotten_is_told(people, begins):
    said = page_of(replace(REPORT, forgotten=people), zone=UTC)["forgotten"]
    assert said.startswith(begins)
    assert bool(said) == bool(people)


def test_without_opens_there_is_a_sentence_too():
    shown = page_of(report(), zone=UTC)
    assert shown["series"]["summary"] == shown["heatmap"]["summary"] == "No opens in this time."


def test_the_busiest_hour_is_named():
    heatmap = [[0] * 24 for _ in range(7)]
    heatmap[5][7] = 1200
    summary = page_of(report(heatmap=heatmap), zone=UTC)["heatmap"]["summary"]
    assert summary == "Most opens, 1,200, on Saturdays from 07:00 to 07:59."


@given(st.integers(1, 10**6).flatmap(lambda most: st.tuples(st.integers(0, most), st.just(most))))
def test_colours_get_darker_with_the_opens(pair):
    opens, most = pair
    assert (shade(opens, most) == 0) == (opens == 0)
    assert shade(opens, most) <= shade(min(opens + 1, most), most) <= shade(most, most) == SHADES


def test_shares_of_machines():
    machine = page_of(report(), zone=UTC)["machine"]
    assert (machine["by_machines"], machine["opens"], machine["share"]) == ("439", "1,750", "25.1%")
    assert [row["opens"] for row in machine["rows"]] == ["900", "411", "439"]
    ever = (machine["only_machines"], machine["opened"], machine["share_of_opened"])
    assert ever == ("276", "1,240", "22.3%")


def test_without_opens_there_are_no_shares():
    totals = replace(TOTALS, unique_by_kind=NOBODY)
    machine = page_of(report(totals=totals, opens_by_kind=NOBODY), zone=UTC)["machine"]
    assert (machine["share"], machine["share_of_opened"], machine["opens"]) == ("0.0%", "0.0%", "")


@pytest.mark.parametrize(
    ("chosen", "is_apart"),
    [
        ({}, False),
        ({"machine": True}, True),
        ({"window": Window(since=START)}, True),
        ({"window": Window(until=START)}, True),
    ],
)
def test_a_verdict_that_does_not_follow_the_window_says_so(chosen, is_apart):
    assert page_of(report(**chosen), zone=UTC)["verdict"]["is_apart"] is is_apart
