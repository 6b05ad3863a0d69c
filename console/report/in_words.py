"""A report as its page shows it: figures in words, tables and shades; pure.

It counts nothing itself, so that the page always shows the same figures as the API.
"""

import math
from collections.abc import Sequence
from datetime import datetime, tzinfo

from console.report.ratios import drawing_of
from console.report.rest import doubt_in_words, mailed_too_early, rest_in_totals, role_in_words
from console.report.shared import shared_in_words
from foundation import dates
from reports.data import (
    ByKind,
    ClientShare,
    DeviceShare,
    FiguresData,
    GroupData,
    PointData,
    ReportData,
    SeriesData,
    VerdictData,
)
from reports.periods import ALWAYS, Step
from reports.rates import NONE, of_whom, rate_in_words
from reports.verdict.states import State
from reports.verdict.wording import age
from tracking.hits.mail_clients import Device

# More seconds than this between an open and its count mean that something is wrong.
SLOW_LAG = 60
SHADES = 5
FILLS = "This page fills by itself."
NOBODY_MEASURED = (
    "None of the {:,} contacts that were sent to may be measured: whether they open is not known, "
    "and this page stays as it is for them."
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# By kind, as in ByKind.
KINDS = (
    "People, in their mail client",
    "People, through a mail service's image proxy",
    "Machines",
)
DEVICES = {
    Device.PHONE: "Phone or tablet",
    Device.COMPUTER: "Computer",
    Device.PROXY: "Hidden by the mail service",
    Device.MACHINE: "None: a machine",
    Device.UNKNOWN: "Not told",
}
TITLES = {
    State.BETTER: "Better",
    State.DECIDED_OPEN: "Decided",
    State.GROUPS_UNBALANCED: "Groups unbalanced",
    State.SENT_APART: "Sent apart",
    State.FLIPS_WITHOUT_MACHINE_OPENS: "Depends on machine opens",
    State.PROMISING: "Promising",
    State.TOO_EARLY: "Too early",
    State.NO_DIFFERENCE_WORTH_ACTING_ON: "No difference worth acting on",
}
LIKELY_SO_FAR = "Likely better so far"
TIMES = {
    Step.MINUTE: dates.moment,
    Step.HOUR: dates.moment,
    Step.DAY: dates.day,
    Step.MONTH: "{:%B %Y}".format,
    Step.YEAR: "{:%Y}".format,
}

Shown = dict[str, object]


def page_of(data: ReportData, *, zone: tzinfo) -> Shown:
    """What the page shows of a report; times are in `zone`."""
    return {
        "emptiness": emptiness(data.totals),
        "totals": _row("All groups", data.totals),
        "groups": [_group_row(group, data) for group in data.groups],
        "verdict": _verdict(data, zone),
        "series": _series(data.series, _names_in(data), zone),
        "rest_in_totals": rest_in_totals(data.groups, zone),
        "mailed_too_early": mailed_too_early(data.groups),
        "mailed_though_control": _mailed_though_control(data.groups),
        "clients": [_share(client.family, client) for client in data.clients],
        "devices": [_share(DEVICES[row.device], row) for row in data.devices],
        "heatmap": _heatmap(data.heatmap),
        "machine": _machine(data.opens_by_kind, data.totals.unique_by_kind),
        "forgotten": forgotten_in_words(data.forgotten),
        "shared": shared_in_words(data, zone),
    }


def forgotten_in_words(people: int) -> str:
    """Who the figures no longer hold; "" where nobody is missing."""
    if not people:
        return ""
    were = "person was" if people == 1 else "people were"
    return (
        f"{people:,} {were} forgotten: what was measured of them is gone, so no rate holds them. "
        "What was decided before stays."
    )


def emptiness(totals: FiguresData) -> str:
    """Why there is nothing to see yet; "" where there is something."""
    if not totals.contacts:
        return f"This campaign has no contacts yet. {FILLS}"
    if not totals.sent:
        return f"Nothing has been sent yet: no contact is due. {FILLS}"
    if totals.unique_by_kind.total:
        return ""
    if not totals.measured:
        return NOBODY_MEASURED.format(totals.sent)
    if totals.measured < totals.sent:
        return f"No opens yet of the {totals.measured:,} who may be measured. {FILLS}"
    return f"No opens yet. {FILLS}"


# --- Figures and verdict ------------------------------------------------------------------------


def _row(name: str, figures: FiguresData) -> Shown:
    return {
        "name": name,
        "contacts": f"{figures.contacts:,}",
        "sent": f"{figures.sent:,}",
        "opens": f"{figures.opens:,}",
        "unique_opens": f"{figures.unique_opens:,}",
        "rate": rate_in_words(figures.open_rate, figures.open_rate_with_machine),
        "of_whom": _of_whom(figures),
    }


def _of_whom(figures: FiguresData) -> str:
    return of_whom(
        sent=figures.sent,
        measured=figures.measured,
        rates=(figures.open_rate, figures.open_rate_with_machine),
        of_all=(figures.open_rate_of_all_min, figures.open_rate_of_all_max),
    )


def _group_row(group: GroupData, data: ReportData) -> Shown:
    best, verdict = group.probability_best, data.verdict
    return {
        **_row(group.name, group),
        "number": group.number,
        "role": role_in_words(group, {one.id: one.name for one in data.groups}),
        "doubt": doubt_in_words(group, verdict.age_minutes),
        "range": range_in_words(group.ci_low, group.ci_high),
        "best": None if best is None else chance_in_words(best),
        "leads": _is_called(verdict) and verdict.leader == group.id,
    }


def _mailed_though_control(groups: Sequence[GroupData]) -> str:
    """What to look at where the control group's contacts were mailed; "" where none was opened."""
    opened = sum(group.opened_unmailed for group in groups)
    if not opened:
        return ""
    contacts = "A contact" if opened == 1 else f"{opened:,} contacts"
    return (
        f"{contacts} of the control group opened the e-mail, which it was to get none of: look "
        "which list your mail service has sent to."
    )


def range_in_words(low: float | None, high: float | None) -> str:
    return NONE if low is None or high is None else f"{low:.1%} to {high:.1%}"


def chance_in_words(chance: float) -> str:
    if chance > 0.99:
        return "over 99%"
    return "under 1%" if chance < 0.01 else f"{100 * chance:.0f}%"


def _is_called(verdict: VerdictData) -> bool:
    """Whether a group was called and the decision, if there is one, found any."""
    return verdict.state is State.BETTER and not _found_nothing(verdict)


def _found_nothing(verdict: VerdictData) -> bool:
    """Whether the decision found no group, where watching had called one."""
    return verdict.confirmed is False and verdict.decided is None


def _verdict(data: ReportData, zone: tzinfo) -> Shown:
    verdict = data.verdict
    return {
        "state": verdict.state,
        "title": verdict_title(verdict),
        "text": verdict.text,
        "warnings": verdict.warnings,
        "choice_now": verdict.choice_now,
        "preliminary": verdict.preliminary,
        "is_called": _is_called(verdict),
        "decides": None if verdict.tells_when else decides_in_words(verdict.decides_at, zone),
        "drawing": drawing_of(data),
        "age": _age_of_ranges(data),
        "is_apart": data.machine or data.window != ALWAYS,
    }


def _age_of_ranges(data: ReportData) -> str | None:
    """None where no group has a range: its column would be empty."""
    minutes = data.verdict.age_minutes
    shown = any(group.ci_low is not None for group in data.groups)
    return age(minutes) if minutes is not None and shown else None


def verdict_title(verdict: VerdictData) -> str:
    """A state in a word or two; too early stands for what can't be compared at all, too."""
    if verdict.preliminary:
        return LIKELY_SO_FAR
    if _found_nothing(verdict):
        return "Not confirmed"
    if verdict.state is State.TOO_EARLY and not verdict.text.startswith(TITLES[State.TOO_EARLY]):
        return "Nothing to compare"
    return TITLES[verdict.state]


def decides_in_words(moment: datetime | None, zone: tzinfo) -> str | None:
    return None if moment is None else dates.moment(moment.astimezone(zone))


# --- Panels -------------------------------------------------------------------------------------


def _names_in(data: ReportData) -> list[str]:
    names = {group.id: group.name for group in data.groups}
    return [names[group_id] for group_id in data.series.groups]


def _series(series: SeriesData, names: Sequence[str], zone: tzinfo) -> Shown:
    rows = [
        {
            "at": _time(point.at, series.step, zone),
            "numbers": [
                {"opens": opens, "unique_opens": unique}
                for opens, unique in zip(point.opens, point.unique_opens, strict=True)
            ],
        }
        for point in series.points
    ]
    return {
        "step": series.step,
        "groups": names,
        "rows": rows,
        "summary": _summary(series.points, series.step, zone),
    }


def _time(moment: datetime, step: Step, zone: tzinfo) -> str:
    return TIMES[step](moment.astimezone(zone))


def _summary(points: Sequence[PointData], step: Step, zone: tzinfo) -> str:
    if not points:
        return "No opens in this time."
    totals = [sum(point.opens) for point in points]
    most = max(totals)
    first, last, when = (
        _time(point.at, step, zone) for point in (points[0], points[-1], points[totals.index(most)])
    )
    span = first if len(points) == 1 else f"{first} to {last}"
    return f"{sum(totals):,} opens by the {step}, {span}; the most, {most:,}, at {when}."


def _share(name: str, row: ClientShare | DeviceShare) -> Shown:
    return {
        "name": name,
        "opens": f"{row.opens:,}",
        "share": f"{row.share:.1%}",
        "part": f"{row.share:.4f}",
    }


def _heatmap(heatmap: Sequence[Sequence[int]]) -> Shown:
    most = max(map(max, heatmap))
    return {
        "hours": [f"{hour:02}" for hour in range(24)],
        "rows": [
            {"day": day, "cells": [{"opens": n, "shade": shade(n, most)} for n in row]}
            for day, row in zip(WEEKDAYS, heatmap, strict=True)
        ],
        "summary": _busiest(heatmap, most),
    }


def shade(opens: int, most: int) -> int:
    """0 for none, 1 to SHADES by the root of the part of the most: one peak hides no other."""
    return math.ceil(SHADES * math.sqrt(opens / most)) if opens else 0


def _busiest(heatmap: Sequence[Sequence[int]], most: int) -> str:
    if not most:
        return "No opens in this time."
    day, hour = next((d, row.index(most)) for d, row in enumerate(heatmap) if most in row)
    return f"Most opens, {most:,}, on {WEEKDAYS[day]}s from {hour:02}:00 to {hour:02}:59."


def _machine(opens: ByKind, contacts: ByKind) -> Shown:
    """Machines' part of the opens in the window, and of the contacts ever opened."""
    by_kind = (opens.human, opens.proxied, opens.machine)
    return {
        "opens": f"{opens.total:,}" if opens.total else "",
        "by_machines": f"{opens.machine:,}",
        "share": f"{_part(opens.machine, opens.total):.1%}",
        "rows": [
            {
                "kind": words,
                "opens": f"{count:,}",
                "share": f"{_part(count, opens.total):.1%}",
                "part": f"{_part(count, opens.total):.4f}",
            }
            for words, count in zip(KINDS, by_kind, strict=True)
        ],
        "opened": f"{contacts.total:,}",
        "only_machines": f"{contacts.machine:,}",
        "share_of_opened": f"{_part(contacts.machine, contacts.total):.1%}",
    }


def _part(count: int, total: int) -> float:
    return count / total if total else 0
