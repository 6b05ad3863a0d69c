"""What the verdict is given: names that are stored, and counters that contradict each other."""

from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from reports.verdict.experiment import (
    ByAge,
    Experiment,
    Goal,
    GroupOfSlots,
    GuardRail,
    ImpossibleSlot,
    Plan,
    SlotCounts,
)
from tests.reports.verdict.experiments import by_age, group, slot
from tracking.counting.slots import AGE_BINS


def test_goals_and_guard_rails_have_the_names_that_are_stored():
    assert [*Goal] == ["opened", "clicked", "redeemed", "ordered"]
    assert [*GuardRail] == ["complaints", "bounces", "withdrawals", "consent"]


def test_what_is_not_told_is_an_opened_campaign_with_nobody_marked():
    plan = Plan(None, 4320, 2)
    assert (plan.goal, plan.existing) == (Goal.OPENED, 0)
    some = GroupOfSlots(1, "A", None, slot(1, {}))
    told = (some.marked_before, some.marked_after, some.mailed_again, some.delivered)
    assert told == (0, 0, 0, None)
    column, none = np.array([1]), by_age({})
    assert SlotCounts(*[column] * 7, none, none).guard_rails == {}
    assert not slot(1, {}).guard_rail(GuardRail.BOUNCES).events.any()


@pytest.mark.parametrize(
    ("events", "fields"),
    [
        ({5: 10}, {}),
        ({5: 5}, {"left": {5: 5}}),
        ({}, {"left": {5: 10}}),
        ({}, {"guard_rails": {GuardRail.BOUNCES: by_age({5: 10})}}),
        ({}, {"machine": {5: 10}}),
    ],
)
def test_everybody_of_a_slot_may_have_left_it(events, fields):
    assert slot(10, events, **fields).contacts == 10


@pytest.mark.parametrize(
    ("events", "fields", "gone"),
    [
        ({5: 11}, {}, 11),
        ({5: 6}, {"left": {5: 5}}, 11),
        ({5: -1}, {}, -1),
        ({5: 2}, {"left": {5: -1}}, 1),
        ({}, {"guard_rails": {GuardRail.BOUNCES: by_age({5: 11})}}, 11),
        ({}, {"machine": {5: 11}}, 11),
    ],
)
def test_impossible_counts_are_refused(events, fields, gone):
    with pytest.raises(ImpossibleSlot, match=f"^{gone} contacts left a slot of 10\\.$"):
        slot(10, events, **fields)


@pytest.mark.parametrize(
    ("events", "left"), [(AGE_BINS - 1, AGE_BINS), (AGE_BINS, AGE_BINS - 1), (AGE_BINS + 1,) * 2]
)
def test_every_age_bin_has_a_count(events, left):
    with pytest.raises(ImpossibleSlot, match=f"^Pass {AGE_BINS} age bins\\.$"):
        ByAge(np.zeros((1, events)), np.zeros((1, left)))


@pytest.mark.parametrize(
    "one",
    [
        Plan(None, 4320, 2),
        by_age({}),
        slot(1, {}),
        group(1),
        Experiment(Plan(None, 4320, 2), ()),
    ],
)
def test_what_is_given_cannot_be_changed(one):
    with pytest.raises(FrozenInstanceError):
        setattr(one, fields(one)[0].name, None)
