"""Removes what is kept of a person beside its contacts: the last day, and whom contacts were."""

from datetime import datetime

from campaigns.models import Contact
from consent.decisions import note_erased_person
from consent.former import unname_former
from consent.proofs import note_absent
from contacts.change import erase_contact
from contacts.person.forgetting import forget_contacts
from foundation.database.transactions import in_transaction
from tracking.counting import last_days
from tracking.counting.lock import hold_ingest_lock


@in_transaction
def erase_traces(person: str, *, now: datetime) -> bool:
    """Leave of an erased person its decisions alone; whether anything is kept under its hash.

    Raises `consent.journal.NotReplayed`. The journal gets the hash only if the database had it.
    """
    hold_ingest_lock()
    was_known = _erase(person, now)
    if was_known:
        note_erased_person(person, now=now)
    return was_known


@in_transaction
def erase_again(person: str, *, now: datetime) -> int:
    """Erase a person in a database from before its erasure; how many contacts.

    In it contacts may still be the person whose address had changed since.
    """
    hold_ingest_lock()
    own = Contact.objects.filter(email_hash=person, erased_at__isnull=True)
    ids = list(own.order_by("uuid").values_list("uuid", flat=True))
    forget_contacts(contact_ids=ids, now=now, is_replayed=True)
    for contact_id in ids:
        erase_contact(contact_id=contact_id, now=now, is_replayed=True)
    _erase(person, now)
    return len(ids)


def _erase(person: str, now: datetime) -> bool:
    removed = [last_days.forget([person]), unname_former(person), note_absent(person, now=now)]
    return any(removed)
