"""Which counters may be compared, and what they say at the age all have reached."""

from dataclasses import replace

import pytest

from reports.verdict.comparable import (
    GroupCounts,
    ImpossibleCounts,
    Reached,
    opens_to_come,
    reached,
    released_bins,
    released_cells,
    sent_in_full,
)
from reports.verdict.logrank import Cell
from tests.tracking.counts import GRACE, MINUTE, SENT, at, by_stratum, make_group, spread
from tracking.counting.strata import AGE_EDGES, STRATA

NOBODY = {"max_sent_at": [None] * STRATA}


def bins_at(groups, now):
    return released_bins(groups, now=now, grace_seconds=GRACE)


@pytest.mark.parametrize("kind", [GroupCounts, Reached])
def test_what_is_compared_is_frozen(kind):
    assert kind.__dataclass_params__.frozen


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (SENT - MINUTE, 0),
        (at(5) - 1, 0),
        (at(5), 1),
        (at(10) - 1, 1),
        (at(10), 2),
        (at(240), 16),
        (at(10080) - 1, len(AGE_EDGES) - 1),
        (at(10080), len(AGE_EDGES)),
        (at(1_000_000), len(AGE_EDGES)),
    ],
)
def test_a_bin_is_released_when_everyone_is_older_than_its_end(now, expected):
    groups = [make_group(1, 1000, []), make_group(2, 1000, [])]
    assert bins_at(groups, now) == [expected] * STRATA


def test_the_group_sent_to_last_decides_stratum_by_stratum():
    early = make_group(1, 1000, [])
    sent_at = [SENT + stratum * 5 * MINUTE for stratum in range(STRATA)]
    late = make_group(2, 1000, [], max_sent_at=sent_at)
    assert bins_at([early, late], at(30)) == [5, 4, 4, 3, 2, 1, 0, 0, 0, 0]


def test_a_stratum_waits_for_every_pending_contact():
    pending = [0] * 8 + [1, 100]
    groups = [make_group(1, 1000, []), make_group(2, 1000, [], pending=pending)]
    assert bins_at(groups, at(10)) == [2] * 8 + [0, 0]


def test_a_group_with_nobody_in_a_stratum_does_not_hold_it_back():
    few = make_group(2, 5, [], max_sent_at=[SENT] * 5 + [None] * 5)
    assert bins_at([make_group(1, 1000, []), few], at(5)) == [1] * STRATA


def test_a_stratum_with_nobody_is_not_released():
    nobody = [make_group(number, 0, [], **NOBODY) for number in (1, 2)]
    assert bins_at(nobody, at(10080)) == [0] * STRATA
    assert released_cells(nobody, [0] * STRATA, with_machine=False) == []
    assert reached(nobody, [0] * STRATA).minutes is None


def test_cells_hold_opens_and_those_not_opened_before():
    groups = [
        make_group(1, 100, [10, 20, 30], with_machine=[20, 20, 30]),
        make_group(2, 200, [0, 50, 50]),
    ]
    bins = [2] + [0] * 9
    assert released_cells(groups, bins, with_machine=False) == [
        Cell((1, 0), (10, 20)),
        Cell((2, 5), (9, 20)),
    ]
    assert released_cells(groups, bins, with_machine=True) == [
        Cell((2, 0), (10, 20)),
        Cell((2, 5), (8, 20)),
    ]


@pytest.mark.parametrize(
    ("bins", "minutes", "strata"),
    [
        ([0] * 10, None, ()),
        ([1] * 4 + [0] * 6, None, ()),
        ([1] * 5 + [0] * 5, 5, (0, 1, 2, 3, 4)),
        ([34, 20, 16, 9, 8, 8, 3, 0, 0, 0], 60, (0, 1, 2, 3, 4, 5)),
        ([0, 0, 0, 0, 0, 16, 17, 18, 19, 20], 240, (5, 6, 7, 8, 9)),
        ([34] * 10, 10080, tuple(range(10))),
    ],
)
def test_the_age_reached_is_the_largest_that_half_of_the_strata_have(bins, minutes, strata):
    found = reached([make_group(1, 1000, []), make_group(2, 1000, [])], bins)
    assert (found.minutes, found.strata) == (minutes, strata)


def test_only_strata_that_hold_anybody_count_for_the_half():
    """Contacts added after the launch may all lie in a few strata."""
    sent, when = [500, 500] + [0] * 8, [SENT, SENT] + [None] * 8
    groups = [make_group(number, 0, [], sent=sent, max_sent_at=when) for number in (1, 2)]
    found = reached(groups, [8, 0] + [0] * 8)
    assert (found.minutes, found.strata) == (60, (0,))


