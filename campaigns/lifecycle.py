"""The state of a campaign by its dates; pure."""

from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    ENDED = "ended"
    ARCHIVED = "archived"


def state_of(
    *, start_at: datetime, end_at: datetime, archived_at: datetime | None, now: datetime
) -> State:
    """A campaign is being sent from its start to its end, both included."""
    if archived_at is not None:
        return State.ARCHIVED
    if now < start_at:
        return State.PLANNED
    return State.SENDING if now <= end_at else State.ENDED
