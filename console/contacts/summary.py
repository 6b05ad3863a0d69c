"""What pages say of who opened in a campaign or a group, and of whom they say nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Campaign, Group
from console.report.rest import NO_MAIL, WAITS
from reports.who_opened import WhoOpened, who_opened
from tracking.opened import Opened

GIVEN = "is being given the winner"


@dataclass(frozen=True)
class Summary:
    """The numbers of a campaign, or of `group` alone.

    `groups` are those that are looked at, `group_ids` those of them that are counted.
    """

    campaign: Campaign
    group: Group | None
    groups: tuple[Group, ...]
    group_ids: tuple[int, ...]
    who: WhoOpened

    def of(self, opened: Opened) -> int:
        return self.who.by[opened]

    @property
    def unknown(self) -> str:
        """Of whom nothing can be known, "" where there is nobody."""
        if not self.who.unknown:
            return ""
        waiting = "".join(f", {group} {why_unmailed(group)}" for group in self._waiting())
        return (
            f"Of {self.who.unknown:,} more nothing can be known: they are not due (yet){waiting}, "
            "have no schedule, or were erased before it."
        )

    @property
    def unmeasured(self) -> str:
        """Of whom it is not known since they may not be measured, "" where there is nobody."""
        if not self.who.unmeasured:
            return ""
        contacts = "contact" if self.who.unmeasured == 1 else "contacts"
        return (
            f"Of {self.who.unmeasured:,} {contacts} that were sent to it is not known: they may "
            "not be measured, or withdrew before anything was opened."
        )

    def _waiting(self) -> list[Group]:
        return [group for group in self.groups if group.is_counted and not group.is_mailed]

    @property
    def no_file(self) -> str:
        """Why there is no file of the group, "" where there is one."""
        if self.group is None or self.group.is_mailed:
            return ""
        return f"There is no file of group {self.group}: it {why_unmailed(self.group)}."

    @property
    def left_out(self) -> str:
        """Which groups are in no file of the campaign, or in no list either, "" for none."""
        return "" if self.group else left_out_in_words(self.groups)


def summarize(
    campaign: Campaign, groups: Sequence[Group], group: Group | None, *, now: datetime
) -> Summary:
    """`groups` are all of the campaign, or `group` alone."""
    ids = tuple(one.id for one in groups if one.is_counted)
    return Summary(campaign, group, tuple(groups), ids, who_opened(ids, now=now))


def left_out_in_words(groups: Sequence[Group]) -> str:
    """The groups whose contacts are in no file, and why; "" where there are none."""
    unmailed = [f"{group} ({why_unmailed(group)})" for group in groups if not group.is_mailed]
    return f"Not in the file: {', '.join(unmailed)}." if unmailed else ""


def why_unmailed(group: Group) -> str:
    """In words, of a group that gets no mail, or none yet."""
    if not group.is_counted:
        return NO_MAIL
    return GIVEN if group.is_being_given else WAITS
