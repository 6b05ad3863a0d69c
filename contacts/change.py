"""Changes and erases single contacts.

The group and schedule of an opened contact are frozen; this is checked under the ingest lock, and
every change updates the counters.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.models import Contact, Group, NotSentReason
from campaigns.roles import Role
from campaigns.services import ARCHIVED, OTHER_CAMPAIGN
from consent.asking.services import carry_askings
from consent.decisions import carry_refusal, note_erasure
from consent.former import forget_former, note_former
from consent.people import Subject
from consent.proofs import note_gone
from consent.queries import people_of, person_of, subject_of
from contacts import rows
from contacts.fields import KEYS, PERSONAL, Value
from contacts.measured.settling import settle
from contacts.stored import columns_of, could_be_mailed, first_due, refuse_while_given
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from tracking.counting import last_days
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import ContactOpens

FROZEN = {
    "group": "This contact has been opened, so it stays in its group.",
    "scheduled_at": "This contact has been opened, so its schedule can no longer change.",
}
FALLEN_DUE = "This contact has fallen due, so it stays in its group."
HELD_BACK = "The time at which this contact gets no mail has come, so it stays in its group."
TEST_STAYS = "This is a test contact, which can't be changed: make another one."
ERASED = "This contact was erased and can't be changed."

log = structlog.get_logger(__name__)


@in_transaction
def change_contact(*, contact_id: UUID, changes: Mapping[str, object], now: datetime) -> Contact:
    """Change a contact's fields; raises NotFound, and InvalidInput for frozen or invalid ones.

    `changes` maps field names to values, `group` to a Group; None clears an optional field.
    """
    hold_ingest_lock()
    contact = _locked(contact_id)
    _refuse_frozen(contact, changes, now)
    before = subject_of(contact)
    with recounted([contact_id]):
        _change(contact, changes, now)
        _note_move(before, contact, now)
        settle([contact_id], now=now)
    log.info("contact_changed", contact=str(contact_id), fields=sorted(changes))
    return contact


@in_transaction
def erase_contact(*, contact_id: UUID, now: datetime, is_replayed: bool = False) -> None:
    """Erase the PERSONAL fields; the row and every count stay, and so do the person's decisions.

    A contact erased before it was due is not sent to. Raises NotFound; repeating it changes
    nothing.
    """
    hold_ingest_lock()
    contact = _locked(contact_id)
    if contact.erased_at is not None:
        return
    emptied, subject = columns_of(dict.fromkeys(PERSONAL)), subject_of(contact)
    last_days.forget(people_of(subject))
    with recounted([contact_id]):
        _save(contact, emptied | {"erased_at": now})
    note_gone(subject, now=now)
    forget_former(contact_id)
    if not is_replayed:
        note_erasure(contact_id=contact_id, now=now)
    log.info("contact_erased", contact=str(contact_id))


def _note_move(before: Subject, contact: Contact, now: datetime) -> None:
    """Let consent know that a contact may be another person from now on."""
    after, was = subject_of(contact), person_of(before)
    carry_refusal(before=before, after=after, now=now)
    carry_askings(before=before, after=after)
    if person_of(after) != was:
        note_former(was, contact_id=contact.pk, due_at=contact.due_at, until=now)


def _locked(contact_id: UUID) -> Contact:
    """The contact, locked until the transaction ends; raises NotFound."""
    contact = Contact.objects.select_for_update().filter(uuid=contact_id).first()
    if contact is None:
        raise NotFound("Contact not found")
    return contact


def _refuse_frozen(contact: Contact, changes: Mapping[str, object], now: datetime) -> None:
    if ContactOpens.objects.filter(contact_id=contact.uuid).exists():
        for name, sentence in FROZEN.items():
            if name in changes and changes[name] != getattr(contact, name):
                raise InvalidInput.field(name, sentence, code="frozen")
    if "scheduled_at" in changes:
        refuse_while_given(contact.group)
    if changes.get("group", contact.group) != contact.group:
        if _is_due(contact, now):
            raise InvalidInput.field("group", FALLEN_DUE, code="frozen")
        if _is_held_back(contact, now):
            raise InvalidInput.field("group", HELD_BACK, code="frozen")
    if contact.not_sent_reason == NotSentReason.TEST:
        raise InvalidInput(TEST_STAYS, code="test")
    if contact.erased_at is not None:
        raise InvalidInput(ERASED, code="erased")


def _is_due(contact: Contact, now: datetime) -> bool:
    return contact.due_at is not None and contact.due_at <= now


def _is_held_back(contact: Contact, now: datetime) -> bool:
    """Whether the mail that a control group's contact doesn't get would have been due by now."""
    planned = contact.scheduled_at
    return contact.group.role == Role.CONTROL and planned is not None and planned <= now


def _change(contact: Contact, changes: Mapping[str, object], now: datetime) -> None:
    values = _read_changes(contact, changes)
    group = cast("Group | None", changes.get("group"))
    _refuse_move(contact, values, group)
    columns: dict[str, Value | Group] = {**columns_of(values)}
    if "scheduled_at" in values or group is not None:
        schedule = cast("datetime | None", values.get("scheduled_at", contact.scheduled_at))
        columns |= _due_columns(contact, schedule, group or contact.group, now)
    if "group" in changes:
        columns["group"] = group
    _refuse_taken(contact, columns)
    _save(contact, columns)


def _due_columns(
    contact: Contact, schedule: datetime | None, group: Group, now: datetime
) -> dict[str, datetime | None]:
    """What a new schedule makes of the first due time; after the first mail, a second one."""
    if schedule == contact.scheduled_at and group.is_mailed == contact.group.is_mailed:
        return {}
    due = first_due(schedule, group=group, told_at=now)
    mailed = could_be_mailed(due_at=contact.due_at, not_sent_at=contact.not_sent_at)
    if not (mailed and _is_due(contact, now)):
        return {"due_at": due}
    return {"resent_at": due} if due is not None and contact.resent_at is None else {}


def _read_changes(contact: Contact, changes: Mapping[str, object]) -> dict[str, Value]:
    given = {name: value for name, value in changes.items() if name != "group"}
    if str(given.get("uuid")).lower() == str(contact.uuid):
        # Of before they had to be random; it may be repeated.
        del given["uuid"]
    try:
        return rows.read_changes(given, zone=timezone.get_default_timezone())
    except rows.BadRow as bad:
        raise InvalidInput.fields(bad.errors) from None


def _refuse_move(contact: Contact, values: Mapping[str, Value], group: Group | None) -> None:
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


def _refuse_taken(contact: Contact, columns: Mapping[str, object]) -> None:
    others = Contact.objects.filter(campaign_id=contact.campaign_id).exclude(uuid=contact.uuid)
    for key in KEYS:
        value = columns.get(key.stands_in)
        if value and others.filter(**{key.stands_in: value}).exists():
            raise InvalidInput.field(key.name, key.taken, code="taken")


def _save(contact: Contact, columns: Mapping[str, object]) -> None:
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
