"""What became of a rest: whose e-mail it gets, and whether the decision confirmed that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Group
from tracking.models import VerdictDecision


@dataclass(frozen=True)
class Winner:
    """The group whose e-mail a rest gets.

    `start_at` is when its first contact was to be due. `given_at` is None while contacts of the
    rest have no due time yet. `is_preliminary` says that nothing was decided when it was chosen,
    `confirmed` whether the decision then found the same group; None where either is not so.
    """

    group_id: int
    start_at: datetime | None
    given_at: datetime | None
    is_preliminary: bool
    confirmed: bool | None


def winners(groups: Sequence[Group]) -> dict[int, Winner]:
    """By the id of the rest that was given one; in one query, none without a preliminary one."""
    return {group.id: _winner(group.winner_id, group) for group in groups if group.winner_id}


def _winner(winner_id: int, rest: Group) -> Winner:
    preliminary = rest.winner_is_preliminary
    confirmed = _confirmed(winner_id, rest.campaign_id) if preliminary else None
    return Winner(winner_id, rest.winner_start_at, rest.winner_given_at, preliminary, confirmed)


def _confirmed(winner_id: int, campaign_id: int) -> bool | None:
    decision = VerdictDecision.objects.filter(campaign_id=campaign_id).values_list("group_id")
    decided = decision.first()
    return None if decided is None else decided[0] == winner_id
