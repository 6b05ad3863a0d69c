"""A report as its page shows it: figures in words, tables and shades; pure.

Takes what the API answers (`report_serializers.report_data`) and counts nothing anew, so that
both always show the same figures.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from reports.periods import Step
from reports.rates import NONE, rate_in_words
from reports.verdict.decide import State
from reports.verdict.sentences import FINISHED
from tracking.hits.mail_clients import Device

# With so many seconds between an open and its count something is wrong.
SLOW_LAG = 60
SHADES = 5
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
KINDS = {
    "human": "People, in their mail client",
    "proxied": "People, through a mail service's image proxy",
    "machine": "Machines",
}
DEVICES = {
    Device.PHONE: "Phone or tablet",
    Device.COMPUTER: "Computer",
    Device.PROXY: "Hidden by the mail service",
    Device.MACHINE: "None: a machine",
    Device.UNKNOWN: "Not told",
}
TITLES = {
    State.GROUPS_UNBALANCED: "Groups unbalanced",
    State.TOO_EARLY: "Too early",
    State.FLIPS_WITHOUT_MACHINE_OPENS: "Depends on machine opens",
    State.LIKELY_BETTER: "Likely better",
    State.NO_DIFFERENCE_WORTH_ACTING_ON: "No difference worth acting on",
    State.PROMISING: "Promising",
}
TIMES = {
    Step.MINUTE: "%-d %b %H:%M",
    Step.HOUR: "%-d %b %H:%M",
    Step.DAY: "%a %-d %b %Y",
    Step.MONTH: "%b %Y",
    Step.YEAR: "%Y",
}

Data = Mapping[str, object]


def page_of(data: Data, *, zone: tzinfo) -> dict[str, object]:
    """What the page shows of a report; times are the zone's."""
    names = [group["name"] for group in data["groups"]]
    return {
        "emptiness": emptiness(data["totals"]),
        "totals": _row("All groups", data["totals"]),
        "groups": [_group_row(group, data["verdict"]) for group in data["groups"]],
        "verdict": _verdict(data),
        "series": _series(data["series"], names, zone),
        "clients": _shares(data["clients"], lambda client: client["family"]),
        "devices": _shares(data["devices"], lambda row: DEVICES[row["device"]]),
        "heatmap": _heatmap(data["heatmap"]),
        "machine": _machine(data),
    }


def emptiness(totals: Data) -> str:
    """Why there is nothing to see yet; "" where there is something."""
    if not totals["contacts"]:
        return "This campaign has no contacts yet."
    if not totals["sent"]:
        return "Nothing has been sent yet: no contact is due."
    if not any(totals["unique_by_kind"].values()):
        return "No opens yet."
    return ""


# --- Figures and verdict ------------------------------------------------------------------------


def _row(name: str, figures: Data) -> dict[str, str]:
    numbers = ("contacts", "sent", "opens", "unique_opens")
    return {
        "name": name,
        **{number: f"{figures[number]:,}" for number in numbers},
        "rate": rate_in_words(figures["open_rate"], figures["open_rate_with_machine"]),
    }


def _group_row(group: Data, verdict: Data) -> dict[str, object]:
    best = group["probability_best"]
    return {
        **_row(group["name"], group),
        "number": group["number"],
        "range": range_in_words(group["ci_low"], group["ci_high"]),
        "best": None if best is None else chance_in_words(best),
        "leads": verdict["state"] == State.LIKELY_BETTER and verdict["leader"] == group["id"],
    }


def range_in_words(low: float | None, high: float | None) -> str:
    return NONE if low is None or high is None else f"{low:.1%} to {high:.1%}"


def chance_in_words(chance: float) -> str:
    if chance > 0.99:
        return "over 99 %"
    return "under 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"


def _verdict(data: Data) -> dict[str, object]:
    verdict = data["verdict"]
    age = verdict["age_minutes"]
    return {
        **verdict,
        "title": verdict_title(verdict["state"], verdict["text"]),
        "age": None if age is None else age_in_words(age),
        "is_apart": data["machine"] or any(data["window"].values()),
    }


def verdict_title(state: str, text: str) -> str:
    """A state in a word or two; too early stands for what can't be compared at all, too."""
    if state == State.TOO_EARLY and text == FINISHED:
        return "Finished"
    if state == State.TOO_EARLY and not text.startswith(TITLES[State.TOO_EARLY]):
        return "Nothing to compare"
    return TITLES[State(state)]


def age_in_words(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} minutes"
    return f"{minutes / 60:g} h"


# --- Panels -------------------------------------------------------------------------------------


def _series(series: Data, names: Sequence[str], zone: tzinfo) -> dict[str, object]:
    step = Step(series["step"])
    rows = [
        {
            "at": _time(point["at"], step, zone),
            "numbers": [
                {"opens": opens, "unique_opens": unique}
                for opens, unique in zip(point["opens"], point["unique_opens"], strict=True)
            ],
        }
        for point in series["points"]
    ]
    return {"step": step, "groups": names, "rows": rows, "summary": _summary(rows, step)}


def _time(moment: datetime, step: Step, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime(TIMES[step])


def _summary(rows: Sequence[Data], step: Step) -> str:
    if not rows:
        return "No opens in this time."
    totals = [sum(number["opens"] for number in row["numbers"]) for row in rows]
    most = max(totals)
    when = rows[totals.index(most)]["at"]
    span = rows[0]["at"] if len(rows) == 1 else f"{rows[0]['at']} to {rows[-1]['at']}"
    return f"{sum(totals):,} opens by the {step}, {span}; the most, {most:,}, at {when}."


def _shares(rows: Sequence[Data], name: Callable[[Data], str]) -> list[dict[str, object]]:
    return [
        {
            "name": name(row),
            "opens": f"{row['opens']:,}",
            "share": f"{row['share']:.1%}",
            "part": f"{row['share']:.4f}",
        }
        for row in rows
    ]


def _heatmap(heatmap: Sequence[Sequence[int]]) -> dict[str, object]:
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


def _machine(data: Data) -> dict[str, object]:
    """Machines' part of the opens in the window, and of the contacts ever opened."""
    opens, contacts = data["opens_by_kind"], data["totals"]["unique_by_kind"]
    shares = _parts(opens)
    return {
        "opens": f"{sum(opens.values()):,}" if any(opens.values()) else "",
        "by_machines": f"{opens['machine']:,}",
        "share": f"{shares['machine']:.1%}",
        "rows": [
            {
                "kind": words,
                "opens": f"{opens[kind]:,}",
                "share": f"{shares[kind]:.1%}",
                "part": f"{shares[kind]:.4f}",
            }
            for kind, words in KINDS.items()
        ],
        "opened": f"{sum(contacts.values()):,}",
        "only_machines": f"{contacts['machine']:,}",
        "share_of_opened": f"{_parts(contacts)['machine']:.1%}",
    }


def _parts(counted: Mapping[str, int]) -> dict[str, float]:
    total = sum(counted.values())
    return {name: count / total if total else 0 for name, count in counted.items()}
