"""Which cells are released, and the age that is reached."""

from dataclasses import FrozenInstanceError, fields

import pytest

from reports.verdict.cells import Table, next_release, reached, released, released_bins
from reports.verdict.experiment import GuardRail
from tests.reports.verdict.experiments import FIRST, GRACE, at, by_age, experiment, group, slot
from tracking.counting.slots import MINUTE_MS, WEEK, bins_until


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


def test_a_slot_is_released_by_the_latest_contact_of_any_group():
    table = table_of(
        group(1, slot(100, {}, late=2), slot(100, {})), group(2, slot(100, {}, late=7)), last=29
    )
    assert bins_at(table, at(30)) == [4, 3]
    assert bins_at(table, at(60 + 7)) == [8, 7]
    assert bins_at(table, at(60 + 15)) == [8, 8]


def test_a_slot_that_is_not_over_is_not_released():
    """Contacts may still be added to it."""
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


def test_slots_with_a_contact_mailed_again_by_then_are_in_no_share():
    left = slot(50, {}, left={240: 1})
    table = table_of(group(1, slot(50, {}), left), group(2, slot(50, {}), slot(50, {})), last=29)
    assert reached(table, [16, 16], (0, 1)).slots.tolist() == [True, False]
    assert reached(table, [15, 15], (0, 1)).slots.tolist() == [True, True]
    assert reached(table, [16, 16], (1,)).slots.tolist() == [True, True]


def test_slots_with_a_contact_mailed_again_and_late_slots_are_not_decided_on():
    table = table_of(
        group(1, slot(50, {}), slot(50, {}, resent=True), slot(50, {})),
        group(2, slot(50, {}), slot(50, {}), slot(50, {})),
        last=29,
    )
    assert table.decidable((0, 1)).tolist() == [True, False, False]
    assert table.decidable((1,)).tolist() == [True, True, False]


def test_a_chosen_cut_off_is_waited_for_even_if_no_contact_is_due_at_it():
    table = table_of(group(1, slot(50, {})), group(2, slot(50, {})), last=9000, decision_age=240)
    assert table.decides_at(grace_ms=GRACE) == (FIRST + 9001) * MINUTE_MS + GRACE


# --- Tables -------------------------------------------------------------------------------------


def test_a_group_without_contacts_in_a_slot_counts_as_nothing_there():
    late = slot(300, {}, late=120)
    table = table_of(
        group(1, slot(100, {5: 9}), None, late), group(2, None, slot(200, {}, late=3)), last=29
    )
    assert table.ids == [1, 2]
    assert table.contacts.tolist() == [[100, 0], [0, 200], [300, 0]]
    assert table.latest_due.tolist() == [FIRST, FIRST + 18, FIRST + 150]
    assert table.regular.tolist() == [True, True, False]
    assert table.resent.tolist() == [[False, False]] * 3
    assert table.counted.events.sum(axis=-1).tolist() == [[9, 0], [0, 0], [0, 0]]
    columns = [(one.contacts, one.total, one.squares) for one in table.due_times]
    sums = [[column.tolist() for column in some] for some in columns]
    assert sums == [[[100, 0], [0, 0], [0, 0]], [[0, 200], [0, 600], [0, 1800]]]


def test_a_table_without_contacts_is_empty():
    table = table_of()
    assert (table.numbers, table.latest_due.tolist(), table.due_times) == ([], [], [])
    assert released_bins(table, now=10**15, grace_ms=GRACE) == []
    assert next_release(table, now=0, grace_ms=GRACE) is None


def test_events_of_the_first_age_bins_are_summed():
    table = table_of(
        group(1, slot(100, [1, 2, 4]), slot(100, [8])), group(2, slot(100, [0, 16])), last=29
    )
    assert table.events_until(table.counted, 2).tolist() == [[3, 16], [8, 0]]
    assert table.events_until(table.counted, 0).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(("counts", "has"), [((0, 0, 0), False), ((0, 0, 1), True), ((), False)])
def test_a_guard_rail_is_there_once_one_contact_ran_into_it(counts, has):
    slots = [slot(100, {}, guard_rails={GuardRail.BOUNCES: by_age({20: n})}) for n in counts]
    table = table_of(group(1, slot(100, {}), *slots), group(2, slot(100, {})), last=60)
    assert table.has_guard_rail(GuardRail.BOUNCES) is has
    assert table.has_guard_rail(GuardRail.COMPLAINTS) is False


@pytest.mark.parametrize("one", [PLAIN, PLAIN.counted, reached(PLAIN, [16], (0, 1))])
def test_tables_cannot_be_changed(one):
    with pytest.raises(FrozenInstanceError):
        setattr(one, fields(one)[0].name, None)


# --- Moments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "last", "decides"), [(0, 0, 4321), (7, 14, 4328), (0, 9000, 9001), (7, 4326, 4328)]
)
def test_it_is_decided_once_all_are_past_the_decision_age_and_the_cut_off_is_over(
    late, last, decides
):
    table = table_of(group(1, slot(50, {}, late=late)), group(2, slot(50, {})), last=last)
    assert table.decides_at(grace_ms=GRACE) == (FIRST + decides) * MINUTE_MS + GRACE
    assert table.decision_bins == bins_until(4320)


def test_where_all_are_due_after_the_cut_off_the_first_due_time_counts():
    late = slot(50, {}, late=120)
    table = table_of(group(1, None, late), group(2, None, late))
    assert table.decides_at(grace_ms=GRACE) == (FIRST + 4321) * MINUTE_MS + GRACE


@pytest.mark.parametrize(
    ("minutes", "following"),
    [
        # The slot lasts a quarter of an hour, and is released up to the ages reached by then.
        (0, 15 - 1),
        (15 - 1, 15),
        (15, 20),
        (19.999, 20),
        (20, 30),
        (43_199, 43_200),
        (43_200, None),
    ],
)
def test_the_next_release_is_when_all_reach_the_next_age(minutes, following):
    table = table_of(group(1, slot(50, {})), group(2, slot(50, {})), last=99)
    found = next_release(table, now=at(minutes).as_of, grace_ms=GRACE)
    assert found == (None if following is None else at(following).as_of)
    if found is not None:
        assert bins_at(table, at(following)) > bins_at(table, at(minutes))


def test_the_next_release_is_that_of_the_first_slot():
    table = table_of(group(1, slot(50, {}), slot(50, {})), group(2, slot(50, {}, late=2)), last=29)
    assert next_release(table, now=at(60).as_of, grace_ms=GRACE) == at(62).as_of
    assert next_release(table, now=at(62).as_of, grace_ms=GRACE) == at(65).as_of


def test_no_slot_after_the_cut_off_is_waited_for():
    late = slot(50, {}, late=120)
    table = table_of(group(1, slot(50, {}), late), group(2, slot(50, {}), late))
    assert next_release(table, now=at(43_200).as_of, grace_ms=GRACE) is None


def test_an_age_that_is_reached_may_be_the_first():
    late = slot(9000, {}, late=120)
    table = table_of(group(1, slot(50, {}), late), group(2, slot(50, {}), late))
    first, none = reached(table, [1, 0], (0, 1)), reached(table, [0, 0], (0, 1))
    assert (first.bins, first.slots.tolist()) == (1, [True, False])
    assert (none.bins, none.slots.tolist()) == (0, [False, False])
