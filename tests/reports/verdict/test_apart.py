"""When two groups were sent at times too different to be compared."""

import math
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.verdict.apart import (
    Delivered,
    DueTimes,
    Timing,
    delays_told,
    delivered_apart,
    sent_apart,
    tolerance,
)


def due(*slots):
    """From the due minutes of each slot's contacts."""
    sums = ([len(some), sum(some), sum(one * one for one in some)] for some in slots)
    return DueTimes.of(*zip(*sums, strict=True))


def timing(g, h):
    return Timing(due(*g), due(*h))


@pytest.mark.parametrize(
    ("minutes", "events", "apart"),
    [
        (0, 0, False),
        (10, 0, False),
        (11, 0, True),
        (11, 100, True),
        (10, 225, False),
        (6, 900, True),
        (5, 900, False),
        (2, 10_000, True),
        (1, 10_000, False),
    ],
)
def test_the_more_events_the_closer_groups_must_lie(minutes, events, apart):
    found = timing([[0] * 100], [[minutes] * 100])
    assert sent_apart(found, events=events) == apart
    assert sent_apart(Timing(found.h, found.g), events=events) == apart


@pytest.mark.parametrize(
    ("g", "h", "apart"),
    [
        ([[0] * 100, []], [[], [0] * 100], True),
        ([[0] * 51, [0] * 49], [[], [0] * 100], True),
        ([[0] * 50, [0] * 50], [[], [0] * 100], False),
        ([[0] * 10, [0] * 9], [[0] * 900, []], False),
        ([[0] * 9, [0] * 10], [[0] * 900, []], True),
        ([[], []], [[0], [0]], True),
    ],
)
def test_half_of_the_smaller_group_must_share_slots(g, h, apart):
    assert sent_apart(timing(g, h), events=0) == apart
    assert sent_apart(timing(h, g), events=0) == apart


def test_the_distance_is_weighed_by_slots():
    found = timing([[0] * 30, [10] * 10], [[6] * 60, [0] * 10])
    assert found.apart == pytest.approx((20 * -6 + 5 * 10) / 25)


def test_the_deviation_by_chance_comes_from_the_scatter_within_groups():
    found = timing([[0, 4]], [[1, 3, 5]])
    assert found.by_chance == pytest.approx(math.sqrt((8 + 8) / 3 * (1 / 2 + 1 / 3)))


@pytest.mark.parametrize(
    ("g", "h", "apart", "by_chance", "shared"),
    [
        ([[4]], [[10]], -6, 0, 1),
        ([[0, 4]], [[1]], 1, math.sqrt(8 * (1 / 2 + 1)), 1),
        ([[1]], [[0, 4]], -1, math.sqrt(8 * (1 + 1 / 2)), 1),
        ([[5, 5]], [[7]], -2, 0, 1),
        ([[0], []], [[], [9]], 0, 0, 0),
        ([[], []], [[], []], 0, 0, 0),
    ],
)
def test_slots_of_very_few_contacts_count_as_they_are(g, h, apart, by_chance, shared):
    found = timing(g, h)
    assert found.apart == pytest.approx(apart)
    assert found.by_chance == pytest.approx(by_chance)
    assert found.shared == shared


def test_the_tolerance_is_ten_minutes_less_with_many_events_and_three_deviations_at_least():
    together, scattered = timing([[0] * 100], [[0] * 100]), timing([[0, 90] * 9], [[0, 90] * 9])
    assert tolerance(together, events=0) == 10
    assert tolerance(together, events=225) == 10
    assert tolerance(together, events=900) == 5
    assert tolerance(scattered, events=900) == pytest.approx(3 * scattered.by_chance)
    assert scattered.by_chance > 10


def test_groups_mixed_at_random_in_a_wide_slot_are_not_apart():
    random = np.random.default_rng(7)
    flagged = 0
    for _ in range(400):
        minutes = random.integers(0, 1440, 400)
        found = timing([minutes[:200].tolist()], [minutes[200:].tolist()])
        flagged += sent_apart(found, events=5000)
        assert tolerance(found, events=5000) > 100
    assert flagged <= 5


def test_one_group_in_the_morning_and_one_in_the_evening_are_apart():
    morning, evening = list(range(0, 400, 2)), list(range(700, 1100, 2))
    assert sent_apart(timing([morning], [evening]), events=5000)


@given(st.lists(st.lists(st.integers(0, 1439), max_size=5), min_size=2, max_size=2), st.data())
def test_due_times_of_any_slots_give_a_number(g, data):
    h = data.draw(st.lists(st.lists(st.integers(0, 10_079), max_size=5), min_size=2, max_size=2))
    one, other = timing(g, h), timing(h, g)
    assert one.apart == pytest.approx(-other.apart)
    assert math.isfinite(tolerance(one, events=data.draw(st.integers(0, 10**8))))
    assert 0 <= one.shared <= 1


def test_sums_of_ten_million_contacts_keep_their_scatter():
    whole = DueTimes.of([10**7], [10**7 * 10_000], [10**7 * (10_000**2 + 25)])
    assert whole.scatter[0] / 10**7 == pytest.approx(25)


@pytest.mark.parametrize(
    ("g", "h", "told", "apart"),
    [
        (None, Delivered(100, 0), False, False),
        (Delivered(79, 0), Delivered(100, 99), False, False),
        (Delivered(80, 0), Delivered(80, 10), True, False),
        (Delivered(80, 6), Delivered(80, 5), True, False),
        (Delivered(80, 0), Delivered(80, 11), True, True),
        (Delivered(80, 11), Delivered(80, 0), True, True),
    ],
)
def test_delays_count_if_they_are_known_for_most_contacts(g, h, told, apart):
    found = timing([[0] * 100], [[0] * 100])
    assert delays_told(found, g, h) == told
    assert delivered_apart(found, g, h, events=0) == apart


@pytest.mark.parametrize("one", [due([0]), timing([[0]], [[0]]), Delivered(1, 0.0)])
def test_times_cannot_be_changed(one):
    with pytest.raises(FrozenInstanceError):
        setattr(one, fields(one)[0].name, None)
