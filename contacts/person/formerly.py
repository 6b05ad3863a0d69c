"""Reads which contacts were somebody's when their mails were due, and when they were."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from campaigns.models import Contact
from consent.former import Former, contacts_formerly, read_former
from consent.queries import people_of, subject_of

EVER = datetime.min.replace(tzinfo=UTC)
FOR_GOOD = datetime.max.replace(tzinfo=UTC)
# From one moment to before another.
Span = tuple[datetime, datetime]


def formerly_of(person: str) -> list[Contact]:
    """The contacts that were a person's and are not now."""
    ids = {contact_id for _, contact_id in contacts_formerly([person])}
    moved = Contact.objects.filter(uuid__in=ids).exclude(email_hash=person)
    return list(moved.select_related("campaign", "group").order_by("created_at", "uuid"))


def own_spans(person: str, contacts: Iterable[Contact]) -> dict[UUID, list[Span]]:
    """When each of the contacts, former ones too, was the person; only then its opens are its."""
    contacts = list(contacts)
    former = read_former({contact.pk for contact in contacts})
    return {contact.pk: _spans(person, contact, former.get(contact.pk, ())) for contact in contacts}


def _spans(person: str, contact: Contact, former: Sequence[Former]) -> list[Span]:
    own, since, spans = {person}, EVER, []
    if contact.email_hash == person:
        own |= people_of(subject_of(contact))
        former = [*former, Former(person, FOR_GOOD)]
    for one in former:
        if one.person in own:
            spans.append((since, one.until))
        since = one.until
    return spans
