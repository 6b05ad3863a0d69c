"""What a report says of groups that are no variants: the rest and the control group; pure."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from campaigns.roles import Role
from foundation import dates
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


def rest_in_totals(groups: Sequence[GroupData], zone: tzinfo) -> str:
    """That the totals are of the rest, too; "" as long as none of it was sent to."""
    for rest in groups:
        if rest.role is Role.REST and rest.sent and rest.winner_start_at is not None:
            since = dates.moment(rest.winner_start_at.astimezone(zone))
            return f"The rest, {rest.name}, is among all groups since {since}.{_without(groups)}"
    return ""


def _without(groups: Sequence[GroupData]) -> str:
    has_control = any(group.role is Role.CONTROL for group in groups)
    return " The control group is not." if has_control else ""


def mailed_too_early(groups: Sequence[GroupData]) -> str:
    """What to look at where a rest was mailed before it had a winner; "" where none was opened."""
    waiting = [group for group in groups if group.role is Role.REST and group.winner is None]
    opened = sum(group.sent for group in waiting)
    if not opened:
        return ""
    contacts = "A contact" if opened == 1 else f"{opened:,} contacts"
    return (
        f"{contacts} of the rest opened the e-mail, though the rest waits for the winner: look "
        "which list your mail service has sent to."
    )


def doubt_in_words(group: GroupData, decided_at_age: int | None) -> str:
    """What to know of the winner that the rest was given; "" where there is no doubt.

    `decided_at_age` is in minutes, None where nothing was compared.
    """
    if not group.winner_preliminary or group.winner_confirmed:
        return ""
    if group.winner_confirmed is None:
        return PRELIMINARY
    return NOT_CONFIRMED if decided_at_age is None else f"{NOT_CONFIRMED} at {age(decided_at_age)}"
