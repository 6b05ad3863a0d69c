"""Stores whether contacts are measured or withdrew, with whatever else is written of them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from campaigns.models import Contact
from campaigns.modes import Measured
from consent.courses import Course, Known, settled, withdrew_at
from consent.histories import read_courses
from consent.people import Subject
from consent.queries import everybody_is_measured
from foundation.timestamps import to_ms
from tracking.counting.slots import age_bin
from tracking.models import ContactOpens

COLUMNS = (
    *("campaign_id", "uuid", "email_hash", "external_id"),
    *("due_at", "measured", "withdrew_in"),
)


class Settled(NamedTuple):
    """What is stored of a contact; `withdrew_in` is the age bin of its person's withdrawal."""

    measured: Measured
    withdrew_in: int | None = None


def settle_new(contact_ids: Collection[UUID], *, now: datetime) -> None:
    """Of contacts that are being created, before they are counted.

    The caller holds the ingest lock: whoever decides from now on is heeded once they are stored.
    """
    store(changes(contact_ids, now=now))


def settle(contact_ids: Collection[UUID], *, now: datetime, since: datetime | None = None) -> None:
    """Of contacts that are being changed, in `tracking.counting.recount.recounted`.

    Whoever was due before `since`, which is now unless it is told, stays what it was then.
    """
    store(changes(contact_ids, now=now, since=since or now))


def changes(
    contact_ids: Collection[UUID],
    *,
    now: datetime,
    since: Mapping[UUID, datetime] | datetime | None = None,
) -> dict[UUID, Settled]:
    """What is stored otherwise than it is now; erased and forgotten contacts stay as they are."""
    if not contact_ids or everybody_is_measured():
        return {}
    contacts = Contact.objects.filter(
        uuid__in=contact_ids, erased_at__isnull=True, forgotten_at__isnull=True
    )
    rows = {Subject(*row[:4]): row[4:] for row in contacts.order_by().values_list(*COLUMNS)}
    opens = ContactOpens.objects.filter(contact_id__in=contact_ids)
    opened = set(opens.values_list("contact_id", flat=True))
    courses = read_courses(rows)
    changed = {}
    for subject, (due_at, *stored) in rows.items():
        contact_id = subject.contact_id
        before = Settled(Measured(stored[0]), stored[1])
        known = Known(due_at, contact_id in opened, before.measured)
        first = since[contact_id] if isinstance(since, Mapping) else since
        after = _settled(known, courses[subject], now=now, since=first)
        if after != before:
            changed[contact_id] = after
    return changed


def _settled(contact: Known, course: Course, *, now: datetime, since: datetime | None) -> Settled:
    measured = settled(contact, course, now=now, since=since)
    withdrew = withdrew_at(contact._replace(measured=measured), course, now=now)
    if contact.due_at is None or withdrew is None:
        return Settled(measured)
    return Settled(measured, age_bin(to_ms(withdrew) - to_ms(contact.due_at)))


def store(changed: Mapping[UUID, Settled]) -> None:
    for settled_so in set(changed.values()):
        ids = [contact_id for contact_id, now in changed.items() if now == settled_so]
        Contact.objects.filter(uuid__in=ids).update(**settled_so._asdict())
