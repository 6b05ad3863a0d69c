"""The verdict's sentences: numbers as people write them."""

import pytest

from reports.verdict import sentences
from reports.verdict.proportions import Rate


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, 1), (99, 99), (100, 100), (101, 110), (230, 230), (1108, 1200), (99_001, 100_000)],
)
def test_opens_needed_are_rounded_up_to_two_digits(number, expected):
    assert sentences.round_up(number) == expected


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
    assert sentences.percentages([Rate(*rate) for rate in rates]) == expected


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([(1, 5), (2, 5)], "B is likely better: 40.0% against 20.0% opened within 4 h of sending."),
        (
            [(1, 5), (2, 5), (0, 5), (1, 10)],
            "B is likely better: 40.0% against 20.0%, 0.0% and 10.0% opened within 4 h of sending.",
        ),
    ],
)
def test_the_better_group_is_held_against_all_others(rates, expected):
    rates = [Rate(*rate) for rate in rates]
    assert sentences.likely_better("B", rates, leader=1, minutes=240) == expected


@pytest.mark.parametrize(
    ("opens", "expected"),
    [
        (0, "Too early: 0 opens so far."),
        (1, "Too early: 1 open so far."),
        (84, "Too early: 84 opens so far."),
        (1234, "Too early: 1,234 opens so far."),
    ],
)
def test_opens_so_far(opens, expected):
    assert sentences.too_early(opens) == expected


@pytest.mark.parametrize(
    ("more", "outlook"),
    [
        (None, "unlikely to be settled"),
        (0, "we can tell from 4 h after sending"),
        (1, "about 1 more open needed"),
        (1100, "about 1,100 more opens needed"),
    ],
)
def test_what_a_promising_lead_still_needs(more, outlook):
    expected = f"B is ahead, but this could still be chance; {outlook}."
    assert sentences.promising("B", more_opens=more, call_minutes=240) == expected


@pytest.mark.parametrize(
    ("with_machine", "without", "expected"),
    [
        ("A", "B", "A leads only when automatic opens are counted; without them B leads."),
        ("A", None, "A leads only when automatic opens are counted; without them nobody leads."),
        (None, "B", "B leads only when automatic opens are left out; with them nobody leads."),
    ],
)
def test_who_leads_with_and_without_automatic_opens(with_machine, without, expected):
    assert sentences.flips(with_machine=with_machine, without=without) == expected


@pytest.mark.parametrize(
    ("chance", "shown"), [(0.984, "98 %"), (0.5, "50 %"), (0.9951, "over 99 %"), (1, "over 99 %")]
)
def test_a_choice_now_is_never_certain(chance, shown):
    expected = f"If you had to choose now: B, {shown}. This moves around and is not the verdict."
    assert sentences.choice_now("B", chance) == expected
