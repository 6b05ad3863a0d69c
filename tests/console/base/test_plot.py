"""How charts are drawn: scales, lines, steps, marks, and how lines are told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.base.plot import (
    Line,
    barred,
    count_scale,
    marks_across,
    share_scale,
    step_places,
    stepped,
    straight,
)


@pytest.mark.parametrize(
    ("highest", "end"), [(0, 2), (2, 2), (3, 4), (5, 6), (7, 10), (11, 20), (212, 400), (900, 1000)]
)
def test_a_scale_of_counts_ends_at_a_round_number(highest, end):
    assert count_scale(highest) == end


@given(st.integers(0, 10**9))
def test_every_count_is_in_the_upper_half_of_its_scale_or_nearly(highest):
    assert highest <= count_scale(highest) <= max(2, 2 * highest)


@pytest.mark.parametrize(("highest", "end"), [(0.0, 0.01), (0.36, 0.4), (0.81, 1.0), (1.0, 1.0)])
def test_a_scale_of_shares_ends_at_a_round_share(highest, end):
    assert share_scale(highest) == end


def test_steps_have_no_slope_and_reach_the_end():
    assert stepped([0.5, 0.5, 1.0, 0.0]) == "M0 50H500V0H750V100H1000"
    assert stepped([1.0]) == "M0 0H1000"


def test_a_line_goes_from_point_to_point():
    assert straight([(0, 0), (0.25, 0.5), (1, 1)]) == "M0 100L250 50L1000 0"


def test_a_bar_above_nothing_is_never_drawn_as_nothing():
    assert barred([0, 0.0001, 1]) == "M358.3 100V99H641.7V100ZM691.7 100V0H975V100Z"


@pytest.mark.parametrize(
    ("steps", "places"),
    [
        (1, {0: 0.0}),
        (2, {0: 0.0, 1: 0.5}),
        (6, {0: 0.0, 3: 0.5, 5: pytest.approx(5 / 6)}),
        (7, {0: 0.0, 3: pytest.approx(3 / 7), 6: 1.0}),
    ],
)
def test_at_most_three_steps_are_marked(steps, places):
    assert step_places(steps) == places


def test_marks_at_the_ends_stay_inside():
    marks = marks_across([(0.0, "0"), (0.5, "2 h"), (1.0, "4 h")])
    assert [(mark.at, mark.anchor) for mark in marks] == [
        (0.0, "start"),
        (50.0, "middle"),
        (100.0, "end"),
    ]


def test_more_groups_than_colours_differ_by_dashes():
    looks = {(line.colour, line.dash) for line in (Line("", number, "") for number in range(64))}
    assert len(looks) == 64


def test_without_colours_eight_lines_can_be_told_apart():
    dashes = [Line("", number, "").dash for number in range(8)]
    assert dashes[0] == "" and len(set(dashes)) == 8