def test_strata_that_one_group_alone_is_in_count_for_the_half():
    few = make_group(2, 5, [], max_sent_at=[SENT] * 5 + [None] * 5)
    found = reached([make_group(1, 1000, []), few], [0] * 5 + [8] * 5)
    assert (found.minutes, found.strata) == (60, (5, 6, 7, 8, 9))


def test_a_rate_is_that_of_the_strata_and_the_age_reached():
    group = make_group(1, 1000, [100, 50, 30], with_machine=[200, 50, 30])
    found = reached([group], [2] * 6 + [1] * 4)
    assert found.rate(group) == (90, 600)


def test_groups_are_counted_where_no_group_still_sends():
    pending = [0, 0] + [50] * 8
    late = make_group(2, 0, [], sent=[60, 60] + [0] * 8, pending=pending)
    assert sent_in_full([make_group(1, 500, []), late]) == [100, 120]


def test_opens_to_come_are_those_that_strata_behind_have_not_had():
    group = make_group(1, 1000, [100, 90])
    bins = [2] * 5 + [0] * 5
    # Everybody opens with a chance of a tenth in each of the 34 bins.
    expected = 405 * (1 - 0.9**32) + 500 * (1 - 0.9**34)
    assert opens_to_come([group], bins, reached([group], bins)) == pytest.approx(expected)


def test_opens_go_on_at_their_average_pace():
    group = make_group(1, 1000, [190, 0])
    bins = [2] * STRATA
    expected = 810 * (1 - 0.9**32)
    assert opens_to_come([group], bins, reached([group], bins)) == pytest.approx(expected)


def test_strata_ahead_go_on_from_where_they_are():
    group = make_group(1, 1000, [100, 90])
    bins = [4] * 2 + [2] * 8
    expected = 2 * 81 * (1 - 0.9**30) + 8 * 81 * (1 - 0.9**32)
    assert opens_to_come([group], bins, reached([group], bins)) == pytest.approx(expected)


def test_where_those_ahead_all_opened_nothing_is_told_of_those_behind():
    rows = [[100] + [0] * 34] * 5 + [[0] * 35] * 5
    group = replace(make_group(1, 1000, []), counted=rows, with_machine=rows)
    bins = [2] * 5 + [1] * 5
    assert opens_to_come([group], bins, reached([group], bins)) == 0


def test_after_the_last_age_no_opens_are_to_come():
    group = make_group(1, 1000, [100] + [1] * 33)
    bins = [len(AGE_EDGES)] * STRATA
    assert opens_to_come([group], bins, reached([group], bins)) == 0


def test_before_any_age_is_reached_everybody_may_yet_open():
    group = make_group(1, 1000, [])
    assert opens_to_come([group], [0] * STRATA, reached([group], [0] * STRATA)) == 1000


def test_once_everybody_has_opened_no_opens_are_to_come():
    group = make_group(1, 1000, [1000])
    bins = [2] * STRATA
    assert opens_to_come([group], bins, reached([group], bins)) == 0


def test_who_opens_before_the_schedule_is_no_contradiction():
    pending = [10] + [0] * 9
    early = make_group(1, 0, [1], sent=[0] * 10, pending=pending)
    assert bins_at([early], at(5)) == [0] * STRATA


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"counted": by_stratum([11])}, ", stratum 0: 2 contacts opened, of 1."),
        ({"with_machine": [0] * 34 + [20]}, ", stratum 0: 2 contacts opened, of 1."),
        ({"counted": by_stratum([-1])}, ", stratum 9: a count is below 0."),
        ({"sent": spread(-1)}, ", stratum 9: a count is below 0."),
        ({"pending": [0, -1] + [0] * 8}, ", stratum 1: a count is below 0."),
        (
            {"max_sent_at": [SENT] * 9 + [None]},
            ", stratum 9: has contacts but no latest time of sending.",
        ),
        ({"sent": [1] * 9}, ": pass 10 strata of 35 age bins."),
        ({"counted": [[0] * 34] * 10}, ": pass 10 strata of 35 age bins."),
    ],
)
def test_counts_that_cannot_be_are_refused(fields, sentence):
    with pytest.raises(ImpossibleCounts) as raised:
        make_group(7, 10, [], **fields)
    assert str(raised.value) == f"Group 7{sentence}"
