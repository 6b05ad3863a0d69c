"""How due times are divided into slots, and events into age bins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.counting.slots import (
    AGE_BINS,
    AGE_EDGES,
    FIXED_AFTER_MINUTES,
    MINUTE_MS,
    MOST_SLOTS,
    WEEK,
    WIDTHS,
    age_bin,
    bins_until,
    fix_slots,
)

START = 29_833_333
minutes = st.integers(0, 200_000_000)


@pytest.mark.parametrize(
    ("last", "width"),
    [
        (0, 15),
        (100 * 15 - 1, 15),
        (100 * 15, 60),
        (100 * 60 - 1, 60),
        (100 * 60, 240),
        (100 * 240 - 1, 240),
        (100 * 240, 1440),
        (100 * 1440 - 1, 1440),
        (100 * 1440, WEEK),
        (1000 * WEEK, WEEK),
    ],
)
def test_slots_are_as_narrow_as_a_hundred_of_them_allow(last, width):
    assert fix_slots(first_due=START, last_due=START + last).width == width


def test_a_chosen_cut_off_replaces_the_last_due_minute_known():
    found = fix_slots(first_due=START, last_due=START + 10, cut_off=START + 100 * 60)
    assert (found.cut_off, found.width) == (START + 100 * 60, 240)
    early = fix_slots(first_due=START, last_due=START + 9999, cut_off=START + 20)
    assert (early.cut_off, early.width, early.last_regular) == (START + 20, 15, 1)


def test_a_cut_off_before_the_first_due_minute_leaves_one_slot():
    found = fix_slots(first_due=START, last_due=START + 99, cut_off=START - 99)
    assert (found.cut_off, found.last_regular) == (START, 0)


@pytest.mark.parametrize(
    ("due", "number"),
    [(0, 0), (14, 0), (15, 1), (44, 2), (45, 3), (50, 3), (51, 4), (50 + WEEK, 4), (51 + WEEK, 5)],
)
def test_slots_are_contiguous_and_last_a_week_after_the_cut_off(due, number):
    found = fix_slots(first_due=START, last_due=START + 50)
    assert found.number(START + due) == number


def test_the_last_regular_slot_is_over_with_the_cut_off():
    found = fix_slots(first_due=START, last_due=START + 50)
    assert [found.end(number) - START for number in range(6)] == [
        15, 30, 45, 51, 51 + WEEK, 51 + 2 * WEEK,
    ]  # fmt: skip


@given(minutes, minutes, st.one_of(st.none(), minutes), minutes)
def test_every_minute_is_in_its_slot(first, last, cut_off, due):
    found = fix_slots(first_due=first, last_due=last, cut_off=cut_off)
    number = found.number(due)
    assert found.start(number) <= due < found.end(number)
    assert found.end(number) == found.start(number + 1)
    assert found.number(found.end(number)) == number + 1
    assert (number <= found.last_regular) == (due <= found.cut_off)


@given(minutes, minutes)
def test_a_hundred_slots_at_most_unless_they_are_weeks(first, last):
    found = fix_slots(first_due=first, last_due=last)
    assert found.width in WIDTHS
    assert found.last_regular < MOST_SLOTS or found.width == WEEK


@pytest.mark.parametrize(
    ("age_ms", "expected"),
    [
        (-1, 0),
        (5 * MINUTE_MS, 0),
        (5 * MINUTE_MS + 1, 1),
        (WEEK * MINUTE_MS, 33),
        (WEEK * MINUTE_MS + 1, 34),
        (14400 * MINUTE_MS, 34),
        (43200 * MINUTE_MS, 37),
        (43200 * MINUTE_MS + 1, 38),
        (10**15, AGE_BINS - 1),
    ],
)
def test_an_age_falls_in_the_bin_whose_upper_edge_it_does_not_pass(age_ms, expected):
    assert age_bin(age_ms) == expected


def test_slots_are_fixed_after_sixty_minutes():
    assert (MINUTE_MS, FIXED_AFTER_MINUTES) == (60_000, 60)


def test_edges_stay_as_they_are_since_what_is_counted_is_stored_by_them():
    minutes = [5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105]
    hours = [2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 30, 36]
    days = [2, 2.5, 3, 4, 5, 7, 10, 14, 21, 30]
    expected = [*minutes, *(60 * n for n in hours), *(1440 * n for n in days)]
    assert list(AGE_EDGES) == expected


@pytest.mark.parametrize(("edge", "bins"), [(5, 1), (240, 16), (4320, 31), (43200, 38)])
def test_bins_until_an_edge_are_those_that_end_by_it(edge, bins):
    assert bins_until(edge) == bins
    assert age_bin(edge * MINUTE_MS) == bins - 1
