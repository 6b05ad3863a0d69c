"""Which groups can't be compared: too small, not split as planned, sent at other times; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import partial
from itertools import combinations

from reports.verdict.apart import Timing, delivered_apart, sent_apart
from reports.verdict.cells import Table
from reports.verdict.deciding import MIN_CONTACTS, Numbers
from reports.verdict.proportions import (
    MISMATCH_ALPHA,
    chi2_survival,
    mismatch,
    planned_weights,
)

# With fewer marks expected in a group chi2 finds differences where there are none.
FEWEST_EXPECTED = 1.0


class Why(StrEnum):
    TOO_SMALL = auto()
    TOO_LATE = auto()
    SPLIT = auto()
    MARKED_BEFORE = auto()
    MARKED_AFTER = auto()
    SENT_APART = auto()


@dataclass(frozen=True)
class LeftOut:
    """A group that is not compared, by its index, and why."""

    group: int
    why: Why


@dataclass(frozen=True)
class Compared:
    """Indices of the groups that are compared, and those left out in the order of leaving.

    `blocked` says why fewer than two are left, where that is no matter of size.
    """

    groups: tuple[int, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def blocked(self) -> Why | None:
        reasons = [one.why for one in self.left_out if one.why != Why.TOO_SMALL]
        return reasons[-1] if reasons and len(self.groups) < 2 else None


Check = Callable[[Sequence[int]], int | None]


Pairs = Sequence[tuple[int, int]]


def compared(table: Table, apart: Pairs) -> Compared:
    """Who may be compared by the goal; `apart` are the pairs sent at other times."""
    return _leave_out(
        table, [*_size(table, table.contacts), *_balance(table), *_times(table, apart)]
    )


def watched(table: Table, apart: Pairs, *, of: Numbers) -> Compared:
    """Who may be held against each other by what nobody wants, also where shares marked differ.

    `of` are the contacts that it may happen to.
    """
    return _leave_out(table, [*_size(table, of), *_times(table, apart)])


def _leave_out(table: Table, checks: Sequence[tuple[Why, Check]]) -> Compared:
    """One after another, the group that fits the others least."""
    groups = list(range(len(table.experiment.groups)))
    gone: list[LeftOut] = []
    for why, worst in checks:
        while len(groups) > 1 and (group := worst(groups)) is not None:
            groups.remove(group)
            gone.append(LeftOut(group, why))
    return Compared(tuple(groups), tuple(gone))


def _size(table: Table, of: Numbers) -> list[tuple[Why, Check]]:
    """Too few contacts at all, and too few of them up to the cut-off."""
    everybody = [int(size) for size in of.sum(axis=0)]
    sizes = [int(size) for size in of[table.regular].sum(axis=0)]
    return [
        (Why.TOO_SMALL, lambda some: _too_small(some, everybody)),
        (Why.TOO_LATE, lambda some: _too_small(some, sizes)),
    ]


def _balance(table: Table) -> list[tuple[Why, Check]]:
    groups, sizes, drawn = table.experiment.groups, due_contacts(table), drawn_contacts(table)
    weights = planned_weights([group.planned_share for group in groups])
    before = [group.marked_before for group in groups]
    after = [group.marked_after for group in groups]
    chi2s = (
        (Why.SPLIT, lambda part: _split(part, drawn, weights)),
        (Why.MARKED_BEFORE, lambda part: shares_differ(part, before, drawn)),
        (Why.MARKED_AFTER, lambda part: shares_differ(part, after, sizes)),
    )
    return [(why, partial(_least_fitting, chi2=chi2, ids=table.ids)) for why, chi2 in chi2s]


def _times(table: Table, apart: Pairs) -> list[tuple[Why, Check]]:
    sizes = contacts(table)
    rank = [(-size, number) for size, number in zip(sizes, table.ids, strict=True)]
    return [(Why.SENT_APART, lambda some: _most_apart(some, apart, rank))]


def drawn_contacts(table: Table) -> list[int]:
    """Of each group, with those that were marked before they were due."""
    groups = table.experiment.groups
    sizes = due_contacts(table)
    return [size + group.marked_before for size, group in zip(sizes, groups, strict=True)]


def due_contacts(table: Table) -> list[int]:
    """Of each group, up to the cut-off, as they were drawn and not marked before being due."""
    return [int(size) for size in table.drawn[table.regular].sum(axis=0)]


def contacts(table: Table) -> list[int]:
    """Those of them who may be measured: only they are compared."""
    return [int(size) for size in table.contacts[table.regular].sum(axis=0)]


def shares_measured(table: Table) -> dict[int, float]:
    """The share of each group that may be measured, by index, where they differ; else nothing.

    Groups are told to differ by chance in one of 1,000 campaigns.
    """
    measured, due = contacts(table), due_contacts(table)
    some = [group for group, size in enumerate(due) if size >= MIN_CONTACTS]
    if not shares_apart([measured[group] for group in some], [due[group] for group in some]):
        return {}
    return {group: measured[group] / due[group] for group in some}


def shares_apart(measured: Sequence[int], of: Sequence[int]) -> bool:
    """Whether other shares of groups may be measured than chance explains."""
    if len(of) < 2:
        return False
    chi2 = shares_differ(range(len(of)), measured, of)
    return chi2_survival(chi2, len(of) - 1) < MISMATCH_ALPHA


def _too_small(some: Sequence[int], sizes: Sequence[int]) -> int | None:
    return next((group for group in some if sizes[group] < MIN_CONTACTS), None)


def _least_fitting(
    some: Sequence[int], chi2: Callable[[Sequence[int]], float], ids: Sequence[int]
) -> int | None:
    """The group without which the others agree best; None where all of them agree."""
    if len(some) < 2 or chi2_survival(chi2(some), len(some) - 1) >= MISMATCH_ALPHA:
        return None

    def left(group: int) -> tuple[float, int]:
        others = [other for other in some if other != group]
        return round(chi2(others), 6), -ids[group]

    return min(some, key=left)


def _split(some: Sequence[int], drawn: Sequence[int], weights: Sequence[float]) -> float:
    planned = [weights[group] for group in some]
    if not sum(planned):
        return 0.0
    return mismatch([drawn[group] for group in some], planned).chi2


def shares_differ(some: Sequence[int], marked: Sequence[int], of: Sequence[int]) -> float:
    """Pearson's chi2 of equal shares marked; 0 where too few are."""
    all_marked = sum(marked[group] for group in some)
    everybody = sum(of[group] for group in some)
    if all_marked >= everybody:
        return 0.0
    expected = [all_marked * of[group] / everybody for group in some]
    if min(expected) < FEWEST_EXPECTED:
        return 0.0
    excess = ((marked[group] - one) ** 2 / one for group, one in zip(some, expected, strict=True))
    return sum(excess) / (1 - all_marked / everybody)


