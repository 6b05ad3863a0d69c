"""Who leads, by watching and by deciding, and whether it may be called; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.verdict import deciding, watching
from reports.verdict.cells import Counters, Reached
from reports.verdict.deciding import Numbers, Pair

# What z may differ by though it is the same: sums depend on the order of their parts.
A_TIE = 1e-9


@dataclass(frozen=True)
class Lead:
    """The group whose smallest z is largest, by its index; None where several tie.

    `pairs` are the leader against each other group.
    """

    group: int | None
    least_z: float
    pairs: tuple[Pair, ...]

    def reaches(self, threshold: float) -> bool:
        """Whether the evidence that its events come sooner than each other group's does."""
        # Most often the first other group says no, and evidence takes long to figure out.
        return bool(self.pairs) and all(
            watching.log_evidence(pair) >= threshold for pair in self.pairs
        )

    def fewest_events(self) -> float:
        return min((float(pair.events) for pair in self.pairs), default=0.0)


def lead(events: Numbers, contacts: Numbers, groups: Sequence[int]) -> Lead:
    """Of these groups, from arrays of cells (or slots) by all groups."""
    some = list(groups)
    x, n = events[:, some], contacts[:, some]
    least = deciding.z_matrix(x, n).min(axis=1)
    best = np.flatnonzero(least >= least.max() - A_TIE)
    if len(best) > 1:
        return Lead(None, 0.0, ())
    g = int(best[0])
    pairs = (Pair.of(x, n, g=g, h=h) for h in range(len(some)) if h != g)
    return Lead(some[g], float(least[g]), tuple(pairs))


def lead_of_cells(cells: Counters, groups: Sequence[int]) -> Lead:
    """Cells without events say nothing, and are most of them."""
    some = cells.events.any(axis=1)
    return lead(cells.events[some], cells.at_risk[some], groups)


def watched_call(one: Lead, *, threshold: float, at: Reached) -> int | None:
    """The leader, where watching may call it."""
    if one.group is None or at.minutes is None or at.minutes < watching.MIN_AGE:
        return None
    enough = one.fewest_events() >= watching.MIN_EVENTS
    return one.group if enough and one.reaches(threshold) else None


def decided_call(one: Lead) -> int | None:
    """The leader, where deciding may call it."""
    if one.group is None or one.least_z < deciding.BOUND:
        return None
    return one.group if all(bool(pair.suffices()) for pair in one.pairs) else None
