"""What a report says of groups that are no variants: the rest and the control group; pure."""

from collections.abc import Mapping

from campaigns.roles import Role
from reports.data import GroupData
from reports.verdict.wording import age

WAITS = "waits for the winner"
NO_MAIL = "gets no e-mail"
PRELIMINARY = "preliminary"
NOT_CONFIRMED = "Not confirmed"


def role_in_words(group: GroupData, names: Mapping[int, str]) -> str:
    """What becomes of a group, "" for a variant; `names` are the groups' by id."""
    if group.role is Role.CONTROL:
        return NO_MAIL
    if group.role is Role.VARIANT:
        return ""
    if group.winner is None:
        return WAITS
    name = names[group.winner]
    return f"is being given {name}" if group.winner_given_at is None else f"gets {name}"


def doubt_in_words(group: GroupData, decided_at_age: int | None) -> str:
    """What to know of the winner that the rest was given; "" where there is no doubt.

    `decided_at_age` is in minutes, None where nothing was compared.
    """
    if not group.winner_preliminary or group.winner_confirmed:
        return ""
    if group.winner_confirmed is None:
        return PRELIMINARY
    return NOT_CONFIRMED if decided_at_age is None else f"{NOT_CONFIRMED} at {age(decided_at_age)}"
