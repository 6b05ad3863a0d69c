"""A campaign's spending by day compared with an even pace; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from discounts.rules import Terms, local_day, start_of_day

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
# A longer campaign shows the days around now.
MOST_DAYS = 366
DAYS_BEFORE_NOW = 300


@dataclass(frozen=True, kw_only=True)
class DayOfUse:
    """The usage of a campaign on one of its local days, without cancelled usages."""

    day: date
    redemptions: int
    spent_minor: int
    cancelled: int


@dataclass(frozen=True, kw_only=True)
class PaceDay:
    """A day of a campaign with the actual and the even-paced spending at its end.

    `use` and `used_minor` are None for future days; today ends now, the last day with the campaign.
    """

    day: date
    ends: datetime
    use: DayOfUse | None
    used_minor: int | None
    pace_minor: int


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Where the first of the days begins, at the earliest with the campaign."""

    at: datetime
    used_minor: int
    pace_minor: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """The days that are shown: from `midnight` on, the spending from `begins` on."""

    zone: str
    as_of: datetime
    midnight: datetime
    begins: Opening
    days: Sequence[PaceDay]


def pace_minor(terms: Terms, moment: datetime) -> int:
    """The spending at an even pace from start to end by a moment."""
    gone = min(max(moment, terms.start_date), terms.end_date) - terms.start_date
    # In integers: a timedelta times a large budget would overflow.
    whole = (terms.end_date - terms.start_date) // MICROSECOND
    return terms.total_budget_minor * (gone // MICROSECOND) // whole


def course_of(terms: Terms, days: Sequence[DayOfUse], *, zone: str, now: datetime) -> Course:
    paced = pace_by_day(terms, days, zone=zone, now=now)
    first = paced[0].day
    return Course(
        zone=zone,
        as_of=now,
        midnight=start_of_day(first, zone=zone),
        begins=opening(terms, days, first=first, zone=zone),
        days=paced,
    )


def pace_by_day(
    terms: Terms, days: Iterable[DayOfUse], *, zone: str, now: datetime
) -> list[PaceDay]:
    """Every day of the campaign, at most MOST_DAYS; including days without usages."""
    by_day = {day.day: day for day in days}
    today = local_day(now, zone=zone)
    first, count = _shown(today, *_span(terms, by_day, zone))
    used = used_before(first, by_day.values())
    paced = []
    for day in (first + n * DAY for n in range(count)):
        use = by_day.get(day, _idle(day)) if day <= today else None
        if use:
            used += use.spent_minor
        end = now if day == today else start_of_day(day + DAY, zone=zone)
        paced.append(
            PaceDay(
                day=day,
                ends=_end_of(terms, start_of_day(day, zone=zone), end),
                use=use,
                used_minor=used if use else None,
                pace_minor=pace_minor(terms, end),
            )
        )
    return paced


def opening(terms: Terms, days: Iterable[DayOfUse], *, first: date, zone: str) -> Opening:
    """What a drawing of the days from the first on begins with, so that one day is a line, too."""
    midnight = start_of_day(first, zone=zone)
    starts_then = local_day(terms.start_date, zone=zone) == first
    at = terms.start_date if starts_then else midnight
    return Opening(at=at, used_minor=used_before(first, days), pace_minor=pace_minor(terms, at))


def used_before(first: date, days: Iterable[DayOfUse]) -> int:
    return sum(use.spent_minor for use in days if use.day < first)


def complete_days(
    terms: Terms, days: Iterable[DayOfUse], *, existed_since: datetime, zone: str, now: datetime
) -> list[int]:
    """The spending on each complete day on which the campaign ran, oldest first."""
    spent = {day.day: day.spent_minor for day in days}
    begin = max(terms.start_date, existed_since)
    first = local_day(begin, zone=zone)
    if start_of_day(first, zone=zone) < begin:
        first += DAY
    count = max((local_day(now, zone=zone) - first).days, 0)
    return [spent.get(first + n * DAY, 0) for n in range(count)]


def _span(terms: Terms, used_on: Iterable[date], zone: str) -> tuple[date, date]:
    """The first and last day; zone and dates may have changed after it was used."""
    last_moment = terms.end_date - MICROSECOND
    ends = [local_day(moment, zone=zone) for moment in (terms.start_date, last_moment)]
    known = [*ends, *used_on]
    return min(known), max(known)


def _end_of(terms: Terms, midnight: datetime, end: datetime) -> datetime:
    """A day's end, or the campaign's on it."""
    return min(end, terms.end_date) if terms.end_date > midnight else end


def _shown(today: date, first: date, last: date) -> tuple[date, int]:
    """The first of the days around today, and their number."""
    count = (last - first).days + 1
    behind = min((today - first).days + 1, count)
    skipped = max(min(behind - DAYS_BEFORE_NOW, count - MOST_DAYS), 0)
    return first + skipped * DAY, min(count, MOST_DAYS)


def _idle(day: date) -> DayOfUse:
    return DayOfUse(day=day, redemptions=0, spent_minor=0, cancelled=0)
