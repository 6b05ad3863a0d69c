"""The figures on top of a report, each beside the average of one's own last campaigns; pure."""

from decimal import Decimal

from console.report.aging import half_in_words
from reports.data import FiguresData, OwnAverage, ReportData
from reports.periods import ALWAYS
from reports.rates import of_whom, rate_in_words
from reports.verdict.wording import age
from tracking.hits.small_cells import SMALLEST

Shown = dict[str, object]


def cards(data: ReportData, figures: FiguresData, average: OwnAverage | None) -> Shown:
    """`figures` are those of the group that the report is of, or of all."""
    is_whole = data.window == ALWAYS and not data.machine and data.only is None
    beside = average if is_whole else None
    return {
        "rate": rate_of(figures, machine=data.machine),
        "of_whom": of_whom_of(figures),
        "opened": f"{figures.unique_opens:,}",
        "opens": "1 open" if figures.opens == 1 else f"{figures.opens:,} opens",
        "not_opened": f"{figures.not_opened:,}",
        "sent": f"{figures.sent:,}",
        "contacts": f"{figures.contacts:,}",
        "half": half_in_words(list(data.curves.values())),
        "of_all_time": data.window != ALWAYS,
        "by": "people or machines" if data.machine else "people",
        "beside": None if beside is None else _beside(beside, figures),
        "fewest": SMALLEST,
        # Before anything is sent the average is not read.
        "alone": is_whole and average is None and data.totals.sent > 0,
    }


def rate_of(figures: FiguresData, *, machine: bool) -> str:
    """A range, or its upper end where machine opens count as in the numbers beside it."""
    upper = figures.open_rate_with_machine
    return rate_in_words(upper if machine else figures.open_rate, upper)


def of_whom_of(figures: FiguresData) -> str:
    """Of whom a rate is."""
    return of_whom(
        sent=figures.sent,
        measured=figures.measured,
        rates=(figures.open_rate, figures.open_rate_with_machine),
        of_all=(figures.open_rate_of_all_min, figures.open_rate_of_all_max),
    )


def _beside(average: OwnAverage, figures: FiguresData) -> Shown:
    one = average.campaigns == 1
    half = average.half_within
    return {
        "whose": "your last campaign" if one else f"your last {average.campaigns} campaigns",
        "rate": rate_in_words(average.rate, average.rate_with_machine),
        "changes": _changes(figures, average),
        "opened": f"{average.opened:,}",
        "not_opened": f"{average.not_opened:,}",
        "half": None if half is None else age(half),
    }


def _changes(figures: FiguresData, average: OwnAverage) -> list[Shown]:
    """How far a rate lies from the average, at both ends of the ranges where they have two."""
    own = (figures.open_rate, figures.open_rate_with_machine)
    if None in own or figures.measured < SMALLEST:
        return []
    points = [
        _points(rate or 0.0) - _points(of_average)
        for rate, of_average in zip(own, (average.rate, average.rate_with_machine), strict=True)
    ]
    if points[0] == points[1]:
        return [_change(points[0], "")]
    return [_change(points[0], " without machine opens"), _change(points[1], " with them")]


def _points(rate: float) -> Decimal:
    """Of what is shown, so that the difference is that of the figures beside it."""
    return Decimal(f"{rate:.1%}".rstrip("%"))


def _change(points: Decimal, of_what: str) -> Shown:
    """Arrows say again what the words do."""
    if not points:
        return {"arrow": "", "words": f"the same{of_what}"}
    side = "above" if points > 0 else "below"
    unit = "percentage point" if abs(points) == 1 else "percentage points"
    return {
        "arrow": "▲" if points > 0 else "▼",
        "words": f"{abs(points)} {unit} {side} it{of_what}",
    }
