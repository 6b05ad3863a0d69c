"""A shared report in words and tables; pure."""

from datetime import datetime, tzinfo

from console.report.in_words import decides_in_words, verdict_title
from console.report.panels import DEVICES
from foundation import dates
from reports.data import FiguresData, ReportData, VerdictData
from reports.public.cells import Split
from reports.public.data import PublicReport, public_report
from reports.rates import rate_in_words
from tracking.hits.small_cells import SMALLEST

Shown = dict[str, object]

TOO_FEW = (
    f"Fewer than {SMALLEST} people who may be measured were sent to so far. Figures are shown from "
    f"{SMALLEST} on, so that nobody can be told apart."
)
MERGED = (
    "{groups} with fewer than {smallest} people who may be measured, or needed to keep those from "
    "being worked out, {are} in the total only. So nothing is said of which group did better."
)


def shown_of(data: ReportData, *, as_of: datetime | None, zone: tzinfo) -> Shown:
    """What the page shows of a report; times are in `zone`."""
    report = public_report(data, DEVICES)
    return {
        "as_of": None if as_of is None else dates.moment(as_of.astimezone(zone)),
        "sent": None if report.sent is None else f"{report.sent:,}",
        "totals": None if report.totals is None else _row("All groups", report.totals),
        "groups": [_row(f"{one.number} {one.name}", one) for one in report.groups],
        "too_few": TOO_FEW if report.totals is None else "",
        "merged": _merged(report),
        "verdict": None if report.verdict is None else _verdict(report.verdict, zone),
        "clients": _rows(report.clients, "Others"),
        "devices": _rows(report.devices, "Others"),
        "hours": _rows(report.hours, "Other hours"),
    }


def _row(name: str, figures: FiguresData) -> Shown:
    return {
        "name": name,
        "measured": f"{figures.measured:,}",
        "opens": f"{figures.opens:,}",
        "unique_opens": f"{figures.unique_opens:,}",
        "rate": rate_in_words(figures.open_rate, figures.open_rate_with_machine),
    }


def _merged(report: PublicReport) -> str:
    if report.totals is None or not report.hidden:
        return ""
    one = report.hidden == 1
    groups = "A group" if one else f"{report.hidden} groups"
    return MERGED.format(groups=groups, smallest=SMALLEST, are="is" if one else "are")


def _verdict(verdict: VerdictData, zone: tzinfo) -> Shown:
    decides = None if verdict.tells_when else decides_in_words(verdict.decides_at, zone)
    return {"title": verdict_title(verdict), "text": verdict.text, "decides": decides}


def _rows(split: Split | None, others: str) -> list[Shown]:
    if split is None:
        return []
    total = sum(cell.opens for cell in split.named) + split.others
    rows = [(cell.name, cell.opens) for cell in split.named]
    rows += [(others, split.others)] if split.others else []
    return [
        {"name": name, "opens": f"{opens:,}", "share": f"{opens / total:.1%}"}
        for name, opens in rows
    ]
