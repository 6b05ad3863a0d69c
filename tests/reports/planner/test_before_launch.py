"""Groups that would be sent at different times are found before anything is sent."""

from dataclasses import FrozenInstanceError

import pytest

from reports.planner.before_launch import Apart, groups_apart
from reports.planner.times import CampaignTimes, GroupTimes, SlotTimes
from tracking.counting.slots import fix_slots

FIRST = 29_000_000


def group(number, minutes, slots):
    """From the minutes, since the first, in which its contacts are due."""
    found = {}
    for minute in minutes:
        slot = slots.number(FIRST + minute)
        since = FIRST + minute - slots.start(slot)
        contacts, total, squares = found.get(slot, (0, 0, 0))
        found[slot] = (contacts + 1, total + since, squares + since * since)
    sums = {slot: SlotTimes(*one) for slot, one in found.items()}
    return GroupTimes(number, number, f"Group {number}", sums)


def apart(*minutes, rate=0.2):
    last = max(max(some) for some in minutes if some)
    slots = fix_slots(first_due=FIRST, last_due=FIRST + last)
    groups = [group(number, some, slots) for number, some in enumerate(minutes, start=1)]
    return [
        (pair.earlier.number, pair.later.number, round(pair.minutes, 1), pair.in_other_slots)
        for pair in groups_apart(CampaignTimes(slots, tuple(groups)), rate=rate)
    ]


def test_nine_minutes_within_a_slot_are_too_much_for_many_events():
    assert apart([0] * 1500, [9] * 1500) == [(1, 2, 9.0, False)]
    assert apart([9] * 1500, [0] * 1500) == [(2, 1, 9.0, False)]


def test_the_fewer_events_are_expected_the_farther_apart_groups_may_be():
    assert apart([0] * 1500, [9] * 1500, rate=0.01) == []
    assert apart([0] * 1500, [9] * 1500, rate=0.1) == [(1, 2, 9.0, False)]
    assert apart([0] * 1500, [9] * 1500, rate=0) == []


def test_groups_without_common_stretches_are_apart_by_their_means():
    one, other = list(range(0, 240, 2)), list(range(240, 480, 2))
    assert apart(one, other) == [(1, 2, 240.0, True)]


def test_groups_that_share_just_half_of_their_stretches_are_apart_by_those():
    found = apart([0] * 50 + [900] * 50, [14] * 50 + [450] * 50)
    assert found == [(1, 2, 14.0, False)]


def test_one_minute_is_too_much_for_very_many_events():
    assert apart([1] * 40_000, [0] * 40_000, rate=1) == [(2, 1, 1.0, False)]
    assert apart([0] * 40_000, [1] * 40_000, rate=1) == [(1, 2, 1.0, False)]


def test_stretches_that_mirror_each_other_are_apart_by_nothing_in_the_mean():
    assert apart([0] * 50 + [900] * 50, [450] * 100) == [(1, 2, 0.0, True)]


def test_groups_over_the_same_times_may_be_compared():
    times = list(range(0, 600, 2))
    assert apart(times, times, times) == []


def test_the_farthest_pair_comes_first():
    found = apart([0] * 100, [300] * 100, [1000] * 100)
    assert [one[:3] for one in found] == [(1, 3, 1000.0), (2, 3, 700.0), (1, 2, 300.0)]


@pytest.mark.parametrize("few", [[], [500] * 49])
def test_a_group_too_small_to_compare_is_apart_from_nobody(few):
    assert apart([0] * 100, [0] * 100, few) == []


def test_of_too_many_groups_no_pair_is_reported():
    assert len(apart(*[[100 * n] * 50 for n in range(20)])) == 190
    assert apart(*[[100 * n] * 50 for n in range(21)]) == []


def test_without_schedules_nothing_is_apart():
    times = CampaignTimes(None, (GroupTimes(1, 1, "A"), GroupTimes(2, 2, "B")))
    assert groups_apart(times, rate=0.2) == []


def test_a_pair_cannot_be_changed():
    pair = Apart(GroupTimes(1, 1, "A"), GroupTimes(2, 2, "B"), 9.0, False)
    with pytest.raises(FrozenInstanceError):
        pair.minutes = 8.0
