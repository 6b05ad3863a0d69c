"""Time windows and the steps of a chart; pure.

Counters exist by minute and by quarter of an hour (UTC), so a window covers whole quarters: then
all panels of a report cover the same opens, and a day can be one of any zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import cache

from foundation.timestamps import EPOCH

HOUR = timedelta(hours=1)
MINUTES_PER_HOUR = 60
# Every zone's offset is a whole number of quarters of an hour.
SLOT_MINUTES = 15
SLOT = timedelta(minutes=SLOT_MINUTES)
SLOTS_PER_HOUR = MINUTES_PER_HOUR // SLOT_MINUTES
YEARS = range(2000, 2100)


class Step(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


# The limit for points of a chart, whatever the times of the hits: those are from 2000 to 2200.
MAX_POINTS = 2_000
LONGEST_BY_MINUTE = timedelta(hours=6)
LONGEST_BY_HOUR = timedelta(days=10)
# A span begins and ends inside a step, and no month is shorter than 28 days.
LONGEST_BY_DAY = timedelta(days=MAX_POINTS - 2)
LONGEST_BY_MONTH = timedelta(days=28 * (MAX_POINTS - 2))


@dataclass(frozen=True)
class Window:
    """Whole quarters of an hour in a half-open interval; None is unbounded."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def covering(cls, since: datetime | None, until: datetime | None) -> "Window":
        """The whole quarters that contain every moment from `since` to `until`."""
        return cls(
            since and _floor(since),
            until and _floor(until + SLOT - timedelta(microseconds=1)),
        )

    @property
    def minutes(self) -> tuple[int | None, int | None]:
        """The first minute and the one after the last, counted from 1970."""
        return _minute(self.since), _minute(self.until)

    @property
    def slots(self) -> tuple[int | None, int | None]:
        first, end = self.minutes
        return _slot(first), _slot(end)


ALWAYS = Window()


def step_for(span: timedelta) -> Step:
    if span <= LONGEST_BY_MINUTE:
        return Step.MINUTE
    if span <= LONGEST_BY_HOUR:
        return Step.HOUR
    if span <= LONGEST_BY_DAY:
        return Step.DAY
    return Step.MONTH if span <= LONGEST_BY_MONTH else Step.YEAR


@cache
def slots_per_count(zone: tzinfo) -> int:
    """How many slots always fall in the same hour of the zone: 4 in most, 1 in Kolkata's."""
    months = (datetime(year, month, 1, tzinfo=UTC) for year in YEARS for month in range(1, 13))
    offsets = {month.astimezone(zone).utcoffset() for month in months}
    return 1 if any(offset % HOUR for offset in offsets if offset) else SLOTS_PER_HOUR


def start_of(minute: int, step: Step, zone: tzinfo) -> datetime:
    """The start of the step that a minute (since 1970) falls in; days and longer are the zone's."""
    at = (EPOCH + timedelta(minutes=minute)).astimezone(zone)
    if step is Step.MINUTE:
        return at.astimezone(UTC)
    if step is Step.HOUR:
        # In UTC, so that the hour that a zone repeats in autumn stays two steps.
        return _start_of_hour(at)
    day = _start_of_day(at, zone)
    if step is Step.DAY:
        return day
    return day.replace(day=1) if step is Step.MONTH else day.replace(month=1, day=1)


def whole_days(window: Window, *, now: datetime, zone: tzinfo) -> Window | None:
    """The days of the zone that lie in a window and are over; None if there is none."""
    last = min(now, window.until or now)
    end = _start_of_day(last, zone)
    if window.since is None:
        return Window(None, end)
    since = _start_of_day(window.since, zone)
    if since < window.since:
        since = _next_day(since, Step.DAY)
    return Window(since, end) if since < end else None


def starts(first: datetime, last: datetime, step: Step, zone: tzinfo) -> Iterator[datetime]:
    """The start of every step from `first` to `last`, which are starts themselves."""
    at = first
    while at <= last:
        yield at
        if step is Step.HOUR:
            # After a clock change of half an hour the next hour begins that much sooner.
            at = _start_of_hour((at + HOUR).astimezone(zone))
        elif step is Step.MINUTE:
            at += timedelta(minutes=1)
        else:
            at = _next_day(at.astimezone(zone), step)


def _next_day(at: datetime, step: Step) -> datetime:
    """Wall-clock arithmetic: a day of 23 or 25 hours counts as one."""
    if step is Step.DAY:
        return (at.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=at.tzinfo)
    if step is Step.YEAR or at.month == 12:
        return at.replace(year=at.year + 1, month=1)
    return at.replace(month=at.month + 1)


def weekday_and_hour(minute: int, zone: tzinfo) -> tuple[int, int]:
    """Monday is 0; both in local time."""
    at = (EPOCH + timedelta(minutes=minute)).astimezone(zone)
    return at.weekday(), at.hour


def _start_of_day(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _start_of_hour(local: datetime) -> datetime:
    return local.astimezone(UTC) - timedelta(minutes=local.minute)


def _floor(moment: datetime) -> datetime:
    return moment - (moment - EPOCH) % SLOT


def _minute(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // timedelta(minutes=1)


def _slot(minute: int | None) -> int | None:
    return None if minute is None else minute // SLOT_MINUTES
