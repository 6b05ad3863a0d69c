"""What the verdict says: its states, what is stored of it, and what is shown; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reports.verdict.experiment import Goal, GuardRail
from reports.verdict.proportions import Rate


class State(StrEnum):
    """As the API names them; the first that matches is given."""

    BETTER = "better"
    DECIDED_OPEN = "decided_open"
    GROUPS_UNBALANCED = "groups_unbalanced"
    SENT_APART = "sent_apart"
    FLIPS_WITHOUT_MACHINE_OPENS = "flips_without_machine_opens"
    PROMISING = "promising"
    TOO_EARLY = "too_early"
    NO_DIFFERENCE_WORTH_ACTING_ON = "no_difference_worth_acting_on"


class Way(StrEnum):
    """How a better group was called: at any moment, or once at the decision age."""

    WATCHING = "watching"
    DECIDING = "deciding"


@dataclass(frozen=True)
class Figures:
    """Whose share is named: by group id, at an age in minutes (None where none was reached)."""

    age: int | None
    rates: Mapping[int, Rate]


@dataclass(frozen=True)
class Call:
    """The first call of a campaign, stored once and shown from then on."""

    moment: int
    goal: Goal
    way: Way
    group: int
    figures: Figures


@dataclass(frozen=True)
class Ratio:
    """How many times as often as in `over` the event happens in `group`; both are ids.

    `high` is None where it has no end.
    """

    group: int
    over: int
    low: float
    high: float | None

    @property
    def reversed(self) -> "Ratio":
        low = 0.0 if self.high is None else 1 / self.high
        return Ratio(self.over, self.group, low, 1 / self.low if self.low else None)


@dataclass(frozen=True)
class Decision:
    """What was decided, once, stored with the sums it was decided on.

    `state` is what stopped a call where it is neither `better`, `decided_open` nor
    `no_difference_worth_acting_on`. `ratios` are of every pair that meets the minimum, the group
    of the smaller index first. `text` has `reports.verdict.wording.placeholder` for names.
    """

    moment: int
    state: State
    group: int | None
    figures: Figures
    ratios: tuple[Ratio, ...]
    text: str


@dataclass(frozen=True)
class Stored:
    """What is stored of a campaign's verdict by now."""

    call: Call | None = None
    decision: Decision | None = None


@dataclass(frozen=True)
class Range:
    """The range of a group's share today: no verdict by itself (Wilson, 95%)."""

    events: int
    contacts: int
    low: float
    high: float


@dataclass(frozen=True)
class Stop:
    """A guard rail that a group has run into, and the sentence."""

    group: int
    rail: GuardRail
    text: str


@dataclass(frozen=True)
class Verdict:
    """What may be said of a campaign's groups now.

    - `leader`: the id of the group that was called, or is ahead where `state` is `promising`; that
      of the decision where it found another one than watching
    - `preliminary`: called by watching and not decided yet
    - `confirmed`: whether the decision found what watching had called; None where either is
      missing
    - `decides_at`: when it is decided, None before slots are fixed, once it is, and where nothing
      that may still come lets groups be compared
    - `ratios`: from the decision on
    - `figures`: those of the sentence; `ranges` by group id, None without contacts
    - `probability_best` and `choice_now`: None while too early or not to be compared. They move
      around and are not the verdict
    - `beside`: sentences, such as who is left out, or what has changed since a call
    - `decision`: what is stored of it
    - `tells_when`: whether `text` says when it is decided
    """

    state: State
    text: str
    leader: int | None
    preliminary: bool
    confirmed: bool | None
    decides_at: int | None
    ratios: tuple[Ratio, ...]
    figures: Figures
    ranges: Mapping[int, Range | None]
    probability_best: Mapping[int, float] | None
    choice_now: str | None
    beside: tuple[str, ...]
    stops: tuple[Stop, ...]
    decision: Decision | None = None
    tells_when: bool = False
