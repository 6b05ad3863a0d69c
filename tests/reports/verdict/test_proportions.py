"""What is shown beside the verdict: ranges, the chance to be best, and the split."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.verdict.proportions import (
    Rate,
    chi2_survival,
    mismatch,
    planned_weights,
    probability_best,
    wilson,
)

rates = st.integers(0, 5000).flatmap(
    lambda contacts: st.builds(Rate, st.integers(0, contacts), st.just(contacts))
)


@pytest.mark.parametrize(
    ("opened", "contacts", "low", "high"),
    [
        (200, 1000, 0.176377, 0.225919),
        (0, 50, 0, 0.071348),
        (1, 10, 0.017876, 0.404150),
        (50, 50, 1 - 0.071348, 1),
    ],
)
def test_the_range_of_a_rate(opened, contacts, low, high):
    assert wilson(opened, contacts) == pytest.approx((low, high), rel=0, abs=5e-7)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([(200, 1000), (240, 1000)], {1: 0.984537}),
        ([(3, 40), (5, 40)], {1: 0.758969}),
        ([(200, 1000), (210, 1000), (240, 1000)], {0: 0.012282, 1: 0.052196, 2: 0.935523}),
        ([(0, 0), (0, 0)], {0: 0.5, 1: 0.5}),
        ([(5, 10), (500_000, 1_000_000)], {0: 0.5}),
        ([(0, 1000), (1000, 1000)], {0: 0, 1: 1}),
        ([(100, 1000)] * 20, {0: 0.05, 19: 0.05}),
    ],
)
def test_the_chance_of_each_group_to_be_best(counts, expected):
    found = probability_best(tuple(Rate(*count) for count in counts))
    # The second of the three is 0.0521953: the expected digits were rounded less finely.
    assert {g: found[g] for g in expected} == pytest.approx(expected, rel=0, abs=7e-7)


@pytest.mark.parametrize("contacts", [10, 1000, 1_000_000])
def test_the_chance_is_right_next_to_a_rate_of_zero_and_of_one(contacts):
    """One Beta(1, n + 1) above one Beta(2, n): the integral has a closed form."""
    expected = contacts * (contacts + 1) / ((2 * contacts + 1) * (2 * contacts + 2))
    low = probability_best((Rate(0, contacts), Rate(1, contacts)))
    high = probability_best((Rate(contacts, contacts), Rate(contacts - 1, contacts)))
    assert low[0] == pytest.approx(expected, abs=5e-6)
    assert high[0] == pytest.approx(1 - expected, abs=5e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(rates, min_size=2, max_size=4))
def test_chances_add_up_to_one_whatever_the_order_of_groups(some):
    some = tuple(some)
    chances = probability_best(some)
    assert sum(chances) == pytest.approx(1)
    assert probability_best(some[::-1])[::-1] == pytest.approx(chances, abs=1e-9)


@pytest.mark.parametrize(
    ("counts", "shares", "chi2", "flagged"),
    [
        ([5100, 4900], [None, None], 4, False),
        ([5173, 4827], [None, None], 11.9716, True),
        ([5160, 4840], [None, None], 10.24, False),
        ([5200, 4800], [None, None], 16, True),
        ([3200, 3300, 3500], [None] * 3, 14, True),
        ([3000, 7000], [30, 70], 0, False),
        ([5000, 5000], [30, 70], 1904.761905, True),
        ([3000, 3500, 3500], [30, None, None], 0, False),
        ([5000, 5000], [60, 60], 0, False),
        ([5000, 5000], [100, None], math.inf, True),
        ([5000, 0], [100, None], 0, False),
        ([5000, 0], [None, None], 5000, True),
        ([0, 0], [None, None], 0, False),
    ],
)
def test_a_split_is_compared_with_its_plan(counts, shares, chi2, flagged):
    found = mismatch(counts, shares)
    assert (found.chi2, found.flagged) == (pytest.approx(chi2), flagged)


@pytest.mark.parametrize(
    ("degrees", "limit"),
    [
        (1, 10.827566),
        (2, 13.815511),
        (3, 16.266236),
        (4, 18.466827),
        (5, 20.515006),
        (10, 29.588298),
        (19, 43.820196),
    ],
)
def test_one_split_in_a_thousand_differs_by_more_than_the_limit(degrees, limit):
    assert chi2_survival(limit + 1e-5, degrees) < 0.001 < chi2_survival(limit - 1e-5, degrees)


@pytest.mark.parametrize(
    ("chi2", "degrees", "chance"),
    [
        (0, 1, 1),
        (1, 1, 0.3173105),
        (1, 2, 0.6065307),
        (2, 3, 0.5724067),
        (2, 4, 0.7357589),
        (10, 5, 0.0752352),
        (math.inf, 1, 0),
        (math.inf, 5, 0),
        (math.inf, 6, 0),
    ],
)
def test_known_chances_of_a_larger_chi2(chi2, degrees, chance):
    assert chi2_survival(chi2, degrees) == pytest.approx(chance, rel=0, abs=5e-8)


@pytest.mark.parametrize(
    ("shares", "weights"),
    [
        ([None, None], [0.5, 0.5]),
        ([30, 70], [0.3, 0.7]),
        ([30, None], [0.3, 0.7]),
        ([30, None, None], [0.3, 0.35, 0.35]),
        ([60, 60], [0.5, 0.5]),
        ([120, None], [1, 0]),
        ([0, 0], [0, 0]),
        ([], []),
    ],
)
def test_planned_parts_add_up_to_one_where_there_are_any(shares, weights):
    assert planned_weights(shares) == pytest.approx(weights)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 50))
def test_a_larger_chi2_is_never_likelier(chi2, more, degrees):
    assert (
        0 <= chi2_survival(chi2 + more, degrees) <= chi2_survival(chi2, degrees) + 1e-12 <= 1 + 1e-9
    )
