"""A stored verdict as a sentence."""

import pytest

from reports.outcomes.said import stored_in_words
from reports.verdict.experiment import Goal
from reports.verdict.proportions import Rate
from reports.verdict.states import Call, Decision, Figures, State, Stored, Way

NAMES = {1: "A", 2: "B"}
RATES = {1: Rate(200, 1000), 2: Rate(240, 1000)}
TEXT = "Decided: {group 2} against {group 1}."


def call_of(group, *, rates=RATES):
    return Call(0, Goal.OPENED, Way.WATCHING, group, Figures(240, rates))


def decision_of(group):
    return Decision(0, State.BETTER, group, Figures(4320, RATES), (), TEXT)


def said(call=None, decision=None, *, names=NAMES):
    return stored_in_words(Stored(call, decision), names=names, minutes=4320)


def test_where_nothing_is_stored_nothing_is_said():
    assert said() == ""


@pytest.mark.parametrize(
    ("group", "rates", "sentence"),
    [
        (2, RATES, "B is likely better so far: opened sooner, 24.0% against 20.0% within 4 h of "),
        (1, RATES, "A is likely better so far: opened sooner than others due at the same time."),
        (2, {}, "B is likely better so far: opened sooner than others due at the same time."),
    ],
)
def test_a_call_is_told_with_shares_that_say_the_same(group, rates, sentence):
    assert said(call_of(group, rates=rates)).startswith(sentence)


@pytest.mark.parametrize("call", [None, call_of(2)])
def test_a_decision_is_told_as_it_is_stored_with_the_names_of_today(call):
    assert said(call, decision_of(2)) == "Decided: B against A."


@pytest.mark.parametrize("group", [None, 1])
def test_a_decision_that_does_not_confirm_the_call_says_so(group):
    expected = "Not confirmed at 72 h: B was opened sooner. Decided: B against A."
    assert said(call_of(2), decision_of(group)) == expected


def test_a_group_without_a_name_is_told_by_its_id():
    assert said(None, decision_of(2), names={1: "A"}) == "Decided: Group 2 against A."
