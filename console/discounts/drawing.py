"""How a discount's performance is drawn: the budget against an even pace, redemptions; pure."""

from collections.abc import Sequence
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
from discounts.rules import local_day
from discounts.wording import money
from foundation import dates

Point = tuple[datetime, int]


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
    return Plot(lines, marks_up(texts), _across(course), dots=dots)


def days_plot(course: Course) -> Plot | None:
    """The redemptions of each day; None where there are none."""
    counts = [day.use.redemptions if day.use else 0 for day in course.days]
    if not any(counts):
        return None
    scale = count_scale(max(counts))
    # The text of the lowest mark would lie on the first bars.
    texts = ("", f"{scale // 2:,}", f"{scale:,}")
    bars = barred([count / scale for count in counts])
    return Plot([], marks_up(texts), _across(course), bars=bars)


def _placed(course: Course, points: Sequence[Point], scale: int) -> list[tuple[float, float]]:
    """Moments as parts of the time that is drawn, amounts as parts of the scale."""
    whole = max(course.days[-1].ends, course.begins.at) - course.midnight
    return [((at - course.midnight) / (whole or DAY), minor / scale) for at, minor in points]


def _across(course: Course) -> list[Mark]:
    days = [day.day for day in course.days]
    today = local_day(course.as_of, zone=course.zone)
    places = step_places(len(days))
    return marks_across([(at, dates.near_day(days[n], today=today)) for n, at in places.items()])
