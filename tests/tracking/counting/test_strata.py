"""How contacts are cut into strata and opens into age bins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.counting.strata import AGE_EDGES, STRATA, age_bin, cuts, stratum_of

MINUTE = 60_000
keys = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10_000)), unique=True, max_size=200)


# Tables hold the numbers of strata and bins: others would give what is counted another meaning.
def test_strata_and_the_edges_of_bins_stay_as_tables_hold_them():
    hours = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 30, 36, 48, 60, 72, 96, 120, 168]
    within_hours = [5, 10, 15, 20, 30, 40, 50, 75, 90, 105, 150, 210]
    assert sorted([*within_hours, *(hour * 60 for hour in hours)]) == list(AGE_EDGES)
    assert STRATA == 10


@given(keys)
def test_a_contact_of_rank_r_falls_in_stratum_floor_of_r_times_strata_over_n(contacts):
    ordered = sorted(contacts)
    where = cuts(ordered)
    found = [stratum_of(key, where) for key in ordered]
    assert found == [rank * STRATA // len(ordered) for rank in range(len(ordered))]


@given(keys, st.tuples(st.integers(-9, 9), st.integers(0, 10_000)))
def test_whoever_comes_later_falls_by_the_same_cuts(contacts, late):
    where = cuts(sorted(contacts))
    assert stratum_of(late, where) == sum(cut <= late for cut in where)


@pytest.mark.parametrize(
    ("age_ms", "expected"),
    [
        (-1, 0),
        (0, 0),
        (5 * MINUTE, 0),
        (5 * MINUTE + 1, 1),
        (10 * MINUTE, 1),
        (60 * MINUTE, 7),
        (10080 * MINUTE, len(AGE_EDGES) - 1),
        (10080 * MINUTE + 1, len(AGE_EDGES)),
    ],
)
def test_an_age_falls_in_the_bin_whose_upper_edge_it_does_not_pass(age_ms, expected):
    assert age_bin(age_ms) == expected
