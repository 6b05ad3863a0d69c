"""The evidence that events come sooner in one group: known values and laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.verdict import watching
from reports.verdict.deciding import Pair
from reports.verdict.watching import THETAS, log_evidence, log_likelihoods, mixture, threshold
from tests.reports.verdict.cells import CELLS, cell_lists, huge_cell_lists, joined, pair_of


@pytest.mark.parametrize(
    ("name", "g", "h", "expected"),
    [
        ("C1", 1, 0, 3.182408),
        ("C1", 0, 1, -2.557614),
        ("C2", 1, 0, 8.698806),
        ("C3", 2, 0, 12.366703),
        ("C3", 2, 1, 8.342522),
        ("C4", 1, 0, 2.230246),
    ],
)
def test_the_evidence_of_known_cells(name, g, h, expected):
    assert log_evidence(pair_of(CELLS[name], g, h)) == pytest.approx(expected, rel=0, abs=5e-7)


@pytest.mark.parametrize(
    ("groups", "expected"), [(2, 5.298317), (3, 5.703782), (4, 5.991465), (5, 6.214608)]
)
def test_the_threshold_rises_with_the_groups(groups, expected):
    assert threshold(groups) == pytest.approx(expected, rel=0, abs=5e-7)


def test_sixteen_strengths_are_averaged_over():
    assert (len(THETAS), THETAS[0], THETAS[-1]) == (16, pytest.approx(0.03), pytest.approx(2.0))
    assert np.diff(np.log(THETAS)) == pytest.approx(math.log(2 / 0.03) / 15)


def naive(cells, g, h):
    """The definition, computed with Python's numbers."""
    sums = []
    for k in range(16):
        theta = 0.03 * (2 / 0.03) ** (k / 15)
        total = 0.0
        for events, contacts in cells:
            if contacts[g] and contacts[h]:
                p = contacts[g] / (contacts[g] + contacts[h])
                total += events[g] * theta
                total -= (events[g] + events[h]) * math.log(1 - p + p * math.exp(theta))
        sums.append(total)
    most = max(sums)
    return most + math.log(math.fsum(math.exp(one - most) for one in sums) / 16)


@given(cell_lists(groups=3))
def test_the_evidence_is_what_its_definition_says(cells):
    assert log_evidence(pair_of(cells, 2, 0)) == pytest.approx(naive(cells, 2, 0), abs=1e-8)


@given(cell_lists())
def test_swapping_the_groups_changes_the_sign_of_theta(cells):
    one, other = pair_of(cells), pair_of(cells, 0, 1)
    mirrored = log_likelihoods(one, -THETAS).sum(axis=-2)
    assert log_evidence(other) == pytest.approx(mixture(mirrored), abs=1e-9)


@given(cell_lists())
def test_never_both_groups_have_evidence(cells):
    pairs = pair_of(cells), pair_of(cells, 0, 1)
    assert min(log_evidence(pair) for pair in pairs) <= 1e-9


@given(cell_lists(), st.randoms(use_true_random=False))
def test_the_order_of_cells_changes_nothing(cells, random):
    shuffled = random.sample(cells, len(cells))
    assert log_evidence(pair_of(shuffled)) == pytest.approx(log_evidence(pair_of(cells)), abs=1e-9)


@given(cell_lists())
def test_cells_with_nobody_in_one_group_say_nothing(cells):
    silent = [((7, 0), (9, 0)), ((0, 3), (0, 3)), ((0, 0), (5, 5)), ((0, 0), (0, 0))]
    assert log_evidence(pair_of(cells + silent)) == pytest.approx(log_evidence(pair_of(cells)))


@given(st.lists(cell_lists(), min_size=1, max_size=4))
def test_a_batch_of_campaigns_gives_each_its_own_evidence(campaigns):
    pairs = [pair_of(cells) for cells in campaigns]
    alone = [float(log_evidence(pair)) for pair in pairs]
    assert log_evidence(joined(pairs)) == pytest.approx(alone, abs=1e-9)


@given(huge_cell_lists)
def test_the_evidence_of_any_counts_is_a_number(cells):
    assert math.isfinite(log_evidence(pair_of(cells)))


def test_without_events_there_is_no_evidence():
    assert log_evidence(pair_of([])) == 0
    assert log_evidence(pair_of([((0, 0), (100, 100))])) == 0


@given(st.integers(2, 40), st.integers(1, 40), st.integers(1, 40))
def test_without_a_difference_its_mean_is_at_most_one(events, of_g, of_h):
    """Summed over all distributions of a cell's events over the groups."""
    events = min(events, of_g + of_h)
    split = np.arange(max(0, events - of_h), min(events, of_g) + 1)
    ways = [math.comb(of_g, x) * math.comb(of_h, events - x) for x in split.tolist()]
    size = (len(split), 1)
    some = np.ones(size)
    pair = Pair(split[:, None] * 1.0, of_g * some, (events - split)[:, None] * 1.0, of_h * some)
    chances = np.array(ways, dtype=float) / math.comb(of_g + of_h, events)
    assert (chances * np.exp(log_evidence(pair))).sum() <= 1 + 1e-9


def test_the_bounds_are_those_of_the_method():
    assert (watching.ALPHA, watching.ALPHA_PROMISING) == (0.01, 0.3)
    assert (watching.MIN_EVENTS, watching.MIN_AGE) == (100, 240)
    assert watching.MIN_EVENTS_OF_GUARD_RAIL == 10
