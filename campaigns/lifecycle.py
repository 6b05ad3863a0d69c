"""The state of a campaign, by how far it was sent and whether it was decided; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    DECIDED = "decided"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Progress:
    """How far a campaign was sent.

    `sent` are contacts that are due or were opened, `unscheduled` those without a time of sending,
    opened or not. The control group is in none of the numbers. `has_groups` are groups that take
    contacts.
    """

    contacts: int = 0
    sent: int = 0
    unscheduled: int = 0
    is_decided: bool = False
    has_groups: bool = True

    @property
    def planned(self) -> int:
        """Contacts that were sent to, or have a time at which they will be."""
        return max(self.contacts - self.unscheduled, self.sent)


def state_of(progress: Progress, *, archived_at: datetime | None) -> State:
    """Archived wins, then decided. Without any time of sending a campaign stays a draft."""
    if archived_at is not None:
        return State.ARCHIVED
    if progress.is_decided:
        return State.DECIDED
    if progress.planned == 0:
        return State.DRAFT
    if progress.sent == 0:
        return State.SCHEDULED
    return State.SENDING if progress.sent < progress.planned else State.SENT


def state_in_words(state: State, progress: Progress) -> str:
    """For a label: while a campaign is being sent, with whole percents from 1 to 99."""
    if state != State.SENDING:
        return state.value.capitalize()
    percent = 100 * progress.sent // progress.planned
    return f"Sending {max(percent, 1)}%"
