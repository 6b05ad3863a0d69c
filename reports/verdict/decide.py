"""The A/B verdict: counts in, a state and a sentence out; pure.

Honest however often somebody looks: in A/A campaigns that are watched all the time at most
5 % ever call a better group (`reports.verdict.logrank`; `benchmarks/verdict.py` shows it).
Groups are compared at equal ages since sending only (`reports.verdict.comparable`), which cannot
undo the hour of day: for that there is a warning.

Nothing is remembered between calls. A group once called likely better may stay so for good.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import cast

from reports.verdict import logrank, proportions, sentences
from reports.verdict.comparable import (
    GroupCounts,
    Reached,
    opens_to_come,
    reached,
    released_bins,
    released_cells,
    sent_in_full,
)
from reports.verdict.logrank import Cell, Evidence
from reports.verdict.proportions import Rate

# The share of A/A campaigns in which a better group may ever be called, or seem promising.
ALPHA = 0.05
ALPHA_PROMISING = 0.30
SAME_WITHIN = 1.15
MIN_OPENS = 100
MIN_CONTACTS = 200
# Ages in minutes: to say anything, to call a better group, to be finished.
MIN_AGE, CALL_AGE, FINISHED_AGE = 60, 240, 72 * 60
# Every pair is compared: more would make a report slow.
MAX_GROUPS = 20
FAR_APART_MS = 2 * 3_600_000


class State(StrEnum):
    GROUPS_UNBALANCED = "groups_unbalanced"
    TOO_EARLY = "too_early"
    FLIPS_WITHOUT_MACHINE_OPENS = "flips_without_machine_opens"
    LIKELY_BETTER = "likely_better"
    NO_DIFFERENCE_WORTH_ACTING_ON = "no_difference_worth_acting_on"
    PROMISING = "promising"


@dataclass(frozen=True)
class Range:
    """The range of a group's open rate today, at the verdict's age: no verdict by itself.

    `opened` of `contacts`; `low` and `high` bound the rate as fractions (Wilson, 95 %).
    """

    opened: int
    contacts: int
    low: float
    high: float


@dataclass(frozen=True)
class Verdict:
    """What may be said of a campaign's groups now.

    - `leader`: the id of the group with the most evidence, None in a tie. It leads only where
      `state` says so
    - `evidence`, `threshold`: the leader's log evidence without machine opens, and what a call
      takes, both natural logarithms
    - `more_opens`: of all groups until a call, rounded up to 2 digits; None unless promising,
      and where it is unlikely to be settled
    - `age_minutes`: since sending, at which rates are compared; None where no age was reached
    - `ranges`: by group id, None for a group without contacts at that age
    - `probability_best`: by group id, and `choice_now` in words; None while too early or not
      to be compared. They move around and are not the verdict
    - `warnings`: sentences
    """

    state: State
    text: str
    leader: int | None
    evidence: float
    threshold: float
    more_opens: int | None
    age_minutes: int | None
    ranges: dict[int, Range | None]
    probability_best: dict[int, float] | None
    choice_now: str | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """A state that was matched, and its sentence."""

    state: State
    text: str
    more_opens: int | None = None
    shows_chances: bool = True


@dataclass(frozen=True)
class Facts:
    """What the rules look at; figured out once, and only if a rule asks."""

    groups: Sequence[GroupCounts]
    bins: Sequence[int]

    @cached_property
    def at(self) -> Reached:
        return reached(self.groups, self.bins)

    @property
    def age(self) -> int:
        """Minutes; 0 where no age was reached."""
        return self.at.minutes or 0

    @cached_property
    def rates(self) -> list[Rate]:
        return [self.at.rate(group) for group in self.groups]

    @cached_property
    def cells(self) -> list[Cell]:
        return released_cells(self.groups, self.bins, with_machine=False)

    @cached_property
    def opens(self) -> int:
        return sum(sum(cell.opens) for cell in self.cells)

    @cached_property
    def evidence(self) -> Evidence:
        return self._weigh(self.cells)

    @cached_property
    def evidence_with_machine(self) -> Evidence:
        return self._weigh(released_cells(self.groups, self.bins, with_machine=True))

    @cached_property
    def more_opens(self) -> int | None:
        """Until the leader may be called, rounded up; None where that is unlikely ever."""
        more = self.evidence.more_opens(opens=self.opens, threshold=self.threshold)
        if more is None or more > opens_to_come(self.groups, self.bins, self.at):
            return None
        return sentences.round_up(more)

    @property
    def comparable(self) -> bool:
        return 2 <= len(self.groups) <= MAX_GROUPS

    @property
    def threshold(self) -> float:
        return self.threshold_at(ALPHA)

    def threshold_at(self, alpha: float) -> float:
        return math.log(max(len(self.groups), 1) / alpha)

    def name(self, index: int | None) -> str | None:
        return None if index is None else self.groups[index].name

    def _weigh(self, cells: Sequence[Cell]) -> Evidence:
        return logrank.weigh(cells, len(self.groups) if self.comparable else 0)


def verdict(groups: Sequence[GroupCounts], *, now: int, grace_seconds: float) -> Verdict:
    """The verdict on a campaign's groups at `now` (milliseconds since 1970).

    `grace_seconds` is how long an open may take until the counters know of it.
    """
    facts = Facts(groups, released_bins(groups, now=now, grace_seconds=grace_seconds))
    finding = decide(facts)
    leader = facts.evidence.leader
    best = _probability_best(facts) if finding.shows_chances else None
    return Verdict(
        state=finding.state,
        text=finding.text,
        leader=None if leader is None else groups[leader].id,
        evidence=facts.evidence.strength,
        threshold=facts.threshold,
        more_opens=finding.more_opens,
        age_minutes=facts.at.minutes,
        ranges=_ranges(facts),
        probability_best=best,
        choice_now=_choice_now(facts, best) if best else None,
        warnings=_warnings(groups),
    )


def decide(facts: Facts) -> Finding:
    """The first state that matches."""
    return next(found for rule in RULES if (found := rule(facts)))


# --- The rules ----------------------------------------------------------------------------------


def _nothing_to_compare(facts: Facts) -> Finding | None:
    if facts.comparable:
        return None
    count = len(facts.groups)
    text = sentences.ONE_GROUP if count else sentences.NO_GROUPS
    if count > MAX_GROUPS:
        text = sentences.too_many_groups(count, limit=MAX_GROUPS)
    return Finding(State.TOO_EARLY, text, shows_chances=False)


def _unbalanced(facts: Facts) -> Finding | None:
    sent = sent_in_full(facts.groups)
    shares = [group.planned_share for group in facts.groups]
    if not proportions.mismatch(sent, shares).flagged:
        return None
    return Finding(State.GROUPS_UNBALANCED, sentences.unbalanced(sent), shows_chances=False)


def _below_the_minimum(facts: Facts) -> Finding | None:
    enough_contacts = min(rate.contacts for rate in facts.rates) >= MIN_CONTACTS
    if facts.opens >= MIN_OPENS and enough_contacts and facts.age >= MIN_AGE:
        return None
    return _too_early(facts)


def _flips(facts: Facts) -> Finding | None:
    without, with_machine = facts.evidence, facts.evidence_with_machine
    strength = max(without.strength, with_machine.strength)
    if strength < facts.threshold or without.leader == with_machine.leader:
        return None
    text = sentences.flips(
        with_machine=facts.name(with_machine.leader), without=facts.name(without.leader)
    )
    return Finding(State.FLIPS_WITHOUT_MACHINE_OPENS, text)


def _likely_better(facts: Facts) -> Finding | None:
    if facts.evidence.strength < facts.threshold or facts.age < CALL_AGE:
        return None
    # As much evidence is never two groups'.
    leader = cast(int, facts.evidence.leader)
    name = facts.groups[leader].name
    text = sentences.likely_better(name, facts.rates, leader=leader, minutes=facts.age)
    return Finding(State.LIKELY_BETTER, text)


def _no_difference(facts: Facts) -> Finding | None:
    needed = math.log(1 / ALPHA)
    for g, h in combinations(range(len(facts.groups)), 2):
        if logrank.within(facts.cells, g, h, ratio=SAME_WITHIN) < needed:
            return None
    return Finding(State.NO_DIFFERENCE_WORTH_ACTING_ON, sentences.no_difference(SAME_WITHIN))


def _promising(facts: Facts) -> Finding | None:
    if facts.evidence.strength < facts.threshold_at(ALPHA_PROMISING):
        return None
    more = facts.more_opens
    name = facts.groups[cast(int, facts.evidence.leader)].name
    text = sentences.promising(name, more_opens=more, call_minutes=CALL_AGE)
    return Finding(State.PROMISING, text, more_opens=more)


def _undecided(facts: Facts) -> Finding:
    if facts.age >= FINISHED_AGE:
        return Finding(State.TOO_EARLY, sentences.FINISHED)
    return _too_early(facts)


RULES = (
    _nothing_to_compare,
    _unbalanced,
    _below_the_minimum,
    _flips,
    _likely_better,
    _no_difference,
    _promising,
    _undecided,
)


def _too_early(facts: Facts) -> Finding:
    return Finding(State.TOO_EARLY, sentences.too_early(facts.opens), shows_chances=False)


# --- What is shown beside the verdict -----------------------------------------------------------


def _ranges(facts: Facts) -> dict[int, Range | None]:
    return {
        group.id: Range(*rate, *proportions.wilson(*rate)) if rate.contacts else None
        for group, rate in zip(facts.groups, facts.rates, strict=True)
    }


def _probability_best(facts: Facts) -> dict[int, float]:
    chances = proportions.probability_best(tuple(facts.rates))
    return {group.id: chance for group, chance in zip(facts.groups, chances, strict=True)}


def _choice_now(facts: Facts, best: dict[int, float]) -> str:
    chosen = max(facts.groups, key=lambda group: best[group.id])
    return sentences.choice_now(chosen.name, best[chosen.id])


def _warnings(groups: Sequence[GroupCounts]) -> tuple[str, ...]:
    medians = [group.median_sent_at for group in groups if group.median_sent_at is not None]
    far = len(medians) > 1 and max(medians) - min(medians) > FAR_APART_MS
    return (sentences.FAR_APART,) if far else ()
