"""How long a disk lasts is computed from how fast it fills."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.metrics.disk_forecast import GIB, Sample, in_words, reserve_of, time_left

START = datetime(2026, 11, 28, tzinfo=UTC)


def samples(*free, every=timedelta(minutes=10)):
    return [Sample(START + every * n, bytes_free) for n, bytes_free in enumerate(free)]


def test_a_steady_rate_is_continued():
    assert time_left(samples(300, 290, 280)) == timedelta(minutes=280)


@pytest.mark.parametrize(
    "taken",
    [
        [],
        samples(300),
        samples(300, 290, every=timedelta(minutes=9)),
        samples(300, 300),
        samples(300, 310),
        samples(10**15, 10**15 - 1),
    ],
)
def test_without_an_end_in_sight_there_is_no_forecast(taken):
    assert time_left(taken) is None


def test_a_temporary_file_does_not_change_the_rate():
    assert time_left(samples(300, 300, 200, 300, 300)) is None


def test_a_full_disk_has_no_time_left():
    assert time_left(samples(20, 10, 0)) == timedelta(0)


@given(st.lists(st.integers(0, 2**50), min_size=2, max_size=30))
def test_it_is_never_before_now_and_needs_a_disk_that_fills(free):
    left = time_left(samples(*free))
    assert left is None or left >= timedelta(0)
    if free == sorted(free):
        assert left is None


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(0), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=12, minutes=59), "12 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=3000), "3000 days"),
    ],
)
def test_the_forecast_in_words(left, words):
    assert in_words(left) == words


@pytest.mark.parametrize(
    ("total", "reserve"), [(0, 0), (1000, 100), (20 * GIB, 2 * GIB), (900 * GIB, 2 * GIB)]
)
def test_a_tenth_should_stay_free_but_never_more_than_a_tenth_of_20_gib(total, reserve):
    assert reserve_of(total) == reserve
