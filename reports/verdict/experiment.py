"""What the verdict is given: a campaign's plan and its groups' counters by slot; pure.

Due times are minutes since 1970, moments milliseconds since 1970.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reports.verdict.apart import Delivered
from tracking.counting.slots import AGE_BINS, Slots


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


@dataclass(frozen=True)
class ByAge:
    """A slot's contacts by age bin: of their first event, and of being mailed again before one.

    Whoever is mailed again leaves before the bin that holds it, and no later event counts.
    """

    events: Sequence[int]
    left: Sequence[int] = (0,) * AGE_BINS

    def __post_init__(self) -> None:
        if {len(self.events), len(self.left)} != {AGE_BINS}:
            raise ImpossibleSlot(f"Pass {AGE_BINS} age bins.")


@dataclass(frozen=True)
class SlotCounts:
    """One group's contacts of a slot, as they were drawn: those who may be measured.

    A mark before the due time removes a contact from all of it, a later one from nothing.
    - `unmeasured`: the other contacts, of whom only the guard rails of marks know
    - `latest_due`: the last due minute, of all
    - `due_total`, `due_squares`: sums of due minutes, and of their squares, since the slot's start
    - `resent`: whether anybody was mailed again before the decision age
    - `counted`, `of_any_kind`: by the first event of a person, and by the first at all
    """

    contacts: int
    latest_due: int
    due_total: int
    due_squares: int
    resent: bool
    counted: ByAge
    of_any_kind: ByAge
    guard_rails: Mapping[GuardRail, ByAge] = field(default_factory=dict)
    unmeasured: int = 0

    def __post_init__(self) -> None:
        for some in (self.counted, self.of_any_kind):
            _refuse_more(some, self.contacts)
        for rail, some in self.guard_rails.items():
            _refuse_more(some, self.watched(rail))

    @property
    def drawn(self) -> int:
        """All contacts, whether they may be measured or not."""
        return self.contacts + self.unmeasured

    def watched(self, rail: GuardRail) -> int:
        """A mark is told of anybody, and only who is measured can withdraw from it."""
        return self.contacts if rail is GuardRail.CONSENT else self.drawn


def _refuse_more(some: ByAge, contacts: int) -> None:
    gone = sum(some.events) + sum(some.left)
    if gone > contacts or min(*some.events, *some.left) < 0:
        raise ImpossibleSlot(f"{gone} contacts left a slot of {contacts}.")


@dataclass(frozen=True)
class GroupOfSlots:
    """A group's counters by the number of the slot; slots with nobody are absent.

    - `planned_share`: a percentage, None where the split is even
    - `marked_before`, `marked_after`: contacts marked as not reached (bounced and so on) before
      they were due, which are in no slot, and since, which are
    - `mailed_again`: contacts due up to the cut-off, before the decision age
    - `delivered`: what mail services told, None where they told nothing
    """

    id: int
    name: str
    planned_share: float | None
    slots: Mapping[int, SlotCounts]
    marked_before: int = 0
    marked_after: int = 0
    mailed_again: int = 0
    delivered: Delivered | None = None


@dataclass(frozen=True)
class Experiment:
    """A campaign's plan and the groups that anybody was drawn into."""

    plan: Plan
    groups: Sequence[GroupOfSlots]
