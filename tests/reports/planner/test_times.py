"""When contacts are due: how many are decided on, and until when slots are open."""

from dataclasses import FrozenInstanceError, fields
from datetime import timedelta

import pytest

from foundation.timestamps import EPOCH
from reports.planner.times import CampaignTimes, GroupTimes, SlotTimes
from tracking.counting.slots import fix_slots

FIRST = 29_000_000


def group(number, *sizes, **fields):
    slots = {at: SlotTimes(size, 0, 0) for at, size in enumerate(sizes)}
    return GroupTimes(number, number, f"Group {number}", slots, **fields)


def times(*groups):
    return CampaignTimes(fix_slots(first_due=FIRST, last_due=FIRST), groups)


def test_contacts_of_all_slots_are_decided_on():
    assert group(1, 20, 30, late=9, unscheduled=9).contacts == 50
    assert group(1).contacts == 0


def test_a_slot_and_a_group_are_empty_unless_told():
    assert SlotTimes() == (0, 0, 0)
    empty = GroupTimes(1, 1, "A")
    assert (empty.slots, empty.late, empty.unscheduled) == ({}, 0, 0)


@pytest.mark.parametrize(
    ("sizes", "several"),
    [((), False), ((500,), False), ((500, 49), False), ((50, 50), True), ((50, 50, 3), True)],
)
def test_two_groups_of_fifty_contacts_are_needed_to_compare(sizes, several):
    assert times(*(group(at, size) for at, size in enumerate(sizes, start=1))).several is several


def test_slots_are_open_for_an_hour_after_the_first_due_time():
    first = EPOCH + timedelta(minutes=FIRST)
    some = times()
    assert some.is_open(now=first + timedelta(minutes=60) - timedelta(microseconds=1)) is True
    assert some.is_open(now=first + timedelta(minutes=60)) is False


def test_without_a_due_time_slots_stay_open():
    assert CampaignTimes(None, ()).is_open(now=EPOCH + timedelta(days=99_999)) is True


@pytest.mark.parametrize("one", [group(1), times()])
def test_times_cannot_be_changed(one):
    name = fields(one)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(one, name, None)
