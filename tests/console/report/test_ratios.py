"""How a report draws the ratios of groups' shares."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.report.ratios import MIDDLE, MOST_DRAWN, SCALES, drawing_of, place, scale_for
from reports.verdict.states import Ratio
from tests.console.report.test_in_words import GROUP, REPORT, VERDICT

NAMES = {2: ("A", 0.2), 3: ("B", 0.24), 4: ("C", None)}
GROUPS = tuple(
    replace(GROUP, id=id_, name=name, rate_at_age=rate) for id_, (name, rate) in NAMES.items()
)


def drawing(*ratios, leader=None, **changes):
    verdict = replace(VERDICT, ratios=ratios, leader=leader, **changes)
    return drawing_of(replace(REPORT, groups=GROUPS, verdict=verdict))


def lines(*ratios, **changes):
    return drawing(*ratios, **changes).lines


def test_before_the_decision_there_is_nothing_to_draw():
    assert drawing() is None


def test_a_ratio_is_shown_beside_the_shares_it_compares():
    [line] = lines(Ratio(3, 2, 1.11, 1.3), leader=3)
    assert (
        line.text == "B is opened 1.11 to 1.30 times as often as A, 24.0% against 20.0% within 4 h."
    )


def test_a_ratio_without_shares_stands_alone():
    [line] = lines(Ratio(4, 2, 0.9, None))
    assert line.text == "C is opened at least 0.90 times as often as A."
    [line] = lines(Ratio(3, 2, 0.9, 1.1), age_minutes=None)
    assert line.text == "B is opened 0.90 to 1.10 times as often as A."


@pytest.mark.parametrize(
    ("ratio", "leader", "begins"),
    [
        (Ratio(2, 3, 0.5, 0.8), 3, "B is opened 1.25 to 2.00"),
        (Ratio(2, 3, 0.5, 0.8), None, "B is opened 1.25 to 2.00"),
        (Ratio(2, 3, 0.5, 0.8), 2, "A is opened 0.50 to 0.80"),
        (Ratio(2, 3, 0.8, 1.25), None, "A is opened 0.80 to 1.25"),
        (Ratio(2, 3, 0.8, 1.25), 3, "B is opened 0.80 to 1.25"),
    ],
    ids=str,
)
def test_the_group_that_was_called_comes_first_or_else_the_larger_share(ratio, leader, begins):
    assert lines(ratio, leader=leader)[0].text.startswith(begins)


def test_the_called_groups_pairs_come_first_and_then_those_that_differ():
    ratios = (Ratio(2, 3, 0.9, 1.1), Ratio(2, 4, 0.5, 0.9), Ratio(4, 3, 0.9, 1.2))
    said = [line.text[:11] + line.text.split(" as ")[-1] for line in lines(*ratios, leader=3)]
    assert [(text[0], text[11]) for text in said] == [("B", "A"), ("B", "C"), ("C", "A")]


def test_many_pairs_are_collapsed():
    ratios = [Ratio(2, 3, 0.9, 1.1)] * (MOST_DRAWN + 3)
    drawn = drawing(*ratios)
    assert (len(drawn.lines), len(drawn.more)) == (MOST_DRAWN, 3)


def test_a_deleted_group_is_not_drawn():
    assert drawing(Ratio(2, 99, 1.1, 1.2)) is None


def test_twice_and_half_as_often_are_equally_far_from_the_middle():
    assert place(1.0, 3.0) == MIDDLE
    assert place(2.0, 3.0) + place(0.5, 3.0) == pytest.approx(2 * MIDDLE)
    assert (place(3.0, 3.0), place(99.0, 3.0), place(0.0, 3.0)) == (94.0, 94.0, 6.0)


@pytest.mark.parametrize(
    ("ratio", "scale"),
    [
        (Ratio(2, 3, 0.9, 1.2), 1.25),
        (Ratio(2, 3, 0.7, 1.2), 1.5),
        (Ratio(2, 3, 1.1, 4.9), 5.0),
        (Ratio(2, 3, 0.01, 80.0), 10.0),
        (Ratio(2, 3, 0.0, None), 1.25),
    ],
    ids=str,
)
def test_the_scale_holds_the_ends(ratio, scale):
    assert scale_for([ratio]) == scale


def test_an_end_beyond_the_scale_has_an_arrow():
    [line] = lines(Ratio(2, 3, 0.0, None))
    assert (line.arrow_left, line.arrow_right, line.left, line.right) == (True, True, 6.0, 94.0)
    [line] = lines(Ratio(2, 3, 0.9, 1.2))
    assert not line.arrow_left and not line.arrow_right


def test_the_scales_ends_are_labelled():
    drawn = drawing(Ratio(2, 3, 0.9, 1.2))
    assert (drawn.low, drawn.high) == ("0.8", "1.25")


ENDS = st.floats(0.001, 1000, allow_nan=False)


@given(ENDS, ENDS, st.sampled_from(SCALES))
def test_a_line_misses_the_middle_exactly_where_the_ratio_differs(one, other, scale):
    low, high = min(one, other), max(one, other)
    left, right = place(low, scale), place(high, scale)
    assert left <= right
    assert (left > MIDDLE or right < MIDDLE) == (low > 1 or high < 1)
    [line] = lines(Ratio(2, 3, low, high), leader=2)
    assert line.differs == (line.left > MIDDLE or line.right < MIDDLE)
