"""Which cells may be looked at, and the age that is reached."""

import pytest

from reports.verdict.cells import Table, reached, released, released_bins
from tests.reports.verdict.experiments import FIRST, GRACE, at, experiment, group, slot
from tracking.counting.slots import MINUTE_MS, WEEK


def table_of(*groups, **plan):
    some = experiment(*groups, **plan)
    return Table(some, some.plan.slots)


def bins_at(table, moment):
    return released_bins(table, now=moment.as_of, grace_ms=GRACE)


PLAIN = table_of(group(1, slot(100, {5: 9})), group(2, slot(100, {5: 9})))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(4.999, 0), (5, 1), (9.999, 1), (10, 2), (240, 16), (10_080, 34), (43_200, 38), (10**6, 38)],
)
def test_a_bin_is_released_when_everyone_is_older_than_its_end(minutes, expected):
    assert bins_at(PLAIN, at(minutes)) == [expected]


def test_the_latest_of_any_group_is_waited_for():
    table = table_of(
        group(1, slot(100, {}, late=2), slot(100, {})), group(2, slot(100, {}, late=7)), last=29
    )
    assert bins_at(table, at(30)) == [4, 3]
    assert bins_at(table, at(60 + 7)) == [8, 7]
    assert bins_at(table, at(60 + 15)) == [8, 8]


def test_a_slot_that_is_not_over_is_not_released():
    """Somebody may still be added to it."""
    table = table_of(group(1, slot(100, {})), group(2, slot(100, {})), last=99)
    over = (FIRST + 15) * MINUTE_MS + GRACE
    assert released_bins(table, now=over - 1, grace_ms=GRACE) == [0]
    assert released_bins(table, now=over, grace_ms=GRACE) == [2]


def test_a_slot_after_the_cut_off_lasts_a_week():
    late = slot(100, {}, latest_due=FIRST + 20 - 15)
    table = table_of(group(1, slot(100, {}), late), group(2, slot(100, {}), late))
    assert bins_at(table, at(WEEK - 1))[1] == 0
    assert bins_at(table, at(WEEK + 1))[1] > 30


def test_cells_hold_events_and_those_who_had_none_before():
    table = table_of(
        group(1, slot(100, [10, 20], machine=[30, 20], left={10: 5, 15: 7})),
        group(2, slot(200, [0, 50])),
    )
    counted = released(table.counted, [3])
    assert counted.events.tolist() == [[10, 0], [20, 50], [0, 0]]
    assert counted.at_risk.tolist() == [[100, 200], [85, 200], [58, 150]]
    of_any_kind = released(table.of_any_kind, [3])
    assert of_any_kind.at_risk.tolist() == [[100, 200], [70, 200], [50, 150]]


def test_the_age_reached_is_that_of_half_of_each_group():
    table = table_of(
        group(1, slot(60, {}), slot(40, {})), group(2, slot(40, {}), slot(60, {})), last=29
    )
    assert reached(table, [10, 5], (0, 1)).bins == 5
    assert reached(table, [5, 10], (0, 1)).bins == 5
    even = table_of(
        group(1, slot(50, {}), slot(50, {})), group(2, slot(90, {}), slot(90, {})), last=29
    )
    assert reached(even, [16, 0], (0, 1)).minutes == 240
    assert reached(even, [0, 0], (0, 1)).minutes is None
    assert reached(even, [16, 5], (0, 1)).slots.tolist() == [True, False]


def test_slots_after_the_cut_off_do_not_hold_the_age_back():
    many = slot(9000, {}, latest_due=FIRST + 20)
    table = table_of(group(1, slot(50, {}), many), group(2, slot(50, {}), many))
    assert reached(table, [16, 0], (0, 1)).minutes == 240


def test_slots_with_somebody_mailed_again_by_then_are_in_no_share():
    left = slot(50, {}, left={240: 1})
    table = table_of(group(1, slot(50, {}), left), group(2, slot(50, {}), slot(50, {})), last=29)
    assert reached(table, [16, 16], (0, 1)).slots.tolist() == [True, False]
    assert reached(table, [15, 15], (0, 1)).slots.tolist() == [True, True]
    assert reached(table, [16, 16], (1,)).slots.tolist() == [True, True]


def test_slots_with_somebody_mailed_again_and_late_ones_are_not_decided_on():
    table = table_of(
        group(1, slot(50, {}), slot(50, {}, resent=True), slot(50, {})),
        group(2, slot(50, {}), slot(50, {}), slot(50, {})),
        last=29,
    )
    assert table.decidable((0, 1)).tolist() == [True, False, False]
    assert table.decidable((1,)).tolist() == [True, True, False]


def test_a_chosen_cut_off_is_awaited_even_where_nobody_is_due_at_it():
    table = table_of(group(1, slot(50, {})), group(2, slot(50, {})), last=9000, decision_age=240)
    assert table.decides_at(grace_ms=GRACE) == (FIRST + 9001) * MINUTE_MS + GRACE
