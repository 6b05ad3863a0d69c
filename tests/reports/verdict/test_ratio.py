"""The range of the ratio of shares: known values, its ends, and that it agrees with the test."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.verdict.deciding import BOUND, Pair, z_of
from reports.verdict.ratio import ratio_range, score
from tests.reports.verdict.cells import cell_lists, huge_cell_lists, joined, pair_of
from tests.reports.verdict.test_deciding import LARGER, ONE, SLOTS, THREE, UNEVEN, digits


@pytest.mark.parametrize(
    ("cells", "g", "h", "low", "high"),
    [
        (ONE, 1, 0, 1.008867, 1.428034),
        (LARGER, 1, 0, 1.110298, 1.297076),
        (SLOTS, 1, 0, 1.014620, 1.698229),
        (UNEVEN, 1, 0, 1.230449, 3.175824),
        (THREE, 2, 0, 1.097353, 1.541151),
        (THREE, 2, 1, 1.048139, 1.463321),
    ],
)
def test_known_slots(cells, g, h, low, high):
    found = ratio_range(pair_of(cells, g, h))
    assert (found.low, found.high) == (digits(low), digits(high))


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        ([], 0, math.inf),
        ([((0, 0), (100, 100))], 0, math.inf),
        ([((0, 10), (100, 100))], 2.430765, math.inf),
        ([((10, 0), (100, 100))], 0, 1 / 2.430765),
        ([((100, 100), (100, 100))], 0.959333, 1.042391),
        ([((10, 0), (10, 0))], 0, math.inf),
    ],
)
def test_where_nobody_or_everybody_had_the_event(cells, low, high):
    found = ratio_range(pair_of(cells))
    assert (found.low, found.high) == (digits(low), digits(high))


@given(cell_lists())
def test_at_1_the_score_is_the_z_of_the_test(cells):
    pair = pair_of(cells)
    assert score(pair, np.float64(1)) == pytest.approx(z_of(pair), abs=1e-7)


@given(cell_lists())
@example(ONE)
@example(SLOTS)
def test_1_is_excluded_exactly_where_the_test_finds_a_difference(cells):
    pair = pair_of(cells)
    found, difference = ratio_range(pair), z_of(pair)
    assert (found.low > 1) == (difference >= BOUND)
    assert (found.high < 1) == (difference <= -BOUND)
    assert 0 <= found.low <= found.high


@pytest.mark.parametrize("of_g", [63, 67, 80, 100, 158, 228, 1000, 7777])
def test_this_holds_next_to_the_bound_despite_rounding(of_g):
    """Events are fractions here, to come as close to the bound as numbers can; with 63 and 80
    contacts z is the bound itself."""
    low, high = of_g * 0.2, of_g * 0.9
    while low < (middle := (low + high) / 2) < high:
        reached = z_of(pair_of([((of_g * 0.2, middle), (of_g, of_g))])) >= BOUND
        low, high = (low, middle) if reached else (middle, high)
    for events in (low, high):
        one, other = (
            pair_of([((of_g * 0.2, events), (of_g, of_g))], g, h) for g, h in ((1, 0), (0, 1))
        )
        assert (ratio_range(one).low > 1) == (z_of(one) >= BOUND)
        assert (ratio_range(other).high < 1) == (z_of(other) <= -BOUND)
    assert z_of(one) >= BOUND


@given(st.integers(50, 5000), st.integers(50, 5000), st.data())
def test_at_its_ends_the_score_is_the_bound(of_g, of_h, data):
    events = [data.draw(st.integers(5, contacts - 5)) for contacts in (of_g, of_h)]
    pair = pair_of([(events, (of_g, of_h))])
    found = ratio_range(pair)
    assert score(pair, found.low) == pytest.approx(BOUND, abs=1e-6)
    assert score(pair, found.high) == pytest.approx(-BOUND, abs=1e-6)


# Slots in which a group has hardly anybody, or all the same outcome.
TINY = [
    [((1, 50), (2, 100)), ((0, 3), (1000, 10))],
    [((50, 1), (100, 2)), ((3, 0), (10, 1000))],
    [((1, 1), (1, 1)), ((119, 0), (119, 1))],
    [((0, 53), (1, 152)), ((0, 0), (2, 9)), ((0, 0), (2534, 2))],
    [((584, 0), (584, 2))],
    [((0, 620), (2, 620))],
    [((1280, 0), (32917, 2312)), ((0, 18), (3, 86644)), ((2, 0), (2733, 17))],
    [((10411, 1), (41754, 2))],
    [((1, 20), (3, 43589)), ((8237, 0), (99139, 2403))],
    [((0, 4), (1, 13845)), ((17, 0), (44269, 833))],
    [((0, 481), (2, 31896))],
    [((432, 0), (83931, 3)), ((0, 0), (1, 4)), ((0, 0), (1, 3797))],
]


@pytest.mark.parametrize("cells", TINY)
def test_the_ends_are_found_in_slots_of_very_few_contacts_too(cells):
    pair = pair_of(cells)
    low, high = ratio_range(pair)
    # The score may jump there.
    for inside, outside in ((1.00001 * low, 0.99999 * low), (0.99999 * high, 1.00001 * high)):
        if 0 < inside < math.inf:
            assert abs(score(pair, inside)) < BOUND < abs(score(pair, outside))


@given(st.integers(50, 5000), st.integers(50, 5000), st.data())
def test_the_reversed_ratio_has_the_inverse_range(of_g, of_h, data):
    events = [data.draw(st.integers(0, contacts)) for contacts in (of_g, of_h)]
    one, other = (ratio_range(pair_of([(events, (of_g, of_h))], g, h)) for g, h in ((1, 0), (0, 1)))
    assert one.low == pytest.approx(1 / other.high if other.high else math.inf, rel=1e-5)


@given(huge_cell_lists)
def test_the_ends_of_any_counts_are_numbers(cells):
    found = ratio_range(pair_of(cells))
    assert not math.isnan(found.low)
    assert not math.isnan(found.high)


@given(st.lists(cell_lists(), min_size=1, max_size=4))
def test_a_batch_of_campaigns_gives_each_its_own_range(campaigns):
    pairs = [pair_of(cells) for cells in campaigns]
    alone = [ratio_range(pair) for pair in pairs]
    found = ratio_range(joined(pairs))
    assert found.low == pytest.approx([float(one.low) for one in alone], rel=1e-5)
    assert found.high == pytest.approx([float(one.high) for one in alone], rel=1e-5)


class Counted(Pair):
    """Counts how often its events are read: twice for each score, twice for z."""

    reads = 0

    @property
    def m(self):
        type(self).reads += 1
        return super().m


@pytest.mark.parametrize(
    ("campaigns", "scores"),
    [
        ([ONE], 8),
        ([LARGER], 7),
        ([UNEVEN], 10),
        ([[((100, 100), (100, 100))]], 16),
        ([[((0, 10), (100, 100))]], 13),
        ([[((0, 298), (8, 298))]], 13),
        ([[((0, 0), (1, 3826))]], 2),
        ([TINY[0]], 14),
        ([TINY[6]], 88),
        ([TINY[6], ONE], 88),
        ([TINY[7]], 49),
        ([[((0, 1537), (13, 2125))], [((0, 1), (191, 1)), ((8, 2), (8, 2))]], 15),
    ],
)
def test_both_ends_are_found_in_few_steps(campaigns, scores):
    pair = joined([pair_of(cells) for cells in campaigns])
    Counted.reads = 0
    ratio_range(Counted(pair.x_g, pair.n_g, pair.x_h, pair.n_h))
    assert (Counted.reads - 2) // 2 <= scores
