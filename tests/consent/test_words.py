"""Whose word counts."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.modes import Answer
from consent.words import (
    Given,
    InForce,
    Outcome,
    Unheard,
    is_given_again,
    moment_of,
    weigh,
)

MAY = datetime(2026, 5, 3, 9, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO, YES = Answer.DENIED, Answer.GRANTED
REFUSED = InForce(NO, MAY)
AGREED = InForce(YES, MAY, "a")
PROVEN = InForce(YES, MAY, "a", is_proven=True)
STORED, UNCHANGED, LATER = Outcome.STORED, Outcome.UNCHANGED, Outcome.AGREED_LATER


def ask(report, held=None):
    return weigh(report, held, now=NOW, zone=UTC)


@pytest.mark.parametrize(
    ("report", "held", "outcome"),
    [
        # A no needs nothing.
        (Given(NO), None, STORED),
        (Given(NO, MAY), None, STORED),
        (Given(NO, NOW + HOUR), None, STORED),
        (Given(NO), AGREED, STORED),
        (Given(NO), PROVEN, STORED),
        (Given(NO, MAY - HOUR), AGREED, STORED),
        # Ties: no.
        (Given(NO, MAY), AGREED, STORED),
        (Given(NO, MAY), PROVEN, STORED),
        (Given(NO, MAY - HOUR), PROVEN, LATER),
        # Repeats change nothing.
        (Given(NO), REFUSED, UNCHANGED),
        (Given(NO, MAY), REFUSED, UNCHANGED),
        (Given(NO, MAY - HOUR), REFUSED, UNCHANGED),
        (Given(NO, MAY + HOUR), REFUSED, STORED),
        (Given(YES, MAY, "a"), None, STORED),
        (Given(YES, NOW, "a"), None, STORED),
        (Given(YES, MAY, "a"), AGREED, UNCHANGED),
        (Given(YES, MAY + HOUR, "a"), AGREED, UNCHANGED),
        (Given(YES, MAY + HOUR, "b"), AGREED, STORED),
        (Given(YES, MAY, "b"), AGREED, UNCHANGED),
        (Given(YES, MAY - HOUR, "b"), AGREED, UNCHANGED),
        # A yes with a proof is worth more than one without.
        (Given(YES, MAY, "a", "form 7"), AGREED, STORED),
        (Given(YES, MAY, "a", "form 7"), PROVEN, UNCHANGED),
        (Given(YES, MAY + HOUR, "a", "form 7"), PROVEN, STORED),
        (Given(YES, MAY + HOUR, "b"), PROVEN, UNCHANGED),
        (Given(YES, MAY + HOUR, "a", "form 7"), REFUSED, STORED),
    ],
)
def test_what_a_decision_changes(report, held, outcome):
    assert ask(report, held) == outcome


@pytest.mark.parametrize(
    ("report", "held", "field", "code", "words"),
    [
        (Given(YES, text="a"), None, "consent_at", "invalid", "when the person agreed"),
        (Given(YES, NOW + HOUR, "a"), None, "consent_at", "invalid", "future"),
        (Given(YES, MAY), None, "consent_text", "invalid", "Give the text"),
        (Given(YES, MAY + HOUR, "a"), REFUSED, "consent_opens", "withdrew", "on 3 May 2026"),
        (Given(YES, MAY, "a", "form 7"), REFUSED, "consent_opens", "withdrew", "on 3 May 2026"),
        (Given(YES, MAY - HOUR, "a", "form 7"), REFUSED, "consent_opens", "withdrew", "3 May"),
    ],
)
def test_a_yes_that_does_not_count(report, held, field, code, words):
    with pytest.raises(Unheard, match=words) as caught:
        ask(report, held)
    assert (caught.value.field, caught.value.code) == (field, code)


def test_a_no_is_never_of_the_future():
    assert moment_of(Given(NO, NOW + HOUR), now=NOW) == NOW
    assert moment_of(Given(NO), now=NOW) == NOW
    assert moment_of(Given(NO, MAY), now=NOW) == MAY


def take(held, report):
    try:
        outcome = ask(report, held)
    except Unheard:
        return held
    if outcome != STORED:
        return held
    at = moment_of(report, now=NOW)
    return InForce(report.answer, at, report.text, bool(report.proof) and report.answer == YES)


REPORTS = st.builds(
    lambda answer, hours, text, proof: Given(
        answer, MAY + hours * HOUR, text if answer == YES else "", proof if answer == YES else ""
    ),
    st.sampled_from(Answer),
    st.integers(0, 4),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["", "form 7"]),
)


@given(st.lists(REPORTS, max_size=4))
@settings(max_examples=300, deadline=None)
def test_in_whatever_order_decisions_become_known_the_same_answer_holds(reports):
    held = [reduce(take, order, None) for order in permutations(reports)]
    assert len({one and one.answer for one in held}) == 1


@given(st.lists(REPORTS, max_size=6))
@settings(max_examples=300, deadline=None)
def test_a_weekly_repetition_of_everything_changes_nothing(reports):
    held = reduce(take, reports, None)
    again = reduce(take, reports, held)
    assert (again and again.answer) == (held and held.answer)


@pytest.mark.parametrize(
    ("report", "held", "is_again"),
    [
        (Given(NO), REFUSED, True),
        (Given(NO, MAY + HOUR), REFUSED, False),
        (Given(NO), None, False),
        (Given(NO), AGREED, False),
        (Given(YES), REFUSED, False),
        (Given(YES), AGREED, False),
        (Given(NO), InForce(NO, NOW), False),
        (Given(NO), InForce(NO, NOW + HOUR), False),
    ],
)
def test_a_no_without_a_moment_is_given_again(report, held, is_again):
    assert is_given_again(report, held, now=NOW) is is_again


@pytest.mark.parametrize(
    ("report", "held", "sentence"),
    [
        (Given(YES), None, "Say when the person agreed, in consent_at."),
        (
            Given(YES, NOW + HOUR, "a"),
            None,
            "This time lies in the future: check it, and the clock.",
        ),
        (Given(YES, MAY), None, "Give the text that the person agreed to, in consent_text."),
        (
            Given(YES, MAY, "a"),
            REFUSED,
            "This person withdrew on 3 May 2026. A yes counts only if it was given after that and "
            "names its proof.",
        ),
    ],
)
def test_a_yes_that_does_not_count_is_told_why(report, held, sentence):
    with pytest.raises(Unheard) as unheard:
        ask(report, held)
    assert unheard.value.sentence == str(unheard.value) == sentence


def test_the_api_calls_outcomes_so():
    assert list(Outcome) == ["stored", "unchanged", "agreed_later"]
