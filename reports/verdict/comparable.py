"""What groups can be compared by: their counters at ages that all of them have reached; pure.

A stratum's age bin is released once every contact of that stratum, in every group, is older
than the bin's end. Only then do its opens say nothing of who was sent to earlier.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from reports.verdict.logrank import Cell
from reports.verdict.proportions import Rate
from tracking.counting.strata import AGE_EDGES, AGE_EDGES_MS, STRATA

# The last bin is beyond every edge and is never released.
AGE_BINS = len(AGE_EDGES) + 1


class ImpossibleCounts(ValueError):
    """Counters contradict each other or have the wrong shape: a fault of whoever passed them."""


@dataclass(frozen=True)
class GroupCounts:
    """One group's counters; contacts marked not sent are in none of them.

    All times are milliseconds since 1970. Lists are by stratum (STRATA of them), then by age
    bin as `strata.age_bin` numbers it (AGE_BINS of them).

    - `planned_share`: a percentage, None where the split is even
    - `sent`, `pending`: contacts due and not due yet
    - `max_sent_at`: the latest sending of a stratum, None where nobody is in it
    - `counted`, `with_machine`: contacts by the age of their first counted open, and of their
      first open of any kind
    - `median_sent_at`: of all contacts, None where there are none

    Raises ImpossibleCounts.
    """

    id: int
    name: str
    planned_share: float | None
    sent: Sequence[int]
    pending: Sequence[int]
    max_sent_at: Sequence[int | None]
    counted: Sequence[Sequence[int]]
    with_machine: Sequence[Sequence[int]]
    median_sent_at: int | None = None

    def __post_init__(self) -> None:
        by_stratum = (self.sent, self.pending, self.max_sent_at, self.counted, self.with_machine)
        rows = (*self.counted, *self.with_machine)
        if {len(given) for given in by_stratum} != {STRATA} or {len(r) for r in rows} != {AGE_BINS}:
            raise ImpossibleCounts(f"Group {self.id}: pass {STRATA} strata of {AGE_BINS} age bins.")
        for stratum in range(STRATA):
            self._check(stratum)

    def contacts(self, stratum: int) -> int:
        return self.sent[stratum] + self.pending[stratum]

    def opens(self, *, with_machine: bool) -> Sequence[Sequence[int]]:
        return self.with_machine if with_machine else self.counted

    def _check(self, stratum: int) -> None:
        where = f"Group {self.id}, stratum {stratum}"
        contacts = self.contacts(stratum)
        openings = (self.counted[stratum], self.with_machine[stratum])
        if min(self.sent[stratum], self.pending[stratum], *map(min, openings)) < 0:
            raise ImpossibleCounts(f"{where}: a count is below 0.")
        opened = max(map(sum, openings))
        if opened > contacts:
            raise ImpossibleCounts(f"{where}: {opened} contacts opened, of {contacts}.")
        if contacts and self.max_sent_at[stratum] is None:
            raise ImpossibleCounts(f"{where}: has contacts but no latest time of sending.")


@dataclass(frozen=True)
class Reached:
    """The age that at least half of the strata have reached, and which of them.

    `bins` is the number of age bins up to it; 0 where no age was reached.
    """

    bins: int
    strata: tuple[int, ...]

    @property
    def minutes(self) -> int | None:
        return AGE_EDGES[self.bins - 1] if self.bins else None

    def rate(self, group: GroupCounts) -> Rate:
        """How many of the group's contacts in these strata had a counted open by this age."""
        opened = sum(sum(group.counted[q][: self.bins]) for q in self.strata)
        return Rate(opened, sum(group.sent[q] for q in self.strata))


def released_bins(groups: Sequence[GroupCounts], *, now: int, grace_seconds: float) -> list[int]:
    """How many age bins of each stratum are released at `now`; 0 where nobody is in it.

    `grace_seconds` is how long an open may take until the counters know of it.
    """
    return [
        0 if latest is None else bisect_right(AGE_EDGES_MS, now - grace_seconds * 1000 - latest)
        for latest in (_sent_by(groups, stratum) for stratum in range(STRATA))
    ]


def _sent_by(groups: Sequence[GroupCounts], stratum: int) -> int | None:
    """When the last contact of a stratum was sent to; None while any is pending."""
    present = [group for group in groups if group.contacts(stratum)]
    if not present or any(group.pending[stratum] for group in present):
        return None
    # Whoever has contacts has a latest time of sending.
    return max(at for group in present if (at := group.max_sent_at[stratum]) is not None)


def released_cells(
    groups: Sequence[GroupCounts], bins: Sequence[int], *, with_machine: bool
) -> list[Cell]:
    """The released cells, given how many bins of each stratum are."""
    cells = []
    for stratum, count in enumerate(bins):
        opens = [group.opens(with_machine=with_machine)[stratum] for group in groups]
        at_risk = [group.sent[stratum] for group in groups]
        for number in range(count):
            here = tuple(row[number] for row in opens)
            cells.append(Cell(here, tuple(at_risk)))
            at_risk = [left - opened for left, opened in zip(at_risk, here, strict=True)]
    return cells


def reached(groups: Sequence[GroupCounts], bins: Sequence[int]) -> Reached:
    """The largest age released in at least half of the strata that hold anybody."""
    held = [q for q in range(STRATA) if any(group.contacts(q) for group in groups)]
    if not held:
        return Reached(0, ())
    farthest = sorted((bins[q] for q in held), reverse=True)
    age = farthest[math.ceil(len(held) / 2) - 1]
    return Reached(age, tuple(q for q in held if bins[q] >= age) if age else ())


def sent_in_full(groups: Sequence[GroupCounts]) -> list[int]:
    """Each group's contacts in the strata that no group still sends to.

    A group that is merely sent to later is not a smaller one.
    """
    full = [q for q in range(STRATA) if not any(group.pending[q] for group in groups)]
    return [sum(group.sent[q] for q in full) for group in groups]


def opens_to_come(groups: Sequence[GroupCounts], bins: Sequence[int], at: Reached) -> float:
    """About how many contacts of all groups will yet have a first counted open.

    Strata behind go on as those ahead did. Beyond the age reached opens go on at the average
    pace per bin so far: bins widen about as fast as opens become rare, so this is rather too
    many than too few.
    """
    unopened = _unopened(groups, at)
    coming = 0.0
    for stratum, count in enumerate(bins):
        waiting = sum(
            group.contacts(stratum) - sum(group.counted[stratum][:count]) for group in groups
        )
        if waiting and unopened[count]:
            coming += waiting * (1 - unopened[-1] / unopened[count])
    return coming


def _unopened(groups: Sequence[GroupCounts], at: Reached) -> list[float]:
    """The share of contacts without a counted open before each bin, and after the last edge."""
    waiting = contacts = sum(group.sent[q] for group in groups for q in at.strata)
    shares = [1.0]
    for number in range(at.bins):
        waiting -= sum(group.counted[q][number] for group in groups for q in at.strata)
        shares.append(waiting / contacts)
    pace = shares[-1] ** (1 / at.bins) if at.bins else 0.0
    return shares + [shares[-1] * pace**more for more in range(1, AGE_BINS - at.bins)]
