"""Loads of shared pixels as a report's page shows them; pure."""

from datetime import datetime, timedelta, tzinfo

from foundation import dates
from reports.data import ByKind, ReportData, SharedData

Shown = dict[str, object]


def shared_in_words(data: ReportData, zone: tzinfo) -> Shown | None:
    """None where no group has a shared pixel."""
    if data.shared is None:
        return None
    names = {group.id: f"{group.number} {group.name}" for group in data.groups}
    return {
        "days": _days(data.shared, zone),
        "groups": [
            {"name": names[row.group], "numbers": _numbers(row.loads)} for row in data.shared.groups
        ],
        "clients": [{"name": row.family, "loads": f"{row.loads:,}"} for row in data.shared.clients],
    }


def _numbers(loads: ByKind) -> list[str]:
    return [f"{number:,}" for number in (loads.human, loads.proxied, loads.machine)]


def _days(shared: SharedData, zone: tzinfo) -> str:
    """Which days are covered, "" where none is."""
    if shared.until is None:
        return ""
    last = _day(shared.until - timedelta(hours=1), zone)
    if shared.since is None:
        return f"up to {last}"
    first = _day(shared.since, zone)
    return f"of {first}" if first == last else f"from {first} to {last}"


def _day(moment: datetime, zone: tzinfo) -> str:
    return dates.day(moment.astimezone(zone))
