"""What a campaign's groups will find, and what a wished difference needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from campaigns.models import Campaign, Group
from campaigns.planned_split import exact_parts
from campaigns.roles import Role
from foundation.errors import InvalidInput
from reports.planner import wording
from reports.planner.before_launch import Apart, groups_apart
from reports.planner.due_times import due_times
from reports.planner.expected import ExpectedRate, RateFrom
from reports.planner.rates import expected_rate
from reports.planner.times import CampaignTimes, GroupTimes
from reports.verdict import wording as verdict_wording
from reports.verdict.deciding import MIN_CONTACTS
from reports.verdict.facts import MAX_GROUPS
from reports.verdict.planning import contacts_to_find, least_power, smallest_share_found

SMALLEST_DIFFERENCE = 0.0001
# Below, a mailing says nothing of opens.
SMALLEST_RATE = 0.001
# Asked about where nobody wishes for another: a part of the rate, in whole tenths of a point.
USUAL_PART = 0.1
# What sums of fractions may be off by.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Plan:
    """A plan of a campaign's groups, figured out where it is asked for.

    Shares and differences are fractions. `wished` is the difference that somebody asks about.
    `parts` are the groups' planned parts of all contacts: the rest and the control group, which
    are not compared, have theirs too. Unless it `is_asked`, the usual difference is wished.
    """

    decision_age: int
    rate: ExpectedRate
    times: CampaignTimes
    wished: float | None
    parts: tuple[float, ...]
    is_asked: bool = True

    @property
    def groups(self) -> tuple[GroupTimes, ...]:
        return self.times.groups

    @property
    def sizes(self) -> list[int]:
        """Of the groups that are large enough to be compared."""
        return [group.contacts for group in self.groups if group.contacts >= MIN_CONTACTS]

    @property
    def weights(self) -> tuple[float, ...]:
        """Each group's planned part of the contacts that are compared; archived ones get none."""
        return tuple(part / self.compared_part for part in self.parts if part)

    @property
    def compared_part(self) -> float:
        """Of all contacts, rounded to hide what adding fractions is off by."""
        return round(sum(self.parts), 9)

    @property
    def measured_part(self) -> float:
        """Of the scheduled contacts that are compared; 1 where nobody is scheduled."""
        scheduled = sum(group.scheduled for group in self.groups)
        return sum(group.contacts for group in self.groups) / scheduled if scheduled else 1.0

    @property
    def comparable(self) -> bool:
        return 2 <= len(self.groups) <= MAX_GROUPS

    @cached_property
    def apart(self) -> list[Apart]:
        return groups_apart(self.times, rate=self.rate.share)

    @cached_property
    def smallest_difference(self) -> float | None:
        """That the contacts at hand will find four times in five; None where none is."""
        if not self.comparable or len(self.sizes) < 2:
            return None
        found = smallest_share_found(self.rate.share, contacts=tuple(sorted(self.sizes)))
        return None if found is None else found - self.rate.share

    @property
    def larger(self) -> float | None:
        """The better group's share that is asked about."""
        return None if self.wished is None else min(1.0, self.rate.share + self.wished)

    @cached_property
    def contacts_needed(self) -> int | None:
        """In the compared groups together, for the difference that is asked about."""
        if not self.comparable or self.larger is None:
            return None
        return contacts_to_find(self.rate.share, self.larger, weights=self.weights)

    @cached_property
    def chance(self) -> float | None:
        """That the contacts at hand find the difference that is asked about."""
        if not self.comparable or self.larger is None or len(self.sizes) < 2:
            return None
        return least_power(self.rate.share, self.larger, contacts=self.sizes)

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the schedule."""
        return wording.apart(self.apart)

    @property
    def sentences(self) -> list[str]:
        return [*self.at_hand, *self._asked()]

    @property
    def at_hand(self) -> list[str]:
        """The sentences that no wished difference changes."""
        if not self.comparable:
            return [self._nothing_to_compare()]
        return [wording.rate(self.rate, decision_age=self.decision_age), *self._found()]

    @property
    def taking_no_part(self) -> list[str]:
        """The sentences that no rate changes, either."""
        return self._takes_no_part() if self.comparable else [self._nothing_to_compare()]

    def _nothing_to_compare(self) -> str:
        count = len(self.groups)
        if count > MAX_GROUPS:
            return verdict_wording.too_many_groups(count, limit=MAX_GROUPS)
        return verdict_wording.ONE_GROUP if count else verdict_wording.NO_GROUPS

    def _found(self) -> list[str]:
        sizes, share = self.sizes, self.rate.share
        said = []
        if share >= 1:
            said.append(wording.NOTHING_ABOVE)
        elif len(sizes) > 1:
            said.append(wording.found(sizes, share=share, difference=self.smallest_difference))
        return said + self._takes_no_part()

    def _measured(self) -> list[str]:
        """Of how many of the scheduled contacts the plan is; nothing where it is of all."""
        measured = sum(group.contacts for group in self.groups)
        scheduled = sum(group.scheduled for group in self.groups)
        return [wording.measured(measured, of=scheduled)] if measured < scheduled else []

    def _takes_no_part(self) -> list[str]:
        if not any(group.scheduled for group in self.groups):
            said = [wording.NOTHING_SCHEDULED]
        else:
            small = [group for group in self.groups if group.contacts < MIN_CONTACTS]
            nobody = self.measured_part == 0
            said = self._measured() + [wording.too_small(g) for g in small if not nobody]
        unscheduled = sum(group.unscheduled for group in self.groups)
        late = sum(group.late for group in self.groups)
        said += [wording.unscheduled(unscheduled)] if unscheduled else []
        return said + ([wording.late(late)] if late else [])

    def _asked(self) -> list[str]:
        number, larger = self.contacts_needed, self.larger
        if number is None or larger is None:
            return []
        needed = wording.needed(self.rate.share, larger, number=number, weights=self.weights)
        said = [needed if self.is_asked else wording.usual(needed)]
        part = self.compared_part * self.measured_part
        if 0 < part < 1:
            partly = self.measured_part < 1
            said.append(wording.whole_list(number, part=part, partly=partly))
        return said if self.chance is None else [*said, wording.chance(self.chance)]


@dataclass(frozen=True)
class Question:
    """What somebody asks a planner: fractions, None for a rate to be found out."""

    rate: float | None = None
    difference: float | None = None

    def __post_init__(self) -> None:
        if self.rate is not None and not SMALLEST_RATE <= self.rate <= 1:
            raise InvalidInput.field("rate", "Give a percentage of at least 0.1 and at most 100.")
        if self.difference is not None and not SMALLEST_DIFFERENCE <= self.difference <= 1:
            raise InvalidInput.field(
                "difference", "Give percentage points of at least 0.01 and at most 100."
            )


def variants_of(groups: Sequence[Group]) -> list[Group]:
    return [group for group in groups if group.role == Role.VARIANT]


def plan_campaign(
    campaign: Campaign,
    groups: Sequence[Group],
    *,
    question: Question,
    now: datetime,
    times: CampaignTimes | None = None,
) -> Plan:
    """The plan of a campaign with these groups, of which the variants are compared.

    `times` are the variants' if they are known. In at most seven queries. Raises InvalidInput.
    """
    if question.rate is None:
        rate = expected_rate(campaign, now=now)
    else:
        rate = ExpectedRate(question.rate, RateFrom.GIVEN, campaign.decision_age)
    wished = question.difference
    if wished is None:
        wished = usual_difference(rate.share)
    elif rate.share + wished > 1 + ROUNDING:
        raise InvalidInput.field("difference", wording.too_much(rate.share))
    variants = variants_of(groups)
    times = times or due_times(campaign, variants)
    parts, is_asked = _parts(variants, groups), question.difference is not None
    return Plan(campaign.decision_age, rate, times, wished, parts, is_asked)


def _parts(variants: Sequence[Group], groups: Sequence[Group]) -> tuple[float, ...]:
    """As a draw deals them out."""
    taking = [group for group in groups if group.archived_at is None]
    parts = exact_parts([group.planned_share for group in taking])
    of_group = {group.id: float(part) for group, part in zip(taking, parts, strict=True)}
    return tuple(of_group.get(group.id, 0.0) for group in variants)


def usual_difference(share: float) -> float | None:
    """A tenth of a rate, in tenths of a point; None where nothing is above it."""
    wished = max(round(USUAL_PART * share, 3), 0.001)
    return wished if share + wished <= 1 + ROUNDING else None
