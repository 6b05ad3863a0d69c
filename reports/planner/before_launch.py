"""Whether groups would be sent apart, from the times they are planned for; pure.

By the rule of the verdict (`reports.verdict.apart`), with the slots that would be fixed and the
events that the expected rate will bring: what holds then is said while it can still be mended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from reports.planner.times import CampaignTimes, GroupTimes, SlotTimes
from reports.verdict.apart import DueTimes, Timing, sent_apart
from reports.verdict.deciding import MIN_CONTACTS
from reports.verdict.facts import MAX_GROUPS
from tracking.counting.slots import Slots

NOBODY = SlotTimes()


@dataclass(frozen=True)
class Apart:
    """Two groups that could not be compared: the first is sent to so much earlier on average.

    `in_other_slots` is whether they share too few stretches of time at all.
    """

    earlier: GroupTimes
    later: GroupTimes
    minutes: float
    in_other_slots: bool


def groups_apart(times: CampaignTimes, *, rate: float) -> list[Apart]:
    """The pairs of groups that would be sent apart, the farthest first."""
    large = [group for group in times.groups if group.contacts >= MIN_CONTACTS]
    if times.slots is None or len(large) > MAX_GROUPS:
        return []
    pairs = (_apart(g, h, times.slots, rate=rate) for g, h in combinations(large, 2))
    return sorted(filter(None, pairs), key=lambda pair: -pair.minutes)


def _apart(g: GroupTimes, h: GroupTimes, slots: Slots, *, rate: float) -> Apart | None:
    numbers = sorted({*g.slots, *h.slots})
    timing = Timing(_of(g, numbers), _of(h, numbers))
    if not sent_apart(timing, events=round(rate * (g.contacts + h.contacts))):
        return None
    in_other_slots = timing.shared < 0.5
    minutes = _mean_due(g, slots) - _mean_due(h, slots) if in_other_slots else timing.apart
    earlier, later = (g, h) if minutes <= 0 else (h, g)
    return Apart(earlier, later, abs(minutes), in_other_slots)


def _of(group: GroupTimes, numbers: Sequence[int]) -> DueTimes:
    columns = zip(*(group.slots.get(number, NOBODY) for number in numbers), strict=True)
    return DueTimes.of(*columns)


def _mean_due(group: GroupTimes, slots: Slots) -> float:
    """In minutes since 1970."""
    sums = (one.total + one.contacts * slots.start(number) for number, one in group.slots.items())
    return sum(sums) / group.contacts
