"""The verdict while contacts wait, on groups sent to at different times, and on odd splits."""

from dataclasses import replace

import pytest

from reports.verdict.decide import State, verdict
from tests.tracking.counts import C2, GRACE, MINUTE, SENT, at
from tests.tracking.counts import make_group as group
from tests.tracking.counts import make_groups as groups
from tracking.counting.strata import STRATA


def verdict_at(minutes, some):
    return verdict(some, now=at(minutes), grace_seconds=GRACE)


def late(number, contacts, opens, *, minutes, **fields):
    """A group sent to so many minutes after SENT."""
    when = SENT + minutes * MINUTE
    times = {"max_sent_at": [when] * STRATA, "median_sent_at": when}
    return group(number, contacts, opens, **(times | fields))


def test_a_group_sent_to_later_is_compared_at_equal_ages():
    some = [group(1, 5000, [100] * 13), late(2, 5000, [100] * 10, minutes=60)]
    found = verdict_at(150, some)
    assert (found.state, found.age_minutes) == (State.NO_DIFFERENCE_WORTH_ACTING_ON, 90)
    assert found.leader is None
    assert found.ranges[1] == found.ranges[2]


def test_a_group_that_still_waits_is_not_an_uneven_split():
    waiting = group(2, 0, [], pending=[500] * STRATA)
    found = verdict_at(240, [group(1, 5000, [1000]), waiting])
    assert (found.state, found.text) == (State.TOO_EARLY, "Too early: 0 opens so far.")


def test_strata_sent_in_full_are_compared_while_others_wait():
    """Each group is sent to by half; what others open ahead of their schedule does not count."""
    fields = {"sent": [500] * 5 + [0] * 5, "pending": [0] * 5 + [500] * 5}
    some = [group(1, 5000, [1000], **fields), group(2, 5000, [1300], **fields)]
    found = verdict_at(240, some)
    assert found.state == State.LIKELY_BETTER
    assert (found.ranges[1].opened, found.ranges[1].contacts) == (500, 2500)


def test_a_rescheduled_group_takes_its_strata_back():
    some = groups(C2)
    some[1] = replace(some[1], sent=[0] * STRATA, pending=[500] * STRATA)
    assert verdict_at(240, some).state == State.TOO_EARLY


def test_a_group_nobody_was_put_into_is_an_uneven_split():
    empty = group(3, 0, [], max_sent_at=[None] * STRATA, median_sent_at=None)
    found = verdict_at(240, [*groups(C2), empty])
    assert found.text.startswith("The groups were not split as planned (5,000 / 5,000 / 0)")
    assert found.ranges[3] is None


def test_planned_shares_may_differ_widely():
    some = [
        group(1, 9000, [1800], planned_share=90),
        group(2, 1000, [300], planned_share=10),
    ]
    found = verdict_at(240, some)
    assert (found.state, found.leader) == (State.LIKELY_BETTER, 2)


@pytest.mark.parametrize(("minutes", "warned"), [(0, False), (120, False), (121, True)])
def test_groups_sent_to_at_different_hours_come_with_a_warning(minutes, warned):
    found = verdict_at(600, [group(1, 5000, [1000]), late(2, 5000, [1000], minutes=minutes)])
    assert bool(found.warnings) == warned
    assert all("more than 2 hours apart" in warning for warning in found.warnings)
