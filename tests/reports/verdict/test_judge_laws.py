"""Laws of the verdict, whatever the counts."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.verdict.calls import advance
from reports.verdict.experiment import Goal
from reports.verdict.facts import Facts
from reports.verdict.judge import verdict
from reports.verdict.states import State, Stored
from tests.reports.verdict.cells import least_evidence
from tests.reports.verdict.experiments import HOUR, at, experiment, group, slot

NOTHING = Stored()
AGES = (5, 60, 240, 1440, 4320)
AT_REST = 20_000


@st.composite
def slots(draw):
    contacts = draw(st.sampled_from([0, 1, 60, 1000, 50_000]))
    left, machine, counted, gone = contacts, {}, {}, {}
    for age in AGES:
        counted[age] = draw(st.sampled_from([0, left // 5, left // 4]))
        gone[age] = draw(st.sampled_from([0, 0, 0, (left - counted[age]) // 2]))
        machine[age] = counted[age]
        left -= counted[age] + gone[age]
    resent = any(gone.values()) or draw(st.booleans())
    late = draw(st.integers(0, 14))
    return slot(
        contacts,
        counted,
        machine=machine,
        left=gone,
        left_of_any_kind=gone,
        resent=resent,
        late=late,
    )


@st.composite
def experiments(draw, most=4):
    number = draw(st.integers(2, most))
    made = [
        group(at, *draw(st.lists(slots(), min_size=1, max_size=3)), marked_before=draw(marks))
        for at in range(1, number + 1)
    ]
    return experiment(*made, last=44, goal=draw(st.sampled_from(Goal)))


marks = st.sampled_from([0, 0, 3, 500])
minutes = st.sampled_from([0, 60, 240, 300, 1440, AT_REST])


def evidence(some, age):
    return least_evidence(Facts(some, at(age)).lead)


laws = settings(max_examples=60, deadline=None)


@laws
@given(experiments(), minutes)
def test_something_is_said_of_any_counts(some, age):
    stored = advance(some, NOTHING, at(age))
    found = verdict(some, stored, at(age))
    assert found.text
    assert found.state in State
    assert "nan" not in found.text.lower()
    assert (found.leader is not None) == (found.state in (State.BETTER, State.PROMISING))
    ruled_out = found.state in (State.GROUPS_UNBALANCED, State.SENT_APART)
    assert (stored.decision is None) == (found.decides_at is not None) or ruled_out
    assert not found.tells_when or found.decides_at is not None
    assert (stored.decision is not None) == (age == AT_REST)


@laws
@given(experiments(), minutes, st.randoms(use_true_random=False))
def test_the_order_of_groups_decides_nothing(some, age, random):
    order = random.sample(list(some.groups), len(some.groups))
    shuffled = replace(some, groups=order)
    stored = [advance(one, NOTHING, at(age)) for one in (some, shuffled)]
    one, other = (
        verdict(each, known, at(age)) for each, known in zip((some, shuffled), stored, strict=True)
    )
    assert (one.state, one.leader) == (other.state, other.leader)
    assert evidence(some, age) == pytest.approx(evidence(shuffled, age))
    assert one.decides_at == other.decides_at


@laws
@given(experiments(), minutes, minutes)
def test_what_is_stored_stays(some, age, later):
    stored = advance(some, NOTHING, at(min(age, later)))
    after = advance(some, stored, at(max(age, later)))
    assert stored.call in (None, after.call)
    assert stored.decision in (None, after.decision)
    if stored.call:
        assert verdict(some, after, at(max(age, later))).state == State.BETTER


@laws
@given(experiments(), st.integers(0, AT_REST), st.floats(0, 1))
def test_nothing_changes_before_the_next_moment_to_look(some, age, part):
    facts = Facts(some, at(age))
    again = facts.look_again_at
    assert again is None or again > facts.moment.as_of
    # Later nothing more is released up to the cut-off.
    end = at(60_000).as_of if again is None else again
    before = int(facts.moment.as_of + part * (end - 1 - facts.moment.as_of))
    later = Facts(some, replace(facts.moment, as_of=before))
    assert (later.bins, later.is_due) == (facts.bins, facts.is_due)
    if again is not None:
        then = Facts(some, replace(facts.moment, as_of=again))
        assert (then.bins, then.is_due) != (facts.bins, facts.is_due)


@laws
@given(experiments(), minutes)
def test_a_called_group_has_enough_evidence(some, age):
    found = verdict(some, NOTHING, at(age))
    if found.state == State.BETTER:
        assert evidence(some, age) >= Facts(some, at(age)).threshold
        assert found.preliminary
    if age < 4 * 60:
        assert found.state != State.BETTER


@laws
@given(experiments(most=2), st.sampled_from([240, 1440]))
def test_events_that_are_not_released_change_nothing(some, age):
    slots = some.groups[0].slots
    later = replace(
        slots, counted=_with_last(slots.counted), of_any_kind=_with_last(slots.of_any_kind)
    )
    first = replace(some.groups[0], slots=later)
    changed = replace(some, groups=(first, *some.groups[1:]))
    one, other = (verdict(each, NOTHING, at(age)) for each in (some, changed))
    assert (one.state, one.leader, one.ranges) == (other.state, other.leader, other.ranges)
    assert evidence(some, age) == evidence(changed, age)


def _with_last(rows):
    """One more event, a month later, of each slot that has room and nobody mailed again."""
    events = rows.events.copy()
    events[:, -1] += rows.events.any(axis=1) & ~rows.left.any(axis=1)
    return replace(rows, events=events)


def test_times_are_those_of_the_last_slot_up_to_the_cut_off():
    some = experiment(
        group(1, slot(900, {60: 9}), slot(900, {60: 9}, late=3)),
        group(2, slot(1800, {60: 9})),
        last=20,
    )
    assert verdict(some, NOTHING, at(1)).decides_at == at(72 * HOUR + 18).as_of
