"""Writes of contacts that counting must know of.

Every new contact is registered here; changing, rescheduling, marking and erasing go through
here. A contact's group and schedule are frozen once it was opened, and one marked not sent
leaves every count; all of it is decided under the ingest lock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Max, Min, QuerySet

import campaigns.services
from campaigns.models import Contact, Group, NotSentReason
from campaigns.queries import outside_dates
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from foundation.parsing import EARLIEST, LATEST
from foundation.personal_data.hashes import email_hash
from tracking.counting import facts, fold, tables
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import ContactOpens, Pixel

CHUNK = 2000
FROZEN = {
    "group": "This contact has been opened, so it stays in its group.",
    "scheduled_at": "This contact has been opened, so its schedule can no longer change.",
}

TEST_STAYS = "This is a test contact, which can't be changed: make another one."


@dataclass(frozen=True)
class Rescheduled:
    """How many contacts got a new schedule, and how many had been opened and kept theirs.

    `outside_dates` counts the group's contacts scheduled outside the campaign's dates.
    """

    rescheduled: int
    frozen: int
    outside_dates: int


@dataclass(frozen=True)
class NotSent:
    """How many contacts were marked (or unmarked) and how many needed or allowed no change.

    `unknown_contacts` and `unknown_emails` are positions in what was given.
    """

    marked: int
    unchanged: int
    unknown_contacts: list[int]
    unknown_emails: list[int]


def register_contacts(
    *, contact_ids: Sequence[UUID], per_contact: int = 0
) -> dict[UUID, list[Pixel]]:
    """Count contacts among those to be sent to and give each so many pixels.

    Must be called once for new contacts, in the transaction that creates them.
    """
    pixels = create_pixels(contact_ids=contact_ids, per_contact=per_contact)
    # Last, so that nobody waits for the rows above.
    hold_ingest_lock()
    deltas = fold.Deltas()
    deltas.add_contacts(facts.contacts(contact_ids), {}, {}, +1)
    tables.move(deltas)
    return pixels


def create_pixels(*, contact_ids: Sequence[UUID], per_contact: int) -> dict[UUID, list[Pixel]]:
    """Give contacts that have none pixels numbered from 1."""
    pixels = {
        contact_id: [Pixel(contact_id=contact_id, number=n + 1) for n in range(per_contact)]
        for contact_id in contact_ids
    }
    made = [pixel for own in pixels.values() for pixel in own]
    columns = ("uuid", "contact", "number", "created_at")
    bulk_sql.insert(Pixel, columns, [(p.uuid, p.contact_id, p.number, p.created_at) for p in made])
    return pixels


@in_transaction
def change_contact(*, contact_id: UUID, changes: dict[str, object]) -> Contact:
    """Change a contact's fields; raises InvalidInput for what is frozen or wrong."""
    hold_ingest_lock()
    contact = Contact.objects.select_for_update().filter(uuid=contact_id).first()
    if contact is None:
        raise NotFound("Contact not found")
    if ContactOpens.objects.filter(contact_id=contact_id).exists():
        _refuse_frozen(contact, changes)
    if contact.not_sent_reason == NotSentReason.TEST:
        raise InvalidInput(TEST_STAYS, code="test")
    with recounted([contact_id]):
        return campaigns.services.update_contact(contact=contact, changes=changes)


@in_transaction
def erase_contact(*, contact_id: UUID, now: datetime) -> None:
    """Forget the person and keep every count; raises NotFound.

    One erased before it was due is never sent to.
    """
    hold_ingest_lock()
    with recounted([contact_id]):
        campaigns.services.erase_contact(contact_id=contact_id, now=now)


def _refuse_frozen(contact: Contact, changes: dict[str, object]) -> None:
    for name, sentence in FROZEN.items():
        if name in changes and changes[name] != getattr(contact, name):
            raise InvalidInput.field(name, sentence, code="frozen")


