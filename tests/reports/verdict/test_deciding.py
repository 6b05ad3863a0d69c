"""Whether one group's share is larger: known values and laws."""

import math
from dataclasses import FrozenInstanceError
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.verdict.deciding import BOUND, excess, leader, variance, z, z_matrix, z_of
from tests.reports.verdict.cells import cell_lists, huge_cell_lists, joined, pair_of

ONE = [((200, 240), (1000, 1000))]
LARGER = [((1000, 1200), (5000, 5000))]
SLOTS = [((30, 45), (200, 210)), ((60, 70), (300, 280))]
UNEVEN = [((100, 22), (9000, 1000))]
THREE = [((200, 210, 260), (1000, 1000, 1000))]


def digits(expected):
    return pytest.approx(expected, rel=0, abs=5e-7)


@pytest.mark.parametrize(
    ("cells", "u", "h", "z"),
    [
        (ONE, 20, 85.842921, 2.158628),
        (LARGER, 100, 429.042904, 4.827804),
        (SLOTS, 13.826745, 40.577476, 2.170588),
        (UNEVEN, 9.8, 10.847129, 2.975560),
    ],
)
def test_known_slots(cells, u, h, z):
    pair = pair_of(cells)
    assert excess(pair).sum() == digits(u)
    assert variance(pair).sum() == digits(h)
    assert z_of(pair) == digits(z)


def test_the_leader_of_three_is_judged_against_the_closest_group():
    events, contacts = zip(*THREE, strict=True)
    matrix = z_matrix(events, contacts)
    assert matrix[2, 0] == digits(3.187266)
    assert matrix[2, 1] == digits(2.636221)
    who, least = leader(matrix)
    assert (who, least) == (2, digits(2.636221))


def test_many_campaigns_have_a_table_of_z_each():
    matrix = z_matrix(np.ones((2, 5, 3)), np.full((2, 5, 3), 10))
    assert matrix.shape == (2, 3, 3)
    matrix[1, 2], matrix[:, 0, 1:] = 3.0, -2.0
    led_by, least = leader(matrix)
    assert (led_by.tolist(), least.tolist()) == ([1, 2], [0.0, 3.0])


def test_the_bound_is_the_upper_two_per_cent_point():
    assert math.erfc(BOUND / math.sqrt(2)) / 2 == pytest.approx(0.02, abs=1e-8)


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [((0, 0), (0, 0))],
        [((0, 0), (100, 100))],
        [((100, 50), (100, 50))],
        [((10, 0), (20, 0))],
        [((0, 1), (0, 1))],
        [((1, 0), (1, 0)), ((0, 5), (0, 9))],
    ],
)
def test_where_nothing_can_differ_z_is_0(cells):
    assert z_of(pair_of(cells)) == 0


def test_the_groups_parts_of_a_slot_make_the_whole_of_it():
    pair = pair_of([((0, 0), (300, 100)), ((0, 0), (1, 1)), ((0, 0), (5, 0))])
    assert pair.share_of_h.tolist() == [0.75, 0.5, 0]
    assert pair.share_of_g.tolist() == [0.25, 0.5, 0]


@pytest.mark.filterwarnings("error")
def test_without_any_spread_nothing_is_a_deviation():
    assert z(np.array([5.0, 6.0]), np.array([0.0, 4.0])).tolist() == [0, 3]


def test_a_slot_in_which_one_group_has_nobody_is_empty():
    for cell in ([((0, 3), (0, 9))], [((3, 0), (9, 0))]):
        pair = pair_of(cell)
        assert (pair.m.sum(), pair.n_g.sum(), pair.n_h.sum()) == (0, 0, 0)


@given(cell_lists())
def test_swapping_the_groups_changes_the_sign(cells):
    pair, other = pair_of(cells), pair_of(cells, 0, 1)
    assert z_of(other) == pytest.approx(-z_of(pair), abs=1e-9)


@given(cell_lists(), st.randoms(use_true_random=False))
def test_the_order_of_slots_changes_nothing(cells, random):
    shuffled = random.sample(cells, len(cells))
    assert z_of(pair_of(shuffled)) == pytest.approx(z_of(pair_of(cells)), abs=1e-9)


@given(cell_lists(groups=3, smallest=1))
def test_the_order_of_groups_changes_nothing(cells):
    events, contacts = (np.array(column) for column in zip(*cells, strict=True))
    matrix = z_matrix(events, contacts)
    for order in permutations(range(3)):
        shuffled = z_matrix(events[:, order], contacts[:, order])
        assert shuffled == pytest.approx(matrix[np.ix_(order, order)], abs=1e-9)


@given(cell_lists(), st.integers(2, 50))
def test_repeating_the_slots_multiplies_z_by_the_root_of_their_number(cells, times):
    expected = z_of(pair_of(cells)) * math.sqrt(times)
    assert z_of(pair_of(cells * times)) == pytest.approx(expected, abs=1e-7)


@given(huge_cell_lists)
def test_z_of_any_counts_is_a_number(cells):
    assert math.isfinite(z_of(pair_of(cells)))


@given(st.lists(cell_lists(), min_size=1, max_size=4))
def test_a_batch_of_campaigns_gives_each_its_own_z(campaigns):
    pairs = [pair_of(cells) for cells in campaigns]
    assert z_of(joined(pairs)) == pytest.approx([float(z_of(one)) for one in pairs], abs=1e-9)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 24))
def test_h_is_the_variance_of_u_over_all_distributions_of_the_events(of_g, of_h, events):
    events = min(events, of_g + of_h)
    ways = {
        x: math.comb(of_g, x) * math.comb(of_h, events - x)
        for x in range(max(0, events - of_h), min(events, of_g) + 1)
    }
    mean = events * of_g / (of_g + of_h)
    expected = sum(count * (x - mean) ** 2 for x, count in ways.items()) / sum(ways.values())
    pair = pair_of([((events, 0), (of_g, of_h))], 0, 1)
    assert variance(pair).sum() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cells", "enough"),
    [
        ([((20, 20), (50, 50))], True),
        ([((20, 19), (50, 50))], False),
        ([((20, 20), (49, 500))], False),
        ([((39, 1), (350, 50))], True),
        ([((39, 1), (351, 50))], False),
        ([((20, 20), (50, 50)), ((9, 0), (9, 0))], True),
        ([((20, 19), (50, 50)), ((9, 0), (9, 0))], False),
    ],
)
def test_only_slots_of_both_groups_count_for_the_minimum(cells, enough):
    assert pair_of(cells).suffices() == enough
    assert pair_of(cells, 0, 1).suffices() == enough


def test_a_pair_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        pair_of(ONE).n_g = np.zeros(1)
