"""Describes campaigns and groups for their history, which the API and the console record."""

from collections.abc import Callable
from operator import attrgetter

from django.contrib.auth.base_user import AbstractBaseUser

from campaigns.models import DECISION_AGES, GOALS, Campaign, Group
from campaigns.roles import LABELS, Role
from foundation.audit_log import History, Told, moment, note, quoted
from foundation.database.transactions import in_transaction


def _campaign(campaign: Campaign) -> Told:
    return {
        "Name": quoted(campaign.name),
        "Description": quoted(campaign.description),
        "Starts": moment(campaign.start_at),
        "Ends": moment(campaign.end_at),
        "Goal": dict(GOALS)[campaign.goal],
        "Decides after": dict(DECISION_AGES)[campaign.decision_age],
        "Cut-off": "none" if campaign.cut_off_at is None else moment(campaign.cut_off_at),
        "Measures": campaign.tracking_mode or "as the installation",
        "Who was never asked": campaign.never_asked or "as the installation",
        "Archived": _yes_or_no(campaign.archived_at),
    }


def _group(group: Group) -> Told:
    share = group.planned_share
    return {
        "Number": str(group.number),
        "Name": quoted(group.name),
        "Role": LABELS[Role(group.role)],
        "Planned share": "even" if share is None else f"{share.normalize():f}%",
        "Description": quoted(group.description),
        "Winner": _winner(group),
        "Archived": _yes_or_no(group.archived_at),
    }


def _winner(group: Group) -> str:
    """What the rest was given, and from when on it is sent."""
    if group.winner is None:
        return "none"
    preliminary = ", preliminary" if group.winner_is_preliminary else ""
    return f"{quoted(str(group.winner))} from {moment(group.winner_start_at)}{preliminary}"


def note_on_group(*, by: AbstractBaseUser, group: Group, sentence: str) -> None:
    """Record an action on a group, and on its campaign."""
    note(by=by, rows=[group], sentence=sentence)
    note(by=by, rows=[group.campaign], sentence=f"Group {quoted(str(group))}: {sentence}")


@in_transaction
def duplicated(
    *, by: AbstractBaseUser, source: Campaign, duplicate: Callable[[], Campaign]
) -> Campaign:
    """Copy a campaign and record that on both and on the groups of the copy, all or nothing."""
    copy = CAMPAIGNS.created(by=by, create=duplicate)
    note(by=by, rows=[source], sentence=f"Duplicated as {quoted(copy.name)}.")
    copied = [copy, *Group.objects.filter(campaign=copy).order_by("number")]
    note(by=by, rows=copied, sentence=f"Copied from the campaign {quoted(source.name)}.")
    return copy


def _yes_or_no(value: object) -> str:
    return "yes" if value else "no"


CAMPAIGNS = History(_campaign)
GROUPS = History(_group, part_of=attrgetter("campaign"))
