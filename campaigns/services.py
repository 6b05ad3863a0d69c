"""Writes of campaigns and groups; contacts are written by `contacts`."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import structlog
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Max, Model, Value
from django.db.models.functions import Coalesce

from campaigns import modes
from campaigns.models import (
    DECISION_AGES,
    GOALS,
    NAME_KEY_LENGTH,
    Campaign,
    Contact,
    FormerModes,
    Group,
)
from campaigns.roles import SINGLE_ROLES, Role
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from foundation.personal_data.identity import name_key
from foundation.timestamps import EPOCH

Row = TypeVar("Row", bound=Model)

# What limits how far contacts are measured, with the moment at which it was last made wider.
MODES = {"tracking_mode": "tracking_widened_at", "never_asked": "never_asked_widened_at"}
CAMPAIGN_FIELDS = (
    *("name", "description", "start_at", "end_at"),
    *("goal", "decision_age", "cut_off_at"),
    *MODES,
)
# What groups are compared by is chosen before anybody can know how they do.
FIXED_WHEN_DUE = ("goal", "decision_age", "cut_off_at")
FIXED = "This can't change any more, since the first contacts of the campaign are due."
NOT_CONFIRMED = f"Confirm what last_day is for: {modes.LAST_DAY_PURPOSE}."
GROUP_FIELDS = ("number", "name", "description", "planned_share", "role")
ROLE_FIXED = "The role can't change any more, since the group has contacts: make another group."
ARCHIVED = "This {} is archived: unarchive it first."
TAKEN = {
    "number": "The campaign has a group with this number already.",
    "name": "The campaign has a group with this name already.",
    "role": "The campaign has a {role} group already: change or archive that one first.",
}
OTHER_CAMPAIGN = "Group {} belongs to another campaign."

log = structlog.get_logger(__name__)


# --- Campaigns ------------------------------------------------------------------------------


def create_campaign(
    *, created_by: User | None, values: Mapping[str, object], last_day_confirmed: bool = False
) -> Campaign:
    """A campaign from CAMPAIGN_FIELDS; raises InvalidInput."""
    campaign = Campaign(created_by=created_by, **values)
    _refuse_unconfirmed(campaign, dict.fromkeys(MODES), last_day_confirmed)
    _save_campaign(campaign)
    log.info("campaign_created", campaign=campaign.id)
    return campaign


@in_transaction
def update_campaign(
    *,
    campaign_id: int,
    changes: Mapping[str, object],
    now: datetime,
    last_day_confirmed: bool = False,
) -> Campaign:
    """Change some of CAMPAIGN_FIELDS; raises InvalidInput and NotFound.

    Those of FIXED_WHEN_DUE stay once the first contact of the campaign is due. Whoever turns on the
    mode `last_day` has confirmed what it is for.
    """
    campaign = _locked(Campaign, campaign_id)
    _refuse_fixed(campaign, changes, now)
    before = {name: getattr(campaign, name) for name in MODES}
    for name in CAMPAIGN_FIELDS:
        setattr(campaign, name, changes.get(name, getattr(campaign, name)))
    _refuse_unknown_modes(campaign)
    _refuse_unconfirmed(campaign, before, last_day_confirmed)
    _note_other_modes(campaign, before, now)
    _save_campaign(campaign)
    log.info("campaign_changed", campaign=campaign.id, fields=sorted(changes))
    return campaign


def _note_other_modes(campaign: Campaign, before: Mapping[str, str | None], now: datetime) -> None:
    """Store what was in force until now, for its contacts to follow (`contacts.measured`)."""
    changed = [name for name in MODES if getattr(campaign, name) != before[name]]
    if not changed:
        return
    for name in changed:
        if modes.is_wider(getattr(campaign, name), before[name]):
            setattr(campaign, MODES[name], now)
    FormerModes.objects.create(campaign=campaign, until=now, **before)
    campaign.measuring_since = campaign.measuring_since or now
    campaign.measuring_from = EPOCH


def follow_modes_everywhere(*, now: datetime) -> None:
    """Have the contacts of all campaigns follow a change of the installation's modes."""
    Campaign.objects.update(
        measuring_since=Coalesce("measuring_since", Value(now, DateTimeField())),
        measuring_from=EPOCH,
    )


