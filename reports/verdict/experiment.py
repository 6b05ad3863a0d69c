"""What the verdict is given: a campaign's plan and its groups' counters by slot; pure.

Due times are minutes since 1970, moments milliseconds since 1970.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from reports.verdict.apart import Delivered
from tracking.counting.slots import AGE_BINS, Slots

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class ImpossibleSlot(ValueError):
    """Counters contradict each other or have the wrong shape: a fault of whoever passed them."""


class Goal(StrEnum):
    """The event that groups are compared by, fixed before the first contact falls due."""

    OPENED = "opened"
    CLICKED = "clicked"
    REDEEMED = "redeemed"
    ORDERED = "ordered"


class GuardRail(StrEnum):
    """Events that nobody wants; they are watched only."""

    COMPLAINTS = "complaints"
    BOUNCES = "bounces"
    WITHDRAWALS = "withdrawals"
    CONSENT = "consent"


@dataclass(frozen=True)
class Plan:
    """What was fixed before the first contact fell due.

    `slots` is None until they are fixed; nothing is compared before. `decision_age` is in
    minutes, `groups` their number at the launch, whoever is left out later. `existing` are all
    that there are now, also those without a contact that falls due; 0 where none but those are.
    """

    slots: Slots | None
    decision_age: int
    groups: int
    goal: Goal = Goal.OPENED
    existing: int = 0


@dataclass(frozen=True, eq=False)
class ByAge:
    """Contacts by slot and age bin: of their first event, and of being mailed again before one.

    Whoever is mailed again leaves before the bin that holds it, and no later event counts.
    """

    events: Whole
    left: Whole

    def __post_init__(self) -> None:
        if {self.events.shape[1:], self.left.shape[1:]} != {(AGE_BINS,)}:
            raise ImpossibleSlot(f"Pass {AGE_BINS} age bins.")
        _freeze(self.events, self.left)


@dataclass(frozen=True, eq=False)
class SlotCounts:
    """One group's contacts by slot, as they were drawn: those who may be measured.

    Each is an array with a number for each slot. A mark before the due time removes a contact from
    all of it, a later one from nothing.
    - `numbers`: of the slots, in order; slots with nobody are absent
    - `unmeasured`: the other contacts, of whom only the guard rails of marks know
    - `latest_due`: the last due minute, of all
    - `due_total`, `due_squares`: sums of due minutes, and of their squares, since the slot's start
    - `resent`: whether anybody was mailed again before the decision age
    - `counted`, `of_any_kind`: by the first event of a person, and by the first at all
    """

    numbers: Whole
    contacts: Whole
    unmeasured: Whole
    latest_due: Whole
    due_total: Whole
    due_squares: Whole
    resent: Flags
    counted: ByAge
    of_any_kind: ByAge
    guard_rails: Mapping[GuardRail, ByAge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _freeze(self.numbers, self.contacts, self.unmeasured, self.latest_due)
        _freeze(self.due_total, self.due_squares, self.resent)
        for some in (self.counted, self.of_any_kind):
            _refuse_more(some, self.contacts)
        for rail, some in self.guard_rails.items():
            _refuse_more(some, self.watched(rail))

    @property
    def drawn(self) -> Whole:
        """All contacts, whether they may be measured or not."""
        return self.contacts + self.unmeasured

    def watched(self, rail: GuardRail) -> Whole:
        """A mark is told of anybody, and only who is measured can withdraw from it."""
        return self.contacts if rail is GuardRail.CONSENT else self.drawn

    def guard_rail(self, rail: GuardRail) -> ByAge:
        """Nobody where nobody ran into it."""
        return self.guard_rails.get(rail) or nobody(len(self.numbers))

    def with_first_opens(self, rows: Whole, *, bins: int) -> "SlotCounts":
        """Once so many more first opens were counted; `bins` are those up to the decision age.

        Each row is a slot, an age bin, first opens of a person and of any kind, and how many were
        mailed again before each.
        """
        at = np.searchsorted(self.numbers, rows[:, 0]), rows[:, 1]
        counted, of_any_kind = (
            ByAge(_added(by_age.events, at, events), _added(by_age.left, at, left))
            for by_age, events, left in (
                (self.counted, rows[:, 2], rows[:, 4]),
                (self.of_any_kind, rows[:, 3], rows[:, 5]),
            )
        )
        resent = np.asarray(counted.left[:, :bins].any(axis=1))
        return replace(self, counted=counted, of_any_kind=of_any_kind, resent=resent)


def _added(to: Whole, at: tuple[Whole, Whole], amounts: Whole) -> Whole:
    total = to.copy()
    np.add.at(total, at, amounts)
    return total


def nobody(slots: int) -> ByAge:
    """In so many slots."""
    return ByAge(*np.zeros((2, slots, AGE_BINS), dtype=np.int64))


def _freeze(*arrays: npt.NDArray[Any]) -> None:
    """Reports keep these, and give them to many."""
    for array in arrays:
        array.setflags(write=False)


def _refuse_more(some: ByAge, contacts: Whole) -> None:
    gone = (some.events + some.left).sum(axis=1)
    fewest = np.minimum(some.events, some.left).min(axis=1)
    wrong = (gone > contacts) | (fewest < 0)
    if wrong.any():
        at = wrong.argmax()
        raise ImpossibleSlot(f"{gone[at]} contacts left a slot of {contacts[at]}.")


@dataclass(frozen=True)
class GroupOfSlots:
    """A group's counters by slot, and what there is of it in any.

    - `planned_share`: a percentage, None where the split is even
    - `marked_before`, `marked_after`: contacts marked as not reached (bounced and so on) before
      they were due, which are in no slot, and since, which are
    - `mailed_again`: contacts due up to the cut-off, before the decision age
    - `delivered`: what mail services told, None where they told nothing
    """

    id: int
    name: str
    planned_share: float | None
    slots: SlotCounts
    marked_before: int = 0
    marked_after: int = 0
    mailed_again: int = 0
    delivered: Delivered | None = None


@dataclass(frozen=True)
class Experiment:
    """A campaign's plan and the groups that anybody was drawn into."""

    plan: Plan
    groups: Sequence[GroupOfSlots]
