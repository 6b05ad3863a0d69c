"""How a report draws the share by age and ranges, and what its cards say."""

from dataclasses import replace

import pytest

from console.report.aging import aging, half_in_words
from console.report.cards import cards
from console.report.intervals import intervals_of
from reports.by_age.curve import curve_of
from reports.data import OwnAverage
from reports.periods import Window
from tests.console.report.test_in_words import GROUP, REPORT, START, TOTALS
from tracking.counting.slots import AGE_EDGES

HOUR, DAY = AGE_EDGES.index(60), AGE_EDGES.index(1440)

# --- By age -------------------------------------------------------------------------------------

CURVE = curve_of({0: 10, HOUR: 25, DAY: 5}, opened=41, measured=100)


def aged(**curves):
    data = replace(REPORT, curves={2: CURVE, **curves})
    return aging(data, {2: "A", 3: "B"}, {2: 0, 3: 1})


def test_the_table_by_age_ends_at_the_groups_own_figures():
    shown = aged()
    assert [(row["age"], row["shares"]) for row in shown["rows"]] == [
        ("1 h", ["35.0%"]),
        ("4 h", ["35.0%"]),
        ("12 h", ["35.0%"]),
        ("24 h", ["40.0%"]),
        ("So far", ["41.0%"]),
    ]
    assert shown["summary"] == (
        "Half of those who opened did so within 1 h of sending. "
        "40 of the 41 who opened did so within 24 h; "
        "of 1 the age is over 30 days or not known, as after a second e-mail."
    )


def test_a_drawing_holds_nearly_all_and_says_what_it_leaves_out():
    late = curve_of({0: 98, AGE_EDGES.index(43200): 2}, opened=100, measured=100)
    shown = aging(replace(REPORT, curves={2: late}), {2: "A"}, {2: 0})
    assert [mark.text for mark in shown["plot"].across] == [
        "0",
        "15 min",
        "30 min",
        "45 min",
        "1 h",
    ]
    assert "98 of the 100 who opened did so within 1 h." in shown["summary"]


def test_who_opened_after_a_second_mail_does_not_cut_the_drawing_short():
    late = curve_of({0: 400, AGE_EDGES.index(2880): 400}, opened=1000, measured=2000)
    shown = aging(replace(REPORT, curves={2: late}), {2: "A"}, {2: 0})
    assert [row["age"] for row in shown["rows"]] == ["1 h", "4 h", "12 h", "24 h", "48 h", "So far"]
    assert "800 of the 1,000 who opened did so within 48 h; of 200 the age" in shown["summary"]


def test_before_ages_are_known_nothing_is_drawn():
    unknown = curve_of({}, opened=3, measured=9)
    assert aging(replace(REPORT, curves={2: unknown}), {2: "A"}, {2: 0}) is None
    assert half_in_words([unknown]) == "-"


# --- Ranges -------------------------------------------------------------------------------------


def test_ranges_lie_on_one_scale_from_zero():
    other = replace(GROUP, id=3, name="B", rate_at_age=0.3, ci_low=0.25, ci_high=0.35)
    found = intervals_of([GROUP, other], {2: 0, 3: 1})
    first, second = found.drawn
    assert [text for _, text in found.marks] == ["0%", "20%", "40%"]
    assert (first.left, first.width, first.at) == (47.0, 11.75, 51.7)
    assert (second.rate, second.words, second.colour) == ("30.0%", "25.0% to 35.0%", 1)


def test_without_ranges_nothing_is_drawn_and_many_are_folded_away():
    unknown = replace(GROUP, ci_low=None, ci_high=None, rate_at_age=None)
    assert intervals_of([unknown], {}) is None
    found = intervals_of([GROUP] * 11 + [unknown], {2: 0})
    assert (len(found.drawn), len(found.more)) == (8, 3)


# --- Figures ------------------------------------------------------------------------------------

AVERAGE = OwnAverage(5, rate=0.2, rate_with_machine=0.3, opened=1200, not_opened=50, half_within=90)


def test_figures_stand_beside_the_average_of_ones_last_campaigns():
    beside = cards(REPORT, TOTALS, AVERAGE)["beside"]
    assert beside == {
        "whose": "your last 5 campaigns",
        "rate": "20.0% to 30.0%",
        "changes": [
            {"arrow": "▲", "words": "4.1 percentage points above it without machine opens"},
            {"arrow": "▲", "words": "1.0 percentage point above it with them"},
        ],
        "opened": "1,200",
        "not_opened": "50",
        "half": "1 h 30 min",
    }
    one = cards(REPORT, TOTALS, replace(AVERAGE, campaigns=1, half_within=None))["beside"]
    assert (one["whose"], one["half"]) == ("your last campaign", None)


@pytest.mark.parametrize(
    ("own", "average", "said"),
    [
        ((0.241, 0.241), (0.2, 0.2), ["▲ 4.1 percentage points above it"]),
        ((0.2, 0.2), (0.21, 0.21), ["▼ 1.0 percentage point below it"]),
        ((0.2, 0.2), (0.2004, 0.2004), [" the same"]),
        # As the figures beside it say: 33.3% against 33.4%, though 0.0 lie between them.
        ((0.33349, 0.33349), (0.33351, 0.33351), ["▼ 0.1 percentage points below it"]),
        (
            (0.2, 0.35),
            (0.24, 0.3),
            [
                "▼ 4.0 percentage points below it without machine opens",
                "▲ 5.0 percentage points above it with them",
            ],
        ),
    ],
)
def test_how_far_a_rate_lies_from_the_average_is_said_in_words(own, average, said):
    totals = replace(TOTALS, open_rate=own[0], open_rate_with_machine=own[1])
    beside = replace(AVERAGE, rate=average[0], rate_with_machine=average[1])
    changes = cards(REPORT, totals, beside)["beside"]["changes"]
    assert [f"{change['arrow']} {change['words']}" for change in changes] == said


@pytest.mark.parametrize(
    "few", [{"measured": 9}, {"open_rate": None, "open_rate_with_machine": None}], ids=str
)
def test_a_rate_of_too_few_lies_nowhere_from_the_average(few):
    beside = cards(REPORT, replace(TOTALS, **few), AVERAGE)["beside"]
    assert (beside["rate"], beside["changes"]) == ("20.0% to 30.0%", [])


@pytest.mark.parametrize(
    "changes", [{"window": Window(since=START)}, {"machine": True}, {"only": 2}], ids=str
)
def test_only_whole_campaigns_are_compared(changes):
    shown = cards(replace(REPORT, **changes), TOTALS, AVERAGE)
    assert (shown["beside"], shown["alone"]) == (None, False)


def test_without_a_campaign_to_compare_with_that_is_said():
    assert cards(REPORT, TOTALS, None)["alone"] is True
