"""The CSV tables of a report; pure."""

from collections.abc import Iterator

from reports.data import FiguresData, GroupData, ReportData

FIGURES = ("contacts", "sent", "unique_opens")
KINDS = ("human", "proxied", "machine")
RATES = ("opens", "open_rate", "open_rate_with_machine")
STANDING = ("ci_low", "ci_high", "probability_best")
UNIQUE_KINDS = tuple(f"unique_{kind}" for kind in KINDS)
ALL_GROUPS = "All groups"

Cell = str | int | float | None


def groups_table(data: ReportData) -> Iterator[tuple[Cell, ...]]:
    """A header, a row per group, and one for all groups."""
    yield ("number", "group", "role", *FIGURES, *UNIQUE_KINDS, *RATES, *STANDING, "winner")
    names = {group.id: group.name for group in data.groups}
    for group in data.groups:
        named = (group.number, group.name, group.role)
        winner = None if group.winner is None else names[group.winner]
        yield (*named, *_figures(group), *_standing(group), winner)
    yield ("", ALL_GROUPS, "", *_figures(data.totals), *(None for _ in STANDING), None)


def _figures(row: FiguresData) -> tuple[Cell, ...]:
    """In the order of FIGURES, KINDS and RATES."""
    kinds = row.unique_by_kind
    return (
        *(row.contacts, row.sent, row.unique_opens),
        *(kinds.human, kinds.proxied, kinds.machine),
        *(row.opens, row.open_rate, row.open_rate_with_machine),
    )


def _standing(group: GroupData) -> tuple[Cell, ...]:
    return (group.ci_low, group.ci_high, group.probability_best)


def series_table(data: ReportData) -> Iterator[tuple[Cell, ...]]:
    """A header, and a row per step of time and group."""
    yield (data.series.step, "number", "group", "opens", "unique_opens")
    groups = [group for group in data.groups if group.id in data.series.groups]
    for point in data.series.points:
        counts = zip(groups, point.opens, point.unique_opens, strict=True)
        for group, opens, unique in counts:
            yield (point.at.isoformat(), group.number, group.name, opens, unique)
