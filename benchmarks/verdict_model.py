"""Campaigns for `benchmarks.verdict`, many at once: who is due when, and who opens at which age.

A contact opens with its group's share up to the decision age, at a lognormal age (median 3
hours) that the hour of day hurries or delays; a share is that of all slots together, so that
contacts due in the evening open more than those due at night.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from reports.verdict.cells import Counters
from reports.verdict.deciding import Numbers
from tracking.counting.slots import AGE_BINS, AGE_EDGES, bins_until

DECISION_AGE = 4320
GRACE_MINUTES = 3
MEDIAN_AGE, AGE_SPREAD = 180.0, 1.5
# Opens by hour of day, of a list of people in one country.
HOURS = np.array(
    [2, 1, 1, 1, 1, 3, 8, 14, 18, 20, 19, 17, 16, 15, 14, 13, 13, 15, 18, 20, 19, 15, 9, 4], float
)
PEAKY = HOURS**1.5


@dataclass(frozen=True)
class Cell:
    """One kind of campaign.

    - `sizes`, `shares`: by group; shares are up to the decision age
    - `slots`, `width`: how many slots of how many minutes everybody is due in
    - `lean`: by group, how its contacts are spread over the slots (even where None)
    - `late`: by how many minutes within its slot each group is due later than its middle
    - `pace`: by group, how many times as slowly as usual it opens
    - `sorted_by_group`: each group is due after the one before it
    - `bounced`: the part of the last group that is marked before it is due
    - `resent_at`: the age at which the first group's unopened are mailed again
    - `reclassified`: how often, while watching, a tenth of the opens is judged anew
    - `start`: the hour of day at which the first slot begins
    """

    name: str
    sizes: tuple[int, ...]
    shares: tuple[float, ...]
    slots: int = 4
    width: int = 15
    lean: tuple[tuple[float, ...], ...] | None = None
    late: tuple[float, ...] = ()
    pace: tuple[float, ...] = ()
    sorted_by_group: bool = False
    bounced: float = 0.0
    resent_at: int | None = None
    reclassified: int = 0
    start: int = 9
    hours: Numbers = field(default_factory=lambda: HOURS)

    @property
    def groups(self) -> int:
        return len(self.sizes)

    @property
    def truth(self) -> float:
        """The ratio of shares, the second group's to the first's."""
        return self.shares[1] / self.shares[0]

    @cached_property
    def spread(self) -> Numbers:
        """The part of each group's contacts by slot (slots, groups)."""
        if self.sorted_by_group:
            owner = np.arange(self.slots) * self.groups // self.slots
            held = (owner[:, None] == np.arange(self.groups)).astype(float)
        elif self.lean:
            held = np.array(self.lean, dtype=float).T
        else:
            held = np.ones((self.slots, self.groups))
        return held / held.sum(axis=0)

    @cached_property
    def chances(self) -> Numbers:
        """The chance of a first open by slot, age bin and group.

        Only the share and the pace are a group's own: the hours of its due times are not.
        """
        paces, lates = self.pace or (1.0,) * self.groups, self.late or (0.0,) * self.groups
        bins, spread = bins_until(DECISION_AGE), self.spread.mean(axis=1)
        found = []
        for share, pace, late in zip(self.shares, paces, lates, strict=True):
            by_then = (spread * self._chances(pace, 0)[:, :bins].sum(axis=1)).sum()
            found.append(np.minimum(self._chances(pace, late) * share / by_then, 1.0))
        return np.stack(found, axis=-1)

    def _chances(self, pace: float, late: float) -> Numbers:
        edges = np.concatenate([[0.1], AGE_EDGES, [AGE_EDGES[-1] * 1.5]])
        steps = [np.geomspace(low, high, 13) for low, high in pairwise(edges)]
        return np.array(
            [[self._mass(step, self._due(slot) + late, pace) for step in steps]
             for slot in range(self.slots)]
        )  # fmt: skip

    def _due(self, slot: int) -> float:
        return self.start * 60 + (slot + 0.5) * self.width

    def _mass(self, ages: Numbers, due: float, pace: float) -> float:
        """The integral of the density of ages, weighed by the hour of day."""
        middle, log_age = (ages[1:] + ages[:-1]) / 2, np.log(MEDIAN_AGE * pace)
        density = np.exp(-0.5 * ((np.log(middle) - log_age) / AGE_SPREAD) ** 2) / middle
        hour = ((due + middle) / 60) % 24
        weight = np.interp(hour, np.arange(25) + 0.5, np.append(self.hours, self.hours[0]))
        return float((density * weight * np.diff(ages)).sum())


