"""Whether two groups were sent to at other times than each other, within the same slots; pure.

Slots compare contacts that fell due together; in a wide slot one group may still have been
written to earlier, and the hour of day then looks like a difference between the groups.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from reports.verdict.deciding import Numbers

MOST_MINUTES = 10.0
# The more events there are, the smaller a difference of times shows as one of groups.
MINUTES_BY_EVENTS = 150.0
DEVIATIONS = 3.0
# Delivery times count where they are told for as large a part of both groups.
TOLD = 0.8


@dataclass(frozen=True, eq=False)
class DueTimes:
    """When a group's contacts fell due, by slot.

    `total` and `squares` are sums of due minutes, and of their squares, since the slot's start.
    """

    contacts: Numbers
    total: Numbers
    squares: Numbers

    @classmethod
    def of(
        cls, contacts: npt.ArrayLike, total: npt.ArrayLike, squares: npt.ArrayLike
    ) -> "DueTimes":
        columns = (contacts, total, squares)
        return cls(*(np.asarray(column, dtype=float) for column in columns))

    @cached_property
    def mean(self) -> Numbers:
        return self.total / np.maximum(self.contacts, 1)

    @cached_property
    def scatter(self) -> Numbers:
        """The sum of squared distances from the mean."""
        return np.maximum(self.squares - self.total * self.mean, 0)


@dataclass(frozen=True)
class Delivered:
    """What mail services told of a group's deliveries: for how many of its contacts, and the
    mean delay since the due time in minutes."""

    told: int
    mean_delay: float


@dataclass(frozen=True, eq=False)
class Timing:
    """Two groups' due times in the slots that both have contacts in."""

    g: DueTimes
    h: DueTimes

    @cached_property
    def weight(self) -> Numbers:
        contacts = self.g.contacts + self.h.contacts
        return self.g.contacts * self.h.contacts / np.maximum(contacts, 1)

    @property
    def apart(self) -> float:
        """By how many minutes g's contacts fell due later than h's, on average."""
        weight = self.weight
        total = weight.sum()
        return float((weight * (self.g.mean - self.h.mean)).sum() / total) if total else 0.0

    @property
    def by_chance(self) -> float:
        """The standard deviation of that where contacts were mixed at random."""
        weight, n_g, n_h = self.weight, self.g.contacts, self.h.contacts
        pooled = (self.g.scatter + self.h.scatter) / np.maximum(n_g + n_h - 2, 1)
        spread = pooled * (1 / np.maximum(n_g, 1) + 1 / np.maximum(n_h, 1))
        total = weight.sum()
        return float(np.sqrt((weight * weight * spread).sum()) / total) if total else 0.0

    @property
    def shared(self) -> float:
        """What part of the smaller group's contacts lies in slots of both."""
        both = (self.g.contacts > 0) & (self.h.contacts > 0)
        sizes = [(one.contacts.sum(), one.contacts[both].sum()) for one in (self.g, self.h)]
        contacts, in_both = min(sizes)
        return float(in_both / contacts) if contacts else 0.0


def tolerance(timing: Timing, *, events: int) -> float:
    """How many minutes two groups with so many events may be apart."""
    at_most = min(MOST_MINUTES, MINUTES_BY_EVENTS / events**0.5) if events else MOST_MINUTES
    return max(at_most, DEVIATIONS * timing.by_chance)


def sent_apart(timing: Timing, *, events: int) -> bool:
    """Whether the groups were sent to at too different times to be compared."""
    return timing.shared < 0.5 or abs(timing.apart) > tolerance(timing, events=events)


def delays_told(timing: Timing, g: Delivered | None, h: Delivered | None) -> bool:
    """Whether deliveries are told for enough of both groups."""
    told = ((timing.g, g), (timing.h, h))
    return all(one is not None and one.told >= TOLD * due.contacts.sum() for due, one in told)


def delivered_apart(
    timing: Timing, g: Delivered | None, h: Delivered | None, *, events: int
) -> bool:
    """Whether one group's mails took longer to leave than the other's."""
    if g is None or h is None or not delays_told(timing, g, h):
        return False
    return abs(g.mean_delay - h.mean_delay) > tolerance(timing, events=events)