@in_transaction
def archive_campaign(*, campaign_id: int, now: datetime) -> None:
    """Archive a campaign; its name can be used again. Repeating it changes nothing."""
    campaign = _locked(Campaign, campaign_id)
    if campaign.archived_at is None:
        campaign.archived_at, campaign.live = now, None
        campaign.save(update_fields=["archived_at", "live"])
        log.info("campaign_archived", campaign=campaign.id)


@in_transaction
def unarchive_campaign(*, campaign_id: int) -> Campaign:
    """Restore an archived campaign; raises InvalidInput if its name was taken meanwhile."""
    campaign = _locked(Campaign, campaign_id)
    if campaign.archived_at is not None:
        campaign.archived_at, campaign.live = None, True
        _save_campaign(campaign)
        log.info("campaign_unarchived", campaign=campaign.id)
    return campaign


def _save_campaign(campaign: Campaign) -> None:
    campaign.name_key = _name_key(campaign.name)
    if campaign.end_at <= campaign.start_at:
        raise InvalidInput.field(
            "end_at", "end_at must be after start_at.", rule="end_before_start"
        )
    if campaign.goal not in dict(GOALS):
        raise InvalidInput.field("goal", f"Give one of {', '.join(dict(GOALS))}.")
    if campaign.decision_age not in dict(DECISION_AGES):
        ages = ", ".join(f"{minutes:,}" for minutes, _ in DECISION_AGES)
        raise InvalidInput.field("decision_age", f"Give one of {ages} minutes.")
    _refuse_unknown_modes(campaign)
    if campaign.cut_off_at is not None and campaign.cut_off_at <= campaign.start_at:
        raise InvalidInput.field(
            "cut_off_at", "cut_off_at must be after start_at.", rule="cut_off_before_start"
        )
    try:
        with transaction.atomic():
            campaign.save()
    except IntegrityError:
        raise InvalidInput.field(
            "name",
            "Another campaign has this name: choose another one, or archive that campaign.",
            code="taken",
        ) from None


def is_under_way(campaign: Campaign, *, now: datetime) -> bool:
    """Whether its first contact is due: from then on FIXED_WHEN_DUE stay as they are."""
    return Contact.objects.filter(campaign=campaign, due_at__lte=now).exists()


def _refuse_unknown_modes(campaign: Campaign) -> None:
    for name in MODES:
        if getattr(campaign, name) not in (None, *modes.Mode):
            raise InvalidInput.field(name, f"Give one of {', '.join(modes.Mode)}, or null.")


def _refuse_unconfirmed(
    campaign: Campaign, before: Mapping[str, str | None], is_confirmed: bool
) -> None:
    for name in MODES:
        is_turned_on = getattr(campaign, name) == modes.Mode.LAST_DAY != before[name]
        if is_turned_on and not is_confirmed:
            raise InvalidInput.field(name, NOT_CONFIRMED, code="not_confirmed")


def _refuse_fixed(campaign: Campaign, changes: Mapping[str, object], now: datetime) -> None:
    changed = [
        n for n in FIXED_WHEN_DUE if changes.get(n, getattr(campaign, n)) != getattr(campaign, n)
    ]
    if changed and is_under_way(campaign, now=now):
        raise InvalidInput.fields({name: [FIXED] for name in changed}, code="frozen")


def _name_key(name: str) -> str:
    key = name_key(name)
    if len(key) > NAME_KEY_LENGTH:
        raise InvalidInput.field("name", "Give a shorter name: some of its letters count as many.")
    return key


# --- Groups ---------------------------------------------------------------------------------


