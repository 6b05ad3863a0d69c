"""Who opened and who did not: what each of the three means, in one place.

They part the contacts that a report counts as sent to: it sums up counters to the same numbers
(`reports.who_opened`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from campaigns.models import Contact
from campaigns.modes import Measured
from consent.queries import unmeasured_now
from foundation.timestamps import to_ms
from tracking.counting.fold import due_minute
from tracking.hits.classify import COUNTED_KINDS
from tracking.models import ContactOpens


class Opened(StrEnum):
    """Whether a contact was opened: by a person, by machines only, or not, though it is due."""

    PERSON = "person"
    MACHINE = "machine"
    NO = "no"


class ContactFacts(NamedTuple):
    """What decides it besides opens, and the contact's place in the order of creation."""

    contact_id: UUID
    created_at: datetime
    due_at: datetime | None
    not_sent_at: datetime | None
    erased_at: datetime | None
    measured: int = Measured.YES


def facts_of(contacts: QuerySet[Contact]) -> list[ContactFacts]:
    """Of some contacts, in any order; reads nothing that is encrypted."""
    columns = ("uuid", *ContactFacts._fields[1:])
    return [ContactFacts(*row) for row in contacts.order_by().values_list(*columns)]


def opened_of(contact: ContactFacts, best_kind: int | None, *, now: datetime) -> Opened | None:
    """None where nothing can be known; pure.

    That is of one marked not sent, and of one not opened that is not due, or not measured.

    `best_kind` is the best of the contact's hits, None without any. Whoever was erased before the
    due time never falls due; one erased later stays what it was. A contact is due from the
    beginning of its minute on, as counters have it.
    """
    if contact.not_sent_at is not None:
        return None
    if best_kind is not None:
        return Opened.PERSON if best_kind in COUNTED_KINDS else Opened.MACHINE
    is_known = _is_due(contact, now) and contact.measured == Measured.YES
    return Opened.NO if is_known else None


def those_opened(
    contacts: Sequence[ContactFacts], opened: Opened, *, now: datetime
) -> list[ContactFacts]:
    """Those of some contacts of which this is true, in their order; in few queries.

    Whoever withdrew just now is not named as not opened, though counters may not know it yet.
    """
    kinds = _best_kinds([contact.contact_id for contact in contacts])
    found = [c for c in contacts if opened_of(c, kinds.get(c.contact_id), now=now) is opened]
    if opened is not Opened.NO or not found:
        return found
    unknown = unmeasured_now([c.contact_id for c in found if c.erased_at is None])
    return [contact for contact in found if contact.contact_id not in unknown]


def _best_kinds(contact_ids: Iterable[UUID]) -> dict[UUID, int]:
    found = ContactOpens.objects.filter(contact_id__in=contact_ids)
    return dict(found.values_list("contact_id", "best_kind"))


def _is_due(contact: ContactFacts, now: datetime) -> bool:
    if contact.due_at is None or (contact.erased_at and contact.erased_at < contact.due_at):
        return False
    return due_minute(to_ms(contact.due_at)) <= due_minute(to_ms(now))
