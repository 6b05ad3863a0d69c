"""What a report says to people without an account; pure.

No contacts, no domains, no warnings, and no number that stands for fewer than SMALLEST contacts or
opens. What is withheld can't be worked out from what is shown.
"""

from dataclasses import dataclass

from campaigns.roles import Role
from reports.data import FiguresData, GroupData, ReportData, VerdictData
from reports.public.cells import Cell, Split, split_cells, split_groups
from tracking.hits.mail_clients import Device
from tracking.hits.small_cells import SMALLEST


@dataclass(frozen=True, slots=True)
class PublicReport:
    """A report to share.

    - `totals`: None with fewer than SMALLEST contacts who may be measured; no more is told then
    - `sent`: None where it would tell of a few contacts that they may not be measured
    - `hidden`: how many groups only the totals tell of; without any, `verdict` is told
    - `clients`, `devices`, `hours`: None where nothing but the total can be told; `devices` too
      where a client is merged, since most clients are of one device
    """

    totals: FiguresData | None
    sent: int | None
    groups: tuple[GroupData, ...]
    hidden: int
    verdict: VerdictData | None
    clients: Split | None
    devices: Split | None
    hours: Split | None


def public_report(data: ReportData, device_names: dict[Device, str]) -> PublicReport:
    """What of a report of all time may be shared."""
    # A control group gets no mail, and is in no total.
    mailed = [group for group in data.groups if group.role != Role.CONTROL and group.sent]
    if data.totals.measured < SMALLEST:
        return PublicReport(None, _sent(data.totals), (), len(mailed), None, None, None, None)
    shown, hidden = split_groups(mailed)
    clients = split_cells(Cell(row.family, row.opens) for row in data.clients)
    return PublicReport(
        totals=data.totals,
        sent=_sent(data.totals),
        groups=tuple(shown),
        hidden=len(hidden),
        verdict=None if hidden else data.verdict,
        clients=clients,
        devices=_devices(data, clients, device_names),
        hours=split_cells(_hours(data)),
    )


def _sent(totals: FiguresData) -> int | None:
    unmeasured = totals.sent - totals.measured
    return None if 0 < unmeasured < SMALLEST else totals.sent


def _devices(data: ReportData, clients: Split | None, names: dict[Device, str]) -> Split | None:
    if clients is None or clients.others:
        return None
    split = split_cells(Cell(names[row.device], row.opens) for row in data.devices)
    return None if split is None or split.others else split


def _hours(data: ReportData) -> list[Cell]:
    """Opens by the hour of the day, on all weekdays together."""
    by_hour = [sum(day[hour] for day in data.heatmap) for hour in range(24)]
    return [Cell(f"{hour:02}:00 to {hour:02}:59", opens) for hour, opens in enumerate(by_hour)]
