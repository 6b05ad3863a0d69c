"""What became of a rest: whose e-mail it gets, and whether the decision confirmed that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Group
from reports.verdict.states import Decision


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


def winners(groups: Sequence[Group], *, decision: Decision | None) -> dict[int, Winner]:
    """By the id of the rest that was given one; `decision` is the campaign's."""
    return {
        group.id: _winner(group.winner_id, group, decision) for group in groups if group.winner_id
    }


def _winner(winner_id: int, rest: Group, decision: Decision | None) -> Winner:
    preliminary = rest.winner_is_preliminary
    confirmed = decision.group == winner_id if preliminary and decision else None
    return Winner(winner_id, rest.winner_start_at, rest.winner_given_at, preliminary, confirmed)
