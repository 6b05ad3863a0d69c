"""Windows of whole hours and the steps of a chart, daylight saving included."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracking.eventlog import EARLIEST, LATEST
from tracking.periods import (
    MAX_POINTS,
    Step,
    Window,
    start_of,
    starts,
    step_for,
    weekday_and_hour,
)
from tracking.timestamps import to_ms

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")


def minute(*moment):
    return to_ms(datetime(*moment, tzinfo=UTC)) // 60_000


def test_a_window_covers_whole_hours():
    window = Window.covering(
        datetime(2026, 3, 2, 9, 30, tzinfo=UTC), datetime(2026, 3, 2, 11, 0, 1, tzinfo=UTC)
    )
    assert window.since == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert window.until == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert window.minutes == (minute(2026, 3, 2, 9), minute(2026, 3, 2, 12))


def test_a_window_that_ends_on_the_hour_ends_there():
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert Window.covering(None, noon) == Window(None, noon)


@pytest.mark.parametrize(
    ("span", "step"),
    [
        (timedelta(0), Step.MINUTE),
        (timedelta(hours=6), Step.MINUTE),
        (timedelta(hours=6, minutes=1), Step.HOUR),
        (timedelta(days=10), Step.HOUR),
        (timedelta(days=10, minutes=1), Step.DAY),
        (timedelta(days=1_998), Step.DAY),
        (timedelta(days=1_999), Step.MONTH),
        (timedelta(days=153 * 365), Step.MONTH),
        (timedelta(days=200 * 365), Step.YEAR),
    ],
)
def test_the_step_follows_the_span(span, step):
    assert step_for(span) is step


def test_days_and_hours_are_the_zones():
    at = minute(2026, 3, 1, 23, 45)
    assert start_of(at, Step.DAY, BERLIN) == datetime(2026, 3, 2, tzinfo=BERLIN)
    assert start_of(at, Step.HOUR, KOLKATA) == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert weekday_and_hour(at, BERLIN) == (0, 0)


def test_every_day_is_one_step_when_the_clocks_change():
    first = start_of(minute(2026, 3, 28, 12), Step.DAY, BERLIN)
    last = start_of(minute(2026, 3, 30, 12), Step.DAY, BERLIN)
    days = list(starts(first, last, Step.DAY, BERLIN))
    assert [day.day for day in days] == [28, 29, 30]
    assert days[2].astimezone(UTC) - days[1].astimezone(UTC) == timedelta(hours=23)


def test_the_hour_that_comes_twice_is_two_steps():
    hours = [start_of(minute(2026, 10, 25, hour, 10), Step.HOUR, BERLIN) for hour in (0, 1)]
    assert hours[1] - hours[0] == timedelta(hours=1)


MINUTES = st.integers(EARLIEST // 60, LATEST // 60)


@settings(deadline=None)
@given(MINUTES, MINUTES, st.sampled_from([UTC, BERLIN, KOLKATA]))
@example(EARLIEST // 60, LATEST // 60, BERLIN)
@example(EARLIEST // 60, EARLIEST // 60 + 1_998 * 1_440, BERLIN)
@example(EARLIEST // 60, EARLIEST // 60 + 28 * 1_998 * 1_440, BERLIN)
def test_no_span_of_hits_has_more_points_than_a_chart_takes(one, other, zone):
    first, last = sorted((one, other))
    step = step_for(timedelta(minutes=last - first))
    ends = start_of(first, step, zone), start_of(last, step, zone)
    points = list(starts(*ends, step, zone))
    assert len(points) <= MAX_POINTS
    assert (points[0], points[-1]) == ends
    assert points == sorted(set(points))
