"""What a verdict is made of: names that are stored and sent, and ratios the other way round."""

from dataclasses import FrozenInstanceError, fields

import pytest

from reports.verdict.experiment import Goal, GuardRail
from reports.verdict.states import (
    Call,
    Decision,
    Figures,
    Range,
    Ratio,
    State,
    Stop,
    Stored,
    Verdict,
    Way,
)

NOTHING = Figures(None, {})


def test_states_have_the_names_of_the_api():
    assert [*State] == [
        "better",
        "decided_open",
        "groups_unbalanced",
        "sent_apart",
        "flips_without_machine_opens",
        "promising",
        "too_early",
        "no_difference_worth_acting_on",
    ]


def test_ways_have_the_names_that_are_stored():
    assert [*Way] == ["watching", "deciding"]


@pytest.mark.parametrize(
    ("ends", "reversed_ends"),
    [
        ((0.5, 4.0), (0.25, 2.0)),
        ((2.0, None), (0.0, 0.5)),
        ((0.0, 4.0), (0.25, None)),
        ((0.0, None), (0.0, None)),
    ],
)
def test_a_ratio_the_other_way_round_is_one_over_it(ends, reversed_ends):
    assert Ratio(1, 2, *ends).reversed == Ratio(2, 1, *reversed_ends)


DECISION = Decision(0, State.DECIDED_OPEN, None, NOTHING, (), "")
VERDICT = Verdict(
    state=State.TOO_EARLY,
    text="",
    leader=None,
    preliminary=False,
    confirmed=None,
    decides_at=None,
    ratios=(),
    figures=NOTHING,
    ranges={},
    probability_best=None,
    choice_now=None,
    beside=(),
    stops=(),
)


@pytest.mark.parametrize(
    "one",
    [
        NOTHING,
        Call(0, Goal.OPENED, Way.WATCHING, 1, NOTHING),
        Ratio(1, 2, 0.0, None),
        DECISION,
        Stored(),
        Range(1, 2, 0.1, 0.9),
        Stop(1, GuardRail.BOUNCES, ""),
        VERDICT,
    ],
)
def test_what_is_said_cannot_be_changed(one):
    with pytest.raises(FrozenInstanceError):
        setattr(one, fields(one)[0].name, None)


def test_a_verdict_has_no_decision_and_tells_no_date_unless_it_says_so():
    assert (VERDICT.decision, VERDICT.tells_when) == (None, False)
