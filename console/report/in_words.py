"""A report as its page shows it: figures in words, tables and shades; pure.

It counts nothing itself, so that the page always shows the same figures as the API.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from campaigns.roles import Role
from console.report.aging import aging
from console.report.asked import Question
from console.report.cards import cards, of_whom_of, rate_of
from console.report.intervals import intervals_of
from console.report.over_time import over_time
from console.report.panels import DEVICES, heatmap_table, machine_table, share_row
from console.report.ratios import drawing_of
from console.report.rest import doubt_in_words, mailed_too_early, rest_in_totals, role_in_words
from console.report.shared import shared_in_words
from foundation import dates
from reports.data import ClientShare, FiguresData, GroupData, OwnAverage, ReportData, VerdictData
from reports.periods import ALWAYS
from reports.rates import NONE
from reports.verdict.states import State
from reports.verdict.wording import age

# More seconds than this between an open and its count mean that something is wrong.
SLOW_LAG = 60
FILLS = "This page fills by itself."
NOBODY_MEASURED = (
    "None of the {:,} contacts that were sent to may be measured: whether they open is not known, "
    "and this page stays as it is for them."
)
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
HOW_SURE = "However often you look, such a call is wrong at most 1 time in 20."
LIKELY_SO_FAR = "Likely better so far"
Shown = dict[str, object]


def page_of(
    data: ReportData,
    *,
    zone: tzinfo,
    question: Question | None = None,
    average: OwnAverage | None = None,
) -> Shown:
    """What the page shows of a report; times are in `zone`.

    With the question that it answers rows lead to the same of their group or time.
    """
    counted = [group for group in data.groups if group.role is not Role.CONTROL]
    names = {group.id: group.name for group in counted}
    numbers = {group.id: number for number, group in enumerate(counted)}
    shown = next((group for group in counted if group.id == data.only), data.totals)
    return {
        "emptiness": emptiness(data.totals),
        "only": names.get(data.only or 0),
        "cards": cards(data, shown, average),
        "counts_machines": data.machine,
        "totals": _row("All groups", data.totals, data),
        "groups": [_group_row(group, data, question) for group in data.groups],
        "verdict": _verdict(data, zone, numbers),
        "aging": aging(data, names, numbers),
        "series": over_time(data.series, names, numbers, zone=zone, question=question),
        "rest_in_totals": rest_in_totals(data.groups, zone),
        "mailed_too_early": mailed_too_early(data.groups),
        "mailed_though_control": _mailed_though_control(data.groups),
        "client": data.client,
        "clients": [_client_row(client, data, question) for client in data.clients],
        "devices": [share_row(DEVICES[row.device], row) for row in data.devices],
        "heatmap": heatmap_table(data.heatmap),
        "machine": machine_table(data.opens_by_kind, shown.unique_by_kind),
        "forgotten": forgotten_in_words(data.forgotten),
        "shared": shared_in_words(data, zone),
    }


def _client_row(row: ClientShare, data: ReportData, question: Question | None) -> Shown:
    link = None if question is None else question.of_client(row.family)
    return share_row(row.family, row, link=link, is_chosen=row.family == data.client)


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


def _row(name: str, figures: FiguresData, data: ReportData) -> Shown:
    return {
        "name": name,
        "contacts": f"{figures.contacts:,}",
        "sent": f"{figures.sent:,}",
        "opens": f"{figures.opens:,}",
        "unique_opens": f"{figures.unique_opens:,}",
        "rate": rate_of(figures, machine=data.machine),
        "of_whom": of_whom_of(figures),
    }


def _group_row(group: GroupData, data: ReportData, question: Question | None) -> Shown:
    best, verdict = group.probability_best, data.verdict
    leads_somewhere = question is not None and group.role is not Role.CONTROL
    return {
        **_row(group.name, group, data),
        "number": group.number,
        "link": question.of_group(group.id) if question and leads_somewhere else None,
        "is_chosen": group.id == data.only,
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


def _verdict(data: ReportData, zone: tzinfo, numbers: Mapping[int, int]) -> Shown:
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
        "intervals": intervals_of(data.groups, numbers),
        "rests_on": _rests_on(data),
        "age": _age_of_ranges(data),
        "is_apart": data.machine or data.window != ALWAYS or data.only is not None,
    }


def _rests_on(data: ReportData) -> str:
    """What rates are drawn, and how sure a call is; "" where there is nothing to compare."""
    within = _age_of_ranges(data)
    if within is None:
        return ""
    said = f"Compared within {within} of sending, among contacts due at the same time."
    return f"{said} {HOW_SURE}" if _is_called(data.verdict) else said


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
