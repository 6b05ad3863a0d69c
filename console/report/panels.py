"""The panels of a report in words and tables: clients, devices, machines, hours; pure."""

import math
from collections.abc import Sequence

from reports.data import ByKind, ClientShare, DeviceShare
from tracking.hits.mail_clients import Device

SHADES = 5
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

Shown = dict[str, object]


def share_row(
    name: str, row: ClientShare | DeviceShare, *, link: str | None = None, is_chosen: bool = False
) -> Shown:
    """With a link to the page of its opens alone, if there is one."""
    return {
        "link": link,
        "is_chosen": is_chosen,
        "name": name,
        "opens": f"{row.opens:,}",
        "share": f"{row.share:.1%}",
        "percent": f"{100 * row.share:.2f}",
    }


def heatmap_table(heatmap: Sequence[Sequence[int]]) -> Shown:
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


def machine_table(opens: ByKind, contacts: ByKind) -> Shown:
    """Machines' part of the opens in the window, and of the contacts ever opened."""
    by_kind = (opens.human, opens.proxied, opens.machine)
    return {
        "opens": f"{opens.total:,}" if opens.total else "",
        "by_machines": f"{opens.machine:,}",
        "share": f"{_part(opens.machine, opens.total):.1%}",
        "rows": [
            {
                "name": words,
                "opens": f"{count:,}",
                "share": f"{_part(count, opens.total):.1%}",
                "percent": f"{100 * _part(count, opens.total):.2f}",
            }
            for words, count in zip(KINDS, by_kind, strict=True)
        ],
        "opened": f"{contacts.total:,}",
        "only_machines": f"{contacts.machine:,}",
        "share_of_opened": f"{_part(contacts.machine, contacts.total):.1%}",
    }


def _part(count: int, total: int) -> float:
    return count / total if total else 0
