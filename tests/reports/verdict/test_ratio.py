"""The range of the ratio of shares: known values, its ends, and that it agrees with the test."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.verdict.deciding import BOUND, z_of
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


@pytest.mark.parametrize("of_g", [100, 1000, 7777])
def test_so_it_is_next_to_the_bound_whatever_is_rounded(of_g):
    """Events are no whole numbers here, to come as close to the bound as numbers do."""
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


@given(st.integers(50, 5000), st.integers(50, 5000), st.data())
def test_the_other_way_round_it_is_one_over_it(of_g, of_h, data):
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