@in_transaction
def reschedule_group(
    *, group_id: int, scheduled_at: datetime | None = None, shift: timedelta | None = None
) -> Rescheduled:
    """Set or shift the schedule of every contact of a group that was not opened yet.

    A shift leaves contacts without a schedule alone. All of it is one transaction, which holds
    up the counting (never the recording) of opens for some seconds where a group is huge.
    Raises NotFound and InvalidInput.
    """
    if (scheduled_at is None) == (shift is None):
        raise InvalidInput("Give either a new time or a shift, not both.")
    hold_ingest_lock()
    group = Group.objects.select_related("campaign").filter(id=group_id).first()
    if group is None:
        raise NotFound("Group not found")
    contacts = group.contacts.filter(erased_at__isnull=True)
    contacts = contacts.exclude(not_sent_reason=NotSentReason.TEST)
    if shift is not None:
        contacts = contacts.filter(scheduled_at__isnull=False)
    opened = ContactOpens.objects.filter(group_id=group_id).values("contact_id")
    movable = contacts.exclude(uuid__in=opened)
    if shift is not None:
        _refuse_far(movable, shift)
    frozen = contacts.filter(uuid__in=opened).count()
    new_schedule = scheduled_at if shift is None else F("scheduled_at") + shift
    return Rescheduled(
        rescheduled=_reschedule(list(movable.values_list("uuid", flat=True)), new_schedule),
        frozen=frozen,
        outside_dates=outside_dates(contacts, group.campaign).count(),
    )


def _reschedule(contact_ids: Sequence[UUID], new_schedule: object) -> int:
    for chunk in _chunks(contact_ids):
        with recounted(chunk):
            Contact.objects.filter(uuid__in=chunk).update(scheduled_at=new_schedule)
    return len(contact_ids)


def _refuse_far(contacts: QuerySet[Contact], shift: timedelta) -> None:
    """Keep schedules where `read_moment` takes them, and databases hold them."""
    ends = contacts.aggregate(first=Min("scheduled_at"), last=Max("scheduled_at"))
    if ends["first"] is None:
        return
    if ends["first"] < EARLIEST - shift or ends["last"] >= LATEST - shift:
        raise InvalidInput("Shift by less: a schedule lies between the years 2000 and 2199.")


def mark_not_sent(
    *,
    campaign_id: int,
    contact_ids: Sequence[UUID] = (),
    emails: Sequence[str] = (),
    reason: NotSentReason,
    now: datetime,
    undo: bool = False,
) -> NotSent:
    """Mark contacts as bounced or withdrawn, so that they leave every count; or undo that.

    Works in bounded transactions: a call that was cut off may simply be repeated. A contact
    whose first open is older than the pruning horizon stays as it is, because its opens can
    no longer be told from the others'.
    """
    by_id, by_email = _contacts_named(campaign_id, contact_ids, emails)
    named = sorted({*by_id.values(), *by_email.values()})
    marked = sum(_mark(chunk, reason, now, undo) for chunk in _chunks(named))
    return NotSent(
        marked=marked,
        unchanged=len(named) - marked,
        unknown_contacts=[n for n in range(len(contact_ids)) if n not in by_id],
        unknown_emails=[n for n in range(len(emails)) if n not in by_email],
    )


def _contacts_named(
    campaign_id: int, contact_ids: Sequence[UUID], emails: Sequence[str]
) -> tuple[dict[int, UUID], dict[int, UUID]]:
    """The contacts of a campaign by their positions in two lists, without the unknown."""
    contacts = Contact.objects.filter(campaign_id=campaign_id).order_by()
    found = set(contacts.filter(uuid__in=contact_ids).values_list("uuid", flat=True))
    hashes = [email_hash(email) for email in emails]
    by_hash = dict(contacts.filter(email_hash__in=hashes).values_list("email_hash", "uuid"))
    return (
        {n: contact_id for n, contact_id in enumerate(contact_ids) if contact_id in found},
        {n: by_hash[digest] for n, digest in enumerate(hashes) if digest in by_hash},
    )


@in_transaction
def _mark(contact_ids: Sequence[UUID], reason: NotSentReason, now: datetime, undo: bool) -> int:
    lock = hold_ingest_lock()
    wanted = Contact.objects.filter(uuid__in=contact_ids, not_sent_at__isnull=not undo)
    # A test stays one: unmarked, it would count.
    wanted = wanted.exclude(not_sent_reason=NotSentReason.TEST)
    pruned = ContactOpens.objects.none()
    if lock.pruned_before:
        pruned = ContactOpens.objects.filter(first_opened_at__lt=lock.pruned_before)
    wanted = wanted.exclude(uuid__in=pruned.filter(contact_id__in=contact_ids).values("contact_id"))
    changed = list(wanted.order_by().values_list("uuid", flat=True))
    with recounted(changed):
        Contact.objects.filter(uuid__in=changed).update(
            not_sent_at=None if undo else now, not_sent_reason=None if undo else reason
        )
    return len(changed)


def _chunks(contact_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(contact_ids), CHUNK):
        yield contact_ids[start : start + CHUNK]