@dataclass(frozen=True)
class Campaigns:
    """Many campaigns of a cell: (campaigns, slots, age bins, groups) and their contacts."""

    cell: Cell
    contacts: Numbers
    versions: tuple[Numbers, ...]

    @property
    def opens(self) -> Numbers:
        """As they are judged at last."""
        return self.versions[-1]

    def counters(self, opens: Numbers) -> Counters:
        before = np.cumsum(opens, axis=2) - opens
        at_risk = self.contacts[:, :, None, :] - before
        if self.cell.resent_at is None:
            return Counters(opens, at_risk)
        gone = slice(bins_until(self.cell.resent_at), None)
        opens, at_risk = opens.copy(), at_risk.copy()
        opens[:, :, gone, 0], at_risk[:, :, gone, 0] = 0, 0
        return Counters(opens, at_risk)

    @cached_property
    def order(self) -> tuple[list[int], list[int]]:
        """Slots and age bins of the cells in the order of their release, until the decision."""
        cell = self.cell
        ends = np.arange(1, cell.slots + 1) * cell.width + GRACE_MINUTES
        last = ends[-1] + DECISION_AGE
        released = [
            (end + edge, slot, at)
            for slot, end in enumerate(ends.tolist())
            for at, edge in enumerate(AGE_EDGES)
            if end + edge <= last
        ]
        return [one[1] for one in sorted(released)], [one[2] for one in sorted(released)]

    def released(self, opens: Numbers) -> Counters:
        """As arrays (campaigns, cells, groups), in the order of their release."""
        counters, (slots, bins) = self.counters(opens), self.order
        return Counters(counters.events[:, slots, bins], counters.at_risk[:, slots, bins])

    @cached_property
    def old_enough(self) -> Numbers:
        """By campaign and look: whether slots with half of each group are 4 hours old."""
        slots, bins = self.order
        here = np.array(bins) == bins_until(240) - 1
        held = np.cumsum(self.contacts[:, slots] * here[:, None], axis=1)
        return (held >= self.contacts.sum(axis=1)[:, None] / 2).all(axis=-1)


def make(cell: Cell, campaigns: int, random: np.random.Generator) -> Campaigns:
    """Campaigns whose contacts are dealt to slots at random."""
    contacts = np.stack(
        [
            random.multinomial(size, cell.spread[:, group], size=campaigns)
            for group, size in enumerate(cell.sizes)
        ],
        axis=-1,
    )
    if cell.bounced:
        contacts[..., -1] -= random.binomial(contacts[..., -1], cell.bounced)
    opens = np.zeros((campaigns, cell.slots, AGE_BINS, cell.groups))
    left, missed = contacts.copy(), np.ones((cell.slots, cell.groups))
    for at in range(AGE_BINS):
        chance = cell.chances[:, at]
        opens[:, :, at] = random.binomial(left, np.clip(chance / np.maximum(missed, 1e-12), 0, 1))
        left, missed = left - opens[:, :, at].astype(int), missed - chance
    versions = [opens]
    for _ in range(cell.reclassified):
        versions.append(random.binomial(opens.astype(int), 0.9).astype(float))
    return Campaigns(cell, contacts.astype(float), tuple(versions))


def smaller(cell: Cell, times: float) -> Cell:
    """The same with other sizes."""
    return replace(cell, sizes=tuple(round(size * times) for size in cell.sizes))
