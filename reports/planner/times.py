"""When a campaign's contacts are due, by group and slot, before any of them is; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from foundation.timestamps import EPOCH
from reports.verdict.deciding import MIN_CONTACTS
from tracking.counting.slots import FIXED_AFTER_MINUTES, Slots


class SlotTimes(NamedTuple):
    """A group's contacts of a slot who may be measured; sums are of due minutes, and squares, since
    its start.
    """

    contacts: int = 0
    total: int = 0
    squares: int = 0


@dataclass(frozen=True)
class GroupTimes:
    """A group's contacts by the number of the slot in which they are due, up to the cut-off.

    Only those who may be measured: `unmeasured` are the others. `late` are due after the cut-off,
    `unscheduled` never.
    """

    id: int
    number: int
    name: str
    slots: Mapping[int, SlotTimes] = field(default_factory=dict)
    unmeasured: int = 0
    late: int = 0
    unscheduled: int = 0

    @property
    def contacts(self) -> int:
        """Those that are decided on."""
        return sum(slot.contacts for slot in self.slots.values())

    @property
    def scheduled(self) -> int:
        """Up to the cut-off, whoever may be measured."""
        return self.contacts + self.unmeasured


@dataclass(frozen=True)
class CampaignTimes:
    """A campaign's groups by number; `slots` are those that would be fixed, None without any."""

    slots: Slots | None
    groups: tuple[GroupTimes, ...]

    @property
    def several(self) -> bool:
        """Whether two groups or more are large enough to be compared."""
        return sum(group.contacts >= MIN_CONTACTS for group in self.groups) > 1

    def is_open(self, *, now: datetime) -> bool:
        """Whether slots are not fixed yet: from then on the verdict itself tells."""
        if self.slots is None:
            return True
        fixed_at = EPOCH + timedelta(minutes=self.slots.first_due + FIXED_AFTER_MINUTES)
        return now < fixed_at
