"""How a discount's performance is drawn: the budget against an even pace, redemptions; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from console.base.plot import (
    Line,
    Mark,
    Plot,
    barred,
    count_scale,
    dot,
    marks_across,
    marks_up,
    step_places,
    straight,
)
from discounts.money import Currency
from discounts.performance.pace import DAY, Course
from discounts.rules import local_day, start_of_day
from discounts.wording import money
from foundation import dates

Point = tuple[datetime, int]
# A percentage of the width.
NEAR_THE_EDGE = 85


def budget_plot(course: Course, currency: Currency) -> Plot:
    """What is used up to now, and what would be at an even pace up to the end."""
    begins, days = course.begins, course.days
    # Today ends now, which may be before the campaign begins.
    under_way = [day for day in days if day.ends > begins.at]
    used = [(day.ends, day.used_minor) for day in under_way if day.used_minor is not None]
    pace = [(begins.at, begins.pace_minor), *((day.ends, day.pace_minor) for day in under_way)]
    scale = count_scale(max(minor for _, minor in [*pace, *used]))
    # Its beginning alone says nothing before the campaign starts.
    drawn = _placed(course, [(begins.at, begins.used_minor), *used], scale) if used else []
    lines = [Line("Even pace", 1, straight(_placed(course, pace, scale)))]
    dots = []
    if drawn:
        lines.insert(0, Line("Used", 0, straight(drawn)))
        dots = [dot(lines[0], at=drawn[-1][0], height=drawn[-1][1])]
    texts = (money(scale * part // 2, currency=currency) for part in (0, 1, 2))
    return Plot(lines, marks_up(texts), _moments_across(course), dots=dots)


def days_plot(course: Course) -> Plot | None:
    """The redemptions of each day; None where there are none."""
    counts = [day.use.redemptions if day.use else 0 for day in course.days]
    if not any(counts):
        return None
    scale = count_scale(max(counts))
    # The text of the lowest mark would lie on the first bars.
    texts = ("", f"{scale // 2:,}", f"{scale:,}")
    bars = barred([count / scale for count in counts])
    return Plot([], marks_up(texts), _days_across(course), bars=bars)


def _placed(course: Course, points: Sequence[Point], scale: int) -> list[tuple[float, float]]:
    """Moments as parts of the time that is drawn, amounts as parts of the scale."""
    return [(_part(course, at), minor / scale) for at, minor in points]


def _part(course: Course, at: datetime) -> float:
    whole = max(course.days[-1].ends, course.begins.at) - course.midnight
    return (at - course.midnight) / (whole or DAY)


def _moments_across(course: Course) -> list[Mark]:
    """Where days begin: the last is cut short by now, or by the campaign's end."""
    marked = {}
    for n, at in step_places(len(course.days)).items():
        begins = start_of_day(course.days[n].day, zone=course.zone)
        marked[n] = 1.0 if at == 1 else _part(course, begins)
    return [_inside(mark) for mark in _marks(course, marked)]


def _inside(mark: Mark) -> Mark:
    """A text that would run over the edge ends at its place."""
    return replace(mark, anchor="end") if mark.at > NEAR_THE_EDGE else mark


def _days_across(course: Course) -> list[Mark]:
    return _marks(course, step_places(len(course.days)))


def _marks(course: Course, places: Mapping[int, float]) -> list[Mark]:
    today = local_day(course.as_of, zone=course.zone)
    texts = {n: dates.near_day(course.days[n].day, today=today) for n in places}
    return marks_across([(at, texts[n]) for n, at in places.items()])
