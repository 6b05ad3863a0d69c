"""When a budget runs out, and how often the forecast's range is right."""

from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discounts.performance.forecast import DAYS_PER_WEEK, MOST_DAYS, days_looked_at, forecast

AMOUNTS = st.integers(min_value=0, max_value=10**8)
WEEKS = st.lists(AMOUNTS, min_size=DAYS_PER_WEEK, max_size=60)
LEFT = st.integers(min_value=1, max_value=10**10)


@pytest.mark.parametrize(
    ("complete", "looked_at"), [(0, 0), (6, 0), (7, 7), (13, 7), (14, 14), (29, 28), (400, 28)]
)
def test_only_whole_weeks_count(complete, looked_at):
    assert days_looked_at(complete) == looked_at


@pytest.mark.parametrize("spent", [[], [500] * 6, [0] * 30, [900, *[0] * 28]])
def test_too_few_days_or_days_without_usages_give_no_forecast(spent):
    assert forecast(spent_minor=spent, left_minor=1000) is None


def test_equal_days_give_a_range_of_one_day():
    found = forecast(spent_minor=[250] * 7, left_minor=1000)
    assert (found.earliest, found.expected, found.latest) == (4, 4, 4)
    assert found.based_on == 7


def test_a_range_worked_out_by_hand():
    # Mean 100, variance 3000/6: the limits are where (1000 - 100 m)² = 1.943² x 500 x (m + m²/7).
    found = forecast(spent_minor=[80, 90, 140, 100, 80, 120, 90], left_minor=1000)
    assert found.expected == 10
    assert found.earliest == pytest.approx(8.1716, abs=1e-3)
    assert found.latest == pytest.approx(12.5765, abs=1e-3)
    for m in (found.earliest, found.latest):
        assert (1000 - 100 * m) ** 2 == pytest.approx(1.943**2 * 500 * (m + m * m / 7))


def test_with_very_different_days_the_range_may_have_no_end():
    found = forecast(spent_minor=[0, 0, 0, 0, 0, 0, 700], left_minor=1000)
    assert found.expected == 10
    assert found.earliest < 4
    assert found.latest is None


def test_only_the_last_days_count():
    recent = forecast(spent_minor=[10] * MOST_DAYS, left_minor=1000)
    assert forecast(spent_minor=[9999] * 40 + [10] * MOST_DAYS, left_minor=1000) == recent


@given(WEEKS, LEFT)
def test_the_expected_day_lies_within_the_range(spent, left):
    found = forecast(spent_minor=spent, left_minor=left)
    if found is None:
        assert not any(spent[len(spent) - days_looked_at(len(spent)) :])
        return
    assert 0 < found.earliest <= found.expected * (1 + 1e-9)
    assert found.latest is None or found.latest >= found.expected * (1 - 1e-9)


@given(WEEKS, LEFT, st.integers(min_value=1, max_value=10**9))
def test_more_budget_never_runs_out_earlier(spent, left, more):
    small, large = (forecast(spent_minor=spent, left_minor=n) for n in (left, left + more))
    if small is None:
        assert large is None
        return
    assert large.earliest >= small.earliest * (1 - 1e-9)
    assert large.expected >= small.expected
    assert (large.latest is None) == (small.latest is None)
    if small.latest is not None:
        assert large.latest >= small.latest * (1 - 1e-9)


@given(WEEKS, LEFT, st.integers(min_value=2, max_value=1000))
def test_the_currency_makes_no_difference(spent, left, factor):
    found = forecast(spent_minor=spent, left_minor=left)
    scaled = forecast(spent_minor=[n * factor for n in spent], left_minor=left * factor)
    if found is None:
        assert scaled is None
        return
    assert scaled.earliest == pytest.approx(found.earliest)
    assert scaled.expected == pytest.approx(found.expected)


@pytest.mark.parametrize("behind", [7, 14, 28])
def test_the_range_is_right_about_nine_times_in_ten(behind):
    """Realistic days: a number of orders of different amounts."""
    random, runs, held = Random(behind), 1500, 0
    for _ in range(runs):
        days = [day_of_a_shop(random) for _ in range(behind + 60)]
        left = 10 * 8 * 100
        found = forecast(spent_minor=days[:behind], left_minor=left)
        used_up = next(n for n, used in enumerate(accumulate(days[behind:])) if used >= left)
        # Used up in the course of a day: the forecast's moment must touch that day.
        latest = float("inf") if found.latest is None else found.latest
        held += found.earliest < used_up + 1 and latest > used_up
    assert 0.88 < held / runs < 0.98


def day_of_a_shop(random):
    orders = sum(random.random() < 0.08 for _ in range(100))
    return sum(min(int(random.expovariate(1 / 100)), 250) + 10 for _ in range(orders))
