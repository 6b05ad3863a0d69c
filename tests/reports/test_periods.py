"""Windows of whole quarters of an hour and the steps of a chart, daylight saving included."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foundation.timestamps import to_ms
from reports.periods import (
    MAX_POINTS,
    Step,
    Window,
    start_of,
    starts,
    step_for,
    weekday_and_hour,
)
from tracking.hits.event_log import EARLIEST, LATEST

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
QUARTER = timedelta(minutes=15)
ODD = (
    *("Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe", "Asia/Pyongyang"),
    *("America/Caracas", "America/St_Johns", "Asia/Colombo", "Europe/Berlin", "Pacific/Apia"),
)


def minute(*moment):
    return to_ms(datetime(*moment, tzinfo=UTC)) // 60_000


def test_a_window_covers_whole_quarters():
    window = Window.covering(
        datetime(2026, 3, 2, 9, 44, 59, tzinfo=UTC), datetime(2026, 3, 2, 11, 0, 1, tzinfo=UTC)
    )
    assert window.since == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert window.until == datetime(2026, 3, 2, 11, 15, tzinfo=UTC)
    assert window.minutes == (minute(2026, 3, 2, 9, 30), minute(2026, 3, 2, 11, 15))
    assert window.slots == tuple(m // 15 for m in window.minutes)


@pytest.mark.parametrize(
    "zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Europe/Berlin"]
)
def test_a_day_of_any_zone_is_a_window_of_24_hours(zone):
    midnight = datetime(2026, 3, 2, tzinfo=ZoneInfo(zone))
    window = Window.covering(midnight, midnight + timedelta(days=1))
    assert (window.since, window.until) == (midnight, midnight + timedelta(days=1))
    assert window.until - window.since == timedelta(hours=24)


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31)), zone=st.sampled_from(ODD))
def test_a_window_is_never_a_quarter_wider_than_asked_for(at, zone):
    at = at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    window = Window.covering(at, at + timedelta(seconds=1))
    assert at - QUARTER < window.since <= at
    assert at + timedelta(seconds=1) <= window.until < at + timedelta(seconds=1) + QUARTER


@pytest.mark.parametrize("zone", sorted(available_timezones() - {"Factory", "localtime"}))
def test_every_offset_is_of_whole_quarters(zone):
    """Of the years from 2000 on, which are those that are taken."""
    days = (datetime(year, month, 1, tzinfo=UTC) for year in (2000, 2010, 2026) for month in (1, 7))
    assert {day.astimezone(ZoneInfo(zone)).utcoffset() % QUARTER for day in days} == {timedelta(0)}


@given(
    first=st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 1), timezones=st.just(UTC)),
    hours=st.integers(0, 200),
    zone=st.sampled_from(ODD),
)
@example(first=datetime(2026, 4, 4, 10, tzinfo=UTC), hours=9, zone="Australia/Lord_Howe")
@example(first=datetime(2026, 10, 3, 10, tzinfo=UTC), hours=9, zone="Australia/Lord_Howe")
@example(first=datetime(2018, 5, 4, 10, tzinfo=UTC), hours=9, zone="Asia/Pyongyang")
def test_no_quarter_is_lost_between_the_steps(first, hours, zone):
    """Also where a clock is moved by half an hour, in the night of Lord Howe Island."""
    zone = ZoneInfo(zone)
    begin = to_ms(first) // 60_000
    for step in (Step.HOUR, Step.DAY):
        found = [start_of(begin + 15 * n, step, zone) for n in range(4 * hours + 1)]
        steps = list(starts(min(found), max(found), step, zone))
        assert set(found) <= set(steps)
        assert steps == sorted(set(steps))


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


def test_a_repeated_hour_is_two_steps():
    hours = [start_of(minute(2026, 10, 25, hour, 10), Step.HOUR, BERLIN) for hour in (0, 1)]
    assert hours[1] - hours[0] == timedelta(hours=1)


MINUTES = st.integers(EARLIEST // 60, LATEST // 60)


@settings(deadline=None)
@given(MINUTES, MINUTES, st.sampled_from([UTC, BERLIN, KOLKATA]))
@example(EARLIEST // 60, LATEST // 60, BERLIN)
@example(EARLIEST // 60, EARLIEST // 60 + 1_998 * 1_440, BERLIN)
@example(EARLIEST // 60, EARLIEST // 60 + 28 * 1_998 * 1_440, BERLIN)
def test_no_series_has_more_points_than_a_chart_can_show(one, other, zone):
    first, last = sorted((one, other))
    step = step_for(timedelta(minutes=last - first))
    ends = start_of(first, step, zone), start_of(last, step, zone)
    points = list(starts(*ends, step, zone))
    assert len(points) <= MAX_POINTS
    assert (points[0], points[-1]) == ends
    assert points == sorted(set(points))