def _most_apart(some: Sequence[int], apart: Pairs, rank: Sequence[tuple[int, int]]) -> int | None:
    """The group sent apart from most others, the smaller one of two; None where none is."""
    pairs = [pair for pair in apart if set(pair) <= set(some)]
    if not pairs:
        return None
    count = {group: sum(group in pair for pair in pairs) for group in some}
    return max(some, key=lambda group: (count[group], rank[group]))


def pairs_apart(table: Table) -> Pairs:
    """Groups that were sent to at too different times, due or told by mail services."""
    sizes, events = contacts(table), table.events_until(table.counted, table.decision_bins)
    large = [group for group, size in enumerate(sizes) if size >= MIN_CONTACTS]
    seen = events[table.regular].sum(axis=0)
    pairs = combinations(large, 2)
    return [(g, h) for g, h in pairs if _apart(table, g, h, events=int(seen[g] + seen[h]))]


def timing(table: Table, g: int, h: int) -> Timing:
    return Timing(table.due_times[g], table.due_times[h])


def _apart(table: Table, g: int, h: int, *, events: int) -> bool:
    times, groups = timing(table, g, h), table.experiment.groups
    delivered = groups[g].delivered, groups[h].delivered
    return sent_apart(times, events=events) or delivered_apart(times, *delivered, events=events)
