"""The verdict's sentences: numbers as people write them, and never two that disagree."""

import pytest

from reports.verdict import wording
from reports.verdict.experiment import Goal
from reports.verdict.left_out import Why
from reports.verdict.proportions import Rate


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (5, "5 min"),
        (60, "1 h"),
        (90, "90 min"),
        (4320, "72 h"),
        (5760, "4 days"),
        (43200, "30 days"),
    ],
)
def test_ages(minutes, expected):
    assert wording.age(minutes) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.11, "1.11"), (1.004, "1.004"), (1.00004, "1.0000"), (0.998, "0.998"), (1, "1.00")],
)
def test_a_ratio_that_is_not_1_is_not_written_as_1(value, expected):
    assert wording.ratio(value) == expected


def test_a_range_without_an_end_says_at_least():
    assert wording.than_one("A", 2.43, None) == "at least 2.43 times as often as A"


@pytest.mark.parametrize(
    ("rates", "leader", "expected"),
    [
        ([(1, 5), (2, 5)], 1, "40.0% against 20.0%"),
        ([(1, 5), (2, 5), (0, 5)], 1, "40.0% against 20.0% and 0.0%"),
        ([(1, 5), (2, 5)], 0, None),
        ([(2, 5), (2, 5)], 0, None),
        ([(2, 5), (0, 0)], 0, None),
        ([(24_110, 100_000), (24_090, 100_000)], 0, "24.11% against 24.09%"),
    ],
)
def test_shares_are_given_only_where_they_say_the_same(rates, leader, expected):
    assert wording.against([Rate(*rate) for rate in rates], leader=leader) == expected


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([(241, 1000), (203, 1000)], ["24.1%", "20.3%"]),
        ([(24_110, 100_000), (24_090, 100_000)], ["24.11%", "24.09%"]),
        ([(1, 10), (10, 100)], ["10.0%", "10.0%"]),
        ([(0, 10), (10, 10)], ["0.0%", "100.0%"]),
    ],
)
def test_different_rates_read_differently(rates, expected):
    assert wording.percentages([Rate(*rate) for rate in rates]) == expected


@pytest.mark.parametrize(
    ("chance", "shown"), [(0.984, "98 %"), (0.5, "50 %"), (0.9951, "over 99 %"), (1, "over 99 %")]
)
def test_a_choice_now_is_never_certain(chance, shown):
    expected = f"If you had to choose now: B, {shown}. This moves around and is not the verdict."
    assert wording.choice_now("B", chance) == expected


@pytest.mark.parametrize(
    ("compared", "seen", "expected"),
    [
        (0, 0, "Too early: no clicks can be compared yet."),
        (0, 1, "Too early: 0 of 1 click can be compared yet."),
        (120, 200, "Too early: 120 of 200 clicks can be compared yet."),
        (1234, 1234, "Too early: no group is clearly ahead in 1,234 clicks."),
    ],
)
def test_what_is_missing(compared, seen, expected):
    decides = wording.decides("Thursday, 14:00")
    said = wording.too_early(Goal.CLICKED, compared=compared, seen=seen, decides=decides)
    assert said == f"{expected} Decides on Thursday, 14:00."


@pytest.mark.parametrize("why", Why)
def test_whoever_is_left_out_is_named(why):
    assert wording.left_out("Blue", why).startswith("Blue is ")
