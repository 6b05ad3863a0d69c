"""How many contacts a difference needs, and what the contacts at hand will find."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.verdict import deciding
from reports.verdict.deciding import Pair
from reports.verdict.planning import (
    Events,
    contacts_to_find,
    least_power,
    power,
    smallest_share_found,
)


@pytest.mark.parametrize(
    ("contacts", "share", "limits", "chances"),
    [
        (
            10,
            0.3,
            [-1, 0, 2.9, 3 - 1e-10, 9, 10],
            [0, 0.0282475, 0.3827828, 0.6496107, 0.9999941, 1],
        ),
        (1, 0.5, [-0.5, 0, 0.5, 1], [0, 0.5, 0.5, 1]),
        (50, 0.0, [-1, 0, 50], [0, 1, 1]),
        (50, 1.0, [49, 50], [0, 1]),
        (10_000, 1e-300, [-1, 0], [0, 1]),
        (10_000, 1 - 2**-53, [9999, 10_000], [0, 1]),
        (1000, 0.5, [450, 500, 550], [0.0008653, 0.5126125, 0.9993041]),
        # Taken for normally distributed from a deviation of 50 on.
        (10_000, 0.5, [4999, 5000, 5100], [0.4960107, 0.5039893, 0.9777844]),
        (9999, 0.5, [4999], [0.5]),
    ],
)
def test_the_chance_of_at_most_so_many_events(contacts, share, limits, chances):
    found = Events.of(contacts, share).at_most(np.array(limits))
    assert found == pytest.approx(chances, rel=0, abs=1e-7)


@pytest.mark.parametrize(
    ("contacts", "share"), [(10, 0.3), (3000, 0.01), (9999, 0.5), (10**6, 0.3)]
)
def test_the_chances_of_events_have_their_mean_and_deviation(contacts, share):
    events = Events.of(contacts, share)
    mean = (events.numbers * events.chances).sum()
    variance = ((events.numbers - mean) ** 2 * events.chances).sum()
    assert events.chances.sum() == pytest.approx(1)
    assert mean == pytest.approx(events.mean) == pytest.approx(contacts * share)
    assert math.sqrt(variance) == pytest.approx(events.deviation, rel=1e-6)


@pytest.mark.parametrize(
    ("contacts", "share", "first", "last", "count"),
    [
        # As many as there may be, and of many those within twelve deviations and forty more.
        (10, 0.3, 0, 10, 11),
        (3000, 0.01, 0, 30 + 105, 136),
        (3000, 0.5, 1131, 1868, 738),
        # From a deviation of 50 on 241 of them, over six deviations to either side.
        (10_000, 0.5, 4700, 5300, 241),
        (10**6, 0.5, 497_000, 503_000, 241),
    ],
)
def test_the_numbers_of_events_go_as_far_as_they_matter(contacts, share, first, last, count):
    numbers = Events.of(contacts, share).numbers
    assert (numbers[0], numbers[-1], len(numbers)) == (first, last, count)
    assert (np.diff(numbers) > 0).all()


def test_events_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Events.of(10, 0.3).mean = 4.0


RUNS = 4000
BEST, POINTS = 0.8, 0.03
GRID = [
    (share, sizes, better)
    for share in (0.01, 0.05, 0.2, 0.6)
    for size in (500, 5000, 20_000)
    for sizes, better in (
        ((size, size), 1),
        ((9 * size // 5, size // 5), 0),
        ((9 * size // 5, size // 5), 1),
        ((size,) * 3, 0),
        ((size,) * 5, 0),
        ((9 * size // 5, size // 5, size), 1),
    )
]


def is_called(events, *, sizes, better):
    """Whether the rule of the decision calls the better group, all due in one slot."""
    events = events.astype(float)[:, None, :]
    contacts = np.broadcast_to(np.array(sizes, dtype=float), events.shape)
    leader, least = deciding.leader(deciding.z_matrix(events, contacts))
    right = (leader == better) & (least >= deciding.BOUND)
    for other in range(len(sizes)):
        if other != better:
            right &= Pair.of(events, contacts, g=better, h=other).suffices()
    return right


def shares_of(share, larger, *, sizes, better):
    return [larger if group == better else share for group in range(len(sizes))]


def chance_added_up(share, larger, *, sizes, better):
    """The chance to be called, over all numbers of events that the groups may have."""
    shares = shares_of(share, larger, sizes=sizes, better=better)
    chances = np.ones(1)
    for n, part in zip(sizes, shares, strict=True):
        own = [math.comb(n, x) * part**x * (1 - part) ** (n - x) for x in range(n + 1)]
        chances = np.multiply.outer(chances, own)
    events = np.indices([n + 1 for n in sizes]).reshape(len(sizes), -1).T
    return chances.reshape(-1)[is_called(events, sizes=sizes, better=better)].sum()


@pytest.mark.parametrize(
    ("share", "larger", "sizes", "better"),
    [
        (0.2, 0.4, (60, 80), 0),
        (0.2, 0.4, (60, 80), 1),
        (0.0, 0.45, (100, 100), 0),
        (0.25, 0.3, (70, 70), 1),
        (0.6, 1.0, (50, 50), 0),
        (0.97, 1.0, (200, 200), 0),
        (0.08, 0.2, (50, 450), 0),
        (0.08, 0.2, (50, 450), 1),
        (0.3, 0.5, (50, 55, 60), 0),
        (0.3, 0.5, (50, 60, 55), 1),
    ],
)
def test_planned_power_is_what_all_numbers_of_events_add_up_to(share, larger, sizes, better):
    planned = power(share, larger, contacts=sizes, better=better)
    exact = chance_added_up(share, larger, sizes=sizes, better=better)
    assert planned == pytest.approx(exact, rel=1e-9, abs=1e-12)


def called(share, larger, *, sizes, better, runs, random):
    """How often the rule of the decision calls the better group."""
    shares = shares_of(share, larger, sizes=sizes, better=better)
    events = random.binomial(sizes, shares, size=(runs, len(sizes)))
    return is_called(events, sizes=sizes, better=better).mean()


def share_with_power(share, wanted, *, sizes, better):
    low, high = share, 1.0
    for _ in range(25):
        middle = (low + high) / 2
        enough = power(share, middle, contacts=sizes, better=better) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return high


@pytest.mark.parametrize(("share", "sizes", "better"), GRID)
def test_planned_power_is_that_of_the_decision(share, sizes, better):
    random = np.random.default_rng([1, round(100 * share), *sizes, better])
    for wanted in (0.3, BEST):
        larger = share_with_power(share, wanted, sizes=sizes, better=better)
        planned = power(share, larger, contacts=sizes, better=better)
        seen = called(share, larger, sizes=sizes, better=better, runs=RUNS, random=random)
        assert abs(planned - seen) < POINTS


def test_with_equal_shares_two_of_a_hundred_are_called():
    assert power(0.2, 0.2, contacts=(5000, 5000), better=0) == pytest.approx(0.02, abs=0.001)


def test_more_groups_need_more():
    chances = [power(0.2, 0.24, contacts=(2000,) * groups, better=0) for groups in (2, 3, 5, 10)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] - chances[-1] > 0.15


def test_a_group_that_is_too_small_to_compare_finds_nothing():
    assert power(0.2, 1.0, contacts=(49, 5000), better=0) == 0
    assert power(0.2, 1.0, contacts=(50, 5000), better=0) > 0.99


@example(share=5e-324, part=0.0, sizes=[50, 50])
@example(share=0.1, part=0.99, sizes=[333, 333])
@given(
    st.floats(0, 0.99),
    st.floats(0, 1),
    st.lists(st.integers(50, 50_000), min_size=2, max_size=5),
)
def test_a_chance_is_one_for_any_groups_and_shares(share, part, sizes):
    larger = share + part * (1 - share)
    assert 0 <= least_power(share, larger, contacts=sizes) <= 1


@pytest.mark.parametrize(
    ("share", "larger", "sizes", "hardest"),
    [
        (0.2, 0.24, (9000, 1000, 3000), 1000),
        (0.01, 0.02, (1000, 9000, 3000), 3000),
        (0.01, 0.02, (1000, 9000), 9000),
    ],
)
def test_the_least_power_is_that_of_the_group_that_is_hardest_to_find(
    share, larger, sizes, hardest
):
    chances = {
        size: power(share, larger, contacts=sizes, better=group) for group, size in enumerate(sizes)
    }
    least = least_power(share, larger, contacts=sizes)
    assert least == chances[hardest] == min(chances.values())
    assert least < max(chances.values()) - 0.05


@pytest.mark.parametrize(
    ("share", "contacts", "expected"),
    [
        (0.20, (1500, 1500), 0.24389),
        (0.20, (1000, 1000), 0.25416),
        (0.20, (1500,) * 3, 0.24902),
        (0.01, (1000, 9000), 0.02277),
        (0.0, (100, 100), 0.43684),
        (0.0, (10**7, 10**7), 0.00001),
        # A group of the size between is the hardest to find.
        (0.01, (1000, 9000, 3000), 0.02402),
    ],
)
def test_what_the_groups_at_hand_find(share, contacts, expected):
    found = smallest_share_found(share, contacts=contacts)
    assert found == pytest.approx(expected, abs=2e-5)
    assert least_power(share, found, contacts=contacts) >= BEST
    assert least_power(share, share + 0.9998 * (found - share), contacts=contacts) < BEST


@pytest.mark.parametrize(
    ("share", "contacts"), [(1.0, (500, 500)), (0.99, (100, 100)), (0.2, (500,)), (0.2, (10, 10))]
)
def test_some_find_nothing(share, contacts):
    assert smallest_share_found(share, contacts=contacts) is None


@pytest.mark.parametrize(
    ("share", "larger", "weights", "expected"),
    [
        (0.20, 0.22, (0.5, 0.5), 14_000),
        (0.20, 0.24, (0.5, 0.5), 3600),
        (0.20, 0.24, (0.9, 0.1), 10_200),
        (0.20, 0.24, (0.25,) * 4, 9850),
        (0.0, 1.0, (0.5, 0.5), 100),
        (0.01, 0.02, (0.9, 0.1), 14_900),
        # With 50 contacts in the smallest group everything is found.
        (0.0, 1.0, (0.9, 0.1), 500),
        (0.0, 1.0, (0.3, 0.7), 167),
        (0.5, 0.5001, (0.9, 0.1), 2_330_000_000),
    ],
)
def test_what_a_difference_needs(share, larger, weights, expected):
    found = contacts_to_find(share, larger, weights=weights)
    assert found == expected
    sizes = [round(found * weight) for weight in weights]
    assert least_power(share, larger, contacts=sizes) >= BEST - 0.001


@pytest.mark.parametrize(
    ("share", "larger", "weights"),
    [(0.2, 0.2, (0.5, 0.5)), (0.3, 0.2, (0.5, 0.5)), (1.0, 1.0, (0.5, 0.5)), (0.2, 0.3, (1.0,))],
)
def test_no_number_of_contacts_finds_a_difference_that_does_not_exist(share, larger, weights):
    assert contacts_to_find(share, larger, weights=weights) is None
