"""Opens over time as a report draws them, in steps, and their table; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from console.base.plot import (
    Line,
    Mark,
    Plot,
    count_scale,
    marks_across,
    marks_up,
    step_places,
    stepped,
)
from console.report.asked import Question
from foundation import dates
from reports.data import PointData, SeriesData
from reports.periods import Step, starts

TIMES = {
    Step.MINUTE: dates.moment,
    Step.HOUR: dates.moment,
    Step.DAY: dates.day,
    Step.MONTH: "{:%B %Y}".format,
    Step.YEAR: "{:%Y}".format,
}
# Below the drawing; the day of an hour is what tells it from others.
SHORT = {
    Step.MINUTE: "{:%H:%M}".format,
    Step.HOUR: "{:%-d %b, %H:%M}".format,
    Step.DAY: "{:%-d %b}".format,
    Step.MONTH: "{:%b %Y}".format,
    Step.YEAR: "{:%Y}".format,
}
DAY_OF_YEAR = "{:%-d %b %Y}".format
LONGEST_STEP = timedelta(days=366)
NO_OPENS = "No opens in this time."

Shown = dict[str, object]


def over_time(
    series: SeriesData,
    names: Mapping[int, str],
    numbers: Mapping[int, int],
    *,
    zone: tzinfo,
    question: Question | None = None,
) -> Shown:
    """Times are in `zone`; with a question each row leads to the report of its time."""
    return {
        "step": series.step,
        "groups": [names[one] for one in series.groups],
        "rows": [_row(series, n, zone, question) for n in range(len(series.points))],
        "summary": _summary(series.points, series.step, zone),
        "plot": _plot(series, names, numbers, zone) if series.points else None,
    }


def _row(series: SeriesData, n: int, zone: tzinfo, question: Question | None) -> Shown:
    point = series.points[n]
    pairs = zip(point.opens, point.unique_opens, strict=True)
    return {
        "at": TIMES[series.step](point.at.astimezone(zone)),
        "link": _link(series.step, point.at, zone, question),
        "numbers": [{"opens": opens, "unique_opens": unique} for opens, unique in pairs],
    }


def _link(step: Step, at: datetime, zone: tzinfo, question: Question | None) -> str | None:
    """None for a minute: a report is of whole quarters of an hour."""
    if question is None or step is Step.MINUTE:
        return None
    following = next(one for one in starts(at, at + LONGEST_STEP, step, zone) if one > at)
    return question.of_time(at.astimezone(zone), following.astimezone(zone))


def _plot(
    series: SeriesData, names: Mapping[int, str], numbers: Mapping[int, int], zone: tzinfo
) -> Plot:
    points = series.points
    scale = count_scale(max(max(point.opens) for point in points))
    lines = [
        Line(names[one], numbers[one], stepped([point.opens[n] / scale for point in points]))
        for n, one in enumerate(series.groups)
    ]
    texts = (f"{scale * part:,.0f}" for part in (0, 0.5, 1))
    return Plot(lines, marks_up(texts), _across(series, zone))


def _across(series: SeriesData, zone: tzinfo) -> list[Mark]:
    """When the first step begins, the last, and one between."""
    places = step_places(len(series.points))
    moments = {n: series.points[n].at.astimezone(zone) for n in places}
    several = len({moment.year for moment in moments.values()}) > 1
    short = DAY_OF_YEAR if several and series.step == Step.DAY else SHORT[series.step]
    return marks_across([(at, short(moments[n])) for n, at in places.items()])


def _summary(points: Sequence[PointData], step: Step, zone: tzinfo) -> str:
    if not points:
        return NO_OPENS
    totals = [sum(point.opens) for point in points]
    most = max(totals)
    first, last, when = (
        TIMES[step](point.at.astimezone(zone))
        for point in (points[0], points[-1], points[totals.index(most)])
    )
    span = first if len(points) == 1 else f"{first} to {last}"
    opens = "1 open" if sum(totals) == 1 else f"{sum(totals):,} opens"
    return f"{opens} by the {step}, {span}; the most, {most:,}, at {when}."
