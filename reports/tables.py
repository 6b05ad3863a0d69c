"""The CSV tables of a report; pure."""

from collections.abc import Iterator

from reports.data import FiguresData, GroupData, ReportData, SharedData

FIGURES = ("contacts", "sent", "unique_opens")
KINDS = ("human", "proxied", "machine")
RATES = ("opens", "open_rate", "open_rate_with_machine")
OF_WHOM = ("measured", "open_rate_of_all_min", "open_rate_of_all_max")
SHARED = tuple(f"shared_{kind}" for kind in KINDS)
STANDING = ("ci_low", "ci_high", "probability_best")
UNIQUE_KINDS = tuple(f"unique_{kind}" for kind in KINDS)
ALL_GROUPS = "All groups"

Cell = str | int | float | None


def groups_table(data: ReportData) -> Iterator[tuple[Cell, ...]]:
    """A header, a row per group, and one for all groups."""
    yield (
        "number",
        "group",
        "role",
        *FIGURES,
        *UNIQUE_KINDS,
        *RATES,
        *STANDING,
        "winner",
        *SHARED,
        *OF_WHOM,
    )
    names = {group.id: group.name for group in data.groups}
    for group in data.groups:
        named = (group.number, group.name, group.role)
        winner = None if group.winner is None else names[group.winner]
        beside = (*_shared(data.shared, group.id), *_of_whom(group))
        yield (*named, *_figures(group), *_standing(group), winner, *beside)
    standing = (None for _ in (*STANDING, "winner", *SHARED))
    yield ("", ALL_GROUPS, "", *_figures(data.totals), *standing, *_of_whom(data.totals))


def _figures(row: FiguresData) -> tuple[Cell, ...]:
    """In the order of FIGURES, KINDS and RATES."""
    kinds = row.unique_by_kind
    return (
        *(row.contacts, row.sent, row.unique_opens),
        *(kinds.human, kinds.proxied, kinds.machine),
        *(row.opens, row.open_rate, row.open_rate_with_machine),
    )


def _of_whom(row: FiguresData) -> tuple[Cell, ...]:
    return (row.measured, row.open_rate_of_all_min, row.open_rate_of_all_max)


def _shared(shared: SharedData | None, group_id: int) -> tuple[Cell, ...]:
    """Loads of the group's shared pixel, which add up to nothing else."""
    loads = None if shared is None else shared.of(group_id)
    return (None, None, None) if loads is None else (loads.human, loads.proxied, loads.machine)


def _standing(group: GroupData) -> tuple[Cell, ...]:
    return (group.ci_low, group.ci_high, group.probability_best)


def series_table(data: ReportData) -> Iterator[tuple[Cell, ...]]:
    """A header, and a row per step of time and group."""
    yield (data.series.step, "number", "group", "opens", "unique_opens")
    groups = [group for group in data.groups if group.id in data.series.groups]
    for point in data.series.points:
        counts = zip(groups, point.opens, point.unique_opens, strict=True)
        for group, opens, unique in counts:
            # By client first opens are not known.
            first = unique if data.client is None else None
            yield (point.at.isoformat(), group.number, group.name, opens, first)
