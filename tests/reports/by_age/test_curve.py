"""How many contacts were opened by each age."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.by_age.curve import curve_of, together
from tracking.counting.slots import AGE_BINS, AGE_EDGES

HOUR, DAY = AGE_EDGES.index(60), AGE_EDGES.index(1440)
FIRSTS = st.dictionaries(st.integers(0, AGE_BINS - 1), st.integers(0, 1000))


def test_each_edge_has_those_opened_by_then():
    curve = curve_of({0: 10, HOUR: 20, DAY: 5}, opened=40, measured=100)
    assert (curve.by_edge[0], curve.by_edge[HOUR - 1]) == (10, 10)
    assert (curve.by_edge[HOUR], curve.by_edge[DAY], curve.by_edge[-1]) == (30, 35, 35)
    assert curve.share(curve.by_edge[HOUR]) == 0.3


@pytest.mark.parametrize(
    ("part", "minutes"), [(0.25, 5), (0.26, 60), (0.75, 60), (0.875, 1440), (0.9, None)]
)
def test_a_part_is_of_all_opened_also_of_those_whose_age_is_not_known(part, minutes):
    curve = curve_of({0: 10, HOUR: 20, DAY: 5}, opened=40, measured=100)
    assert curve.reached_by(part) == minutes


def test_without_opens_or_contacts_there_is_nothing_to_reach():
    curve = curve_of({}, opened=0, measured=0)
    assert (curve.reached_by(0.5), curve.has_ages, curve.share(0)) == (None, False, 0.0)
    assert together([]) == curve


@given(FIRSTS, st.integers(0, 5000), st.integers(0, 5000))
def test_a_curve_never_falls_and_never_goes_above_what_the_report_says(firsts, opened, measured):
    curve = curve_of(firsts, opened=opened, measured=measured)
    assert list(curve.by_edge) == sorted(curve.by_edge)
    assert curve.by_edge[-1] <= curve.opened == opened


@given(FIRSTS)
def test_a_curve_of_known_ages_ends_at_the_reports_own_number(firsts):
    known = sum(number for age, number in firsts.items() if age < len(AGE_EDGES))
    assert curve_of(firsts, opened=known, measured=known).by_edge[-1] == known


@given(st.lists(st.tuples(FIRSTS, st.integers(0, 5000)), max_size=3))
def test_groups_together_are_their_sum(groups):
    curves = [curve_of(firsts, opened=opened, measured=opened) for firsts, opened in groups]
    whole = together(curves)
    assert whole.opened == sum(opened for _, opened in groups)
    assert whole.by_edge[DAY] == sum(curve.by_edge[DAY] for curve in curves)
