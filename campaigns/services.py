"""Writes of campaigns, groups and single contacts; `contacts.create` writes many contacts.

Contacts change through `contacts.change.change_contact`, which knows what opens have frozen.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.models import NAME_KEY_LENGTH, Campaign, Contact, Group
from contacts import rows
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from foundation.personal_data.hashes import read_email_hash
from foundation.personal_data.identity import email_domain, name_key

CAMPAIGN_FIELDS = ("name", "description", "start_at", "end_at")
GROUP_FIELDS = ("number", "name", "description", "planned_share")
TAKEN = {
    "uuid": "There is a contact with this uuid already.",
    "email": "The campaign has a contact with this e-mail address already.",
    "external_id": "The campaign has a contact with this external id already.",
}
ARCHIVED = "This {} is archived: unarchive it first."
OTHER_CAMPAIGN = "Group {} belongs to another campaign."

log = structlog.get_logger(__name__)


# --- Campaigns ------------------------------------------------------------------------------


def create_campaign(*, created_by: object, values: Mapping[str, object]) -> Campaign:
    """A campaign from CAMPAIGN_FIELDS; raises InvalidInput."""
    campaign = Campaign(created_by=created_by, **values)
    _save_campaign(campaign)
    log.info("campaign_created", campaign=campaign.id)
    return campaign


@in_transaction
def update_campaign(*, campaign_id: int, changes: Mapping[str, object]) -> Campaign:
    """Change some of CAMPAIGN_FIELDS; raises InvalidInput and NotFound."""
    campaign = _locked(Campaign, campaign_id)
    for name in CAMPAIGN_FIELDS:
        setattr(campaign, name, changes.get(name, getattr(campaign, name)))
    _save_campaign(campaign)
    log.info("campaign_changed", campaign=campaign.id, fields=sorted(changes))
    return campaign


@in_transaction
def archive_campaign(*, campaign_id: int, now: datetime) -> None:
    """Take a campaign out of the lists; its name is free again. Repeating it changes nothing."""
    campaign = _locked(Campaign, campaign_id)
    if campaign.archived_at is None:
        campaign.archived_at, campaign.live = now, None
        campaign.save(update_fields=["archived_at", "live"])
        log.info("campaign_archived", campaign=campaign.id)


@in_transaction
def unarchive_campaign(*, campaign_id: int) -> Campaign:
    """Put a campaign back; raises InvalidInput where its name was taken meanwhile."""
    campaign = _locked(Campaign, campaign_id)
    if campaign.archived_at is not None:
        campaign.archived_at, campaign.live = None, True
        _save_campaign(campaign)
        log.info("campaign_unarchived", campaign=campaign.id)
    return campaign


def _save_campaign(campaign: Campaign) -> None:
    campaign.name_key = _name_key(campaign.name)
    if campaign.end_at <= campaign.start_at:
        raise InvalidInput.field("end_at", "end_at must be after start_at.")
    try:
        with transaction.atomic():
            campaign.save()
    except IntegrityError:
        raise InvalidInput.field(
            "name",
            "Another campaign has this name: choose another one, or archive that campaign.",
            code="taken",
        ) from None


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
    for name in GROUP_FIELDS:
        setattr(group, name, changes.get(name, getattr(group, name)))
    _save_group(group)
    log.info("group_changed", group=group.id, fields=sorted(changes))
    return group


@in_transaction
def archive_group(*, group_id: int, now: datetime) -> None:
    """Take a group out of the lists; it keeps its number and name, and stays in reports."""
    group = _locked(Group, group_id)
    if group.archived_at is None:
        group.archived_at = now
        group.save(update_fields=["archived_at"])
        log.info("group_archived", group=group.id)


@in_transaction
def unarchive_group(*, group_id: int) -> Group:
    group = _locked(Group, group_id)
    if group.archived_at is not None:
        group.archived_at = None
        group.save(update_fields=["archived_at"])
        log.info("group_unarchived", group=group.id)
    return group


def _save_group(group: Group) -> None:
    group.name_key = _name_key(group.name)
    taken = _taken_in_campaign(group)
    if not taken:
        try:
            with transaction.atomic():
                group.save()
        except IntegrityError:
            # Another request was faster.
            taken = _taken_in_campaign(group) or ["number"]
    if taken:
        sentences = {
            name: [f"The campaign has a group with this {name} already."] for name in taken
        }
        raise InvalidInput(sentences[taken[0]][0], code="taken", errors=sentences)


def _taken_in_campaign(group: Group) -> list[str]:
    others = Group.objects.filter(campaign_id=group.campaign_id).exclude(id=group.id)
    taken = {
        "number": others.filter(number=group.number).exists(),
        "name": others.filter(name_key=group.name_key).exists(),
    }
    return [name for name, is_taken in taken.items() if is_taken]


def _locked(model, row_id: int):
    """The row, held until the transaction ends; raises NotFound."""
    row = model.objects.select_for_update().filter(id=row_id).first()
    if row is None:
        raise NotFound(f"{model._meta.verbose_name.capitalize()} not found")
    return row


# --- Contacts -------------------------------------------------------------------------------


@in_transaction
def update_contact(*, contact: Contact, changes: Mapping[str, object]) -> Contact:
    """Change fields of a contact whose row the caller holds locked; raises InvalidInput.

    `changes` maps field names to values, `group` to a Group; None empties an optional field.
    """
    if contact.erased_at is not None:
        raise InvalidInput("This contact was erased and can't be changed.", code="erased")
    values = _read_changes(changes)
    _refuse_move(contact, values, changes.get("group"))
    columns = _columns(values)
    if "group" in changes:
        columns["group"] = changes["group"]
    _refuse_taken(contact, columns)
    _update_columns(contact, columns)
    log.info("contact_changed", contact=str(contact.uuid), fields=sorted(changes))
    return contact


@in_transaction
def erase_contact(*, contact_id: UUID, now: datetime) -> None:
    """Forget the person: e-mail, name and external id go, the row and every count stay.

    Raises NotFound; repeating it changes nothing.
    """
    contact = Contact.objects.select_for_update().filter(uuid=contact_id).first()
    if contact is None:
        raise NotFound("Contact not found")
    if contact.erased_at is None:
        emptied = _columns({"email": None, "name": None, "external_id": None})
        _update_columns(contact, emptied | {"erased_at": now})
        log.info("contact_erased", contact=str(contact_id))


def email_columns(email: str | None) -> dict[str, str | None]:
    """The three columns that hold an address, read by `rows.read_email`."""
    if email is None:
        return {"email": None, "email_hash": None, "email_domain": None}
    digest = read_email_hash(email)
    return {"email": email, "email_hash": digest, "email_domain": email_domain(email)}


def _read_changes(changes: Mapping[str, object]) -> dict[str, object]:
    given = {name: value for name, value in changes.items() if name != "group"}
    try:
        return rows.read_changes(given, zone=timezone.get_default_timezone())
    except rows.BadRow as bad:
        raise InvalidInput.fields(bad.errors) from None


def _refuse_move(contact: Contact, values: Mapping[str, object], group: Group | None) -> None:
    if values.get("uuid", contact.uuid) != contact.uuid:
        raise InvalidInput.field("uuid", "A contact's uuid can't change.")
    if values.get("campaign", contact.campaign_id) != contact.campaign_id:
        raise InvalidInput.field("campaign", "A contact can't move to another campaign.")
    if group is None or group.id == contact.group_id:
        return
    if group.campaign_id != contact.campaign_id:
        raise InvalidInput.field("group", OTHER_CAMPAIGN.format(group.id))
    if group.archived_at is not None:
        raise InvalidInput.field("group", ARCHIVED.format("group"), code="archived")


def _columns(values: Mapping[str, object]) -> dict[str, object]:
    columns = {n: values[n] for n in ("scheduled_at", "name", "external_id") if n in values}
    return columns | (email_columns(values["email"]) if "email" in values else {})


def _refuse_taken(contact: Contact, columns: Mapping[str, object]) -> None:
    others = Contact.objects.filter(campaign_id=contact.campaign_id).exclude(uuid=contact.uuid)
    digest, external_id = columns.get("email_hash"), columns.get("external_id")
    if digest and others.filter(email_hash=digest).exists():
        raise InvalidInput.field("email", TAKEN["email"], code="taken")
    if external_id and others.filter(external_id=external_id).exists():
        raise InvalidInput.field("external_id", TAKEN["external_id"], code="taken")


def _update_columns(contact: Contact, columns: Mapping[str, object]) -> None:
    for name, value in columns.items():
        setattr(contact, name, value)
    if not columns:
        return
    try:
        with transaction.atomic():
            contact.save(update_fields=list(columns))
    except IntegrityError:
        _refuse_taken(contact, columns)
        raise