@in_transaction
def create_group(*, campaign_id: int, values: Mapping[str, object]) -> Group:
    """A group from GROUP_FIELDS in a campaign that is not archived; raises InvalidInput."""
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise InvalidInput.field("campaign", f"There is no campaign {campaign_id}.")
    if campaign.archived_at is not None:
        raise InvalidInput.field("campaign", ARCHIVED.format("campaign"), code="archived")
    group = Group(campaign=campaign, **values)
    _save_group(group)
    log.info("group_created", group=group.id, campaign=campaign.id)
    return group


@in_transaction
def update_group(*, group_id: int, changes: Mapping[str, object]) -> Group:
    """Change some of GROUP_FIELDS; raises InvalidInput for another `campaign_id`."""
    group = _locked(Group, group_id)
    if changes.get("campaign_id", group.campaign_id) != group.campaign_id:
        raise InvalidInput.field("campaign", "A group can't move to another campaign.")
    _refuse_other_role(group, changes)
    for name in GROUP_FIELDS:
        setattr(group, name, changes.get(name, getattr(group, name)))
    _save_group(group)
    log.info("group_changed", group=group.id, fields=sorted(changes))
    return group


@in_transaction
def archive_group(*, group_id: int, now: datetime) -> None:
    """Archive a group; it keeps its number and name, and stays in reports."""
    group = _locked(Group, group_id)
    if group.archived_at is None:
        group.archived_at, group.single_role = now, None
        group.save(update_fields=["archived_at", "single_role"])
        log.info("group_archived", group=group.id)


@in_transaction
def unarchive_group(*, group_id: int) -> Group:
    """Restore an archived group; raises InvalidInput if another has its role meanwhile."""
    group = _locked(Group, group_id)
    if group.archived_at is not None:
        group.archived_at = None
        _save_group(group)
        log.info("group_unarchived", group=group.id)
    return group


def has_contacts(group: Group) -> bool:
    """Whether its role stays as it is."""
    return Contact.objects.filter(group=group).exists()


def next_number(campaign_id: int) -> int:
    """The number after the last of a campaign's groups."""
    last = Group.objects.filter(campaign_id=campaign_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _refuse_other_role(group: Group, changes: Mapping[str, object]) -> None:
    """Contacts are due or not by their group's role, and are drawn for it."""
    if changes.get("role", group.role) == group.role:
        return
    # Held, so that no contact comes in meanwhile.
    if has_contacts(group):
        raise InvalidInput.field("role", ROLE_FIXED, code="frozen")


def _save_group(group: Group) -> None:
    if group.role not in list(Role):
        raise InvalidInput.field("role", f"Give one of {', '.join(list(Role))}.")
    group.name_key = _name_key(group.name)
    is_single = group.role in SINGLE_ROLES and group.archived_at is None
    group.single_role = group.role if is_single else None
    taken = _taken_in_campaign(group)
    if not taken:
        try:
            with transaction.atomic():
                group.save()
        except IntegrityError:
            # A concurrent request won.
            taken = _taken_in_campaign(group) or ["number"]
    if taken:
        sentences = {name: [TAKEN[name].format(role=group.role)] for name in taken}
        raise InvalidInput(sentences[taken[0]][0], code="taken", errors=sentences)


def _taken_in_campaign(group: Group) -> list[str]:
    others = Group.objects.filter(campaign_id=group.campaign_id).exclude(id=group.id)
    taken = {
        "number": others.filter(number=group.number).exists(),
        "name": others.filter(name_key=group.name_key).exists(),
        "role": group.single_role and others.filter(single_role=group.single_role).exists(),
    }
    return [name for name, is_taken in taken.items() if is_taken]


def _locked(model: type[Row], row_id: int) -> Row:
    """The row, locked until the transaction ends; raises NotFound."""
    row = model._default_manager.select_for_update().filter(pk=row_id).first()
    if row is None:
        raise NotFound(f"{str(model._meta.verbose_name).capitalize()} not found")
    return row
