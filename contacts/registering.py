"""Registers new contacts with the counters; called by everything that creates contacts."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from contacts.measured.settling import settle_new
from contacts.pixels.services import create_pixels
from tracking.counting import facts, fold, tables
from tracking.counting.lock import hold_ingest_lock
from tracking.models import Pixel


def register_contacts(
    *, contact_ids: Sequence[UUID], per_contact: int = 0
) -> dict[UUID, list[Pixel]]:
    """Count new contacts and create their pixels.

    Must be called once for new contacts, in the transaction that creates them.
    """
    pixels = create_pixels(contact_ids=contact_ids, per_contact=per_contact)
    # Last, so that nobody waits for the inserts above.
    hold_ingest_lock()
    settle_new(contact_ids, now=timezone.now())
    deltas = fold.Deltas()
    deltas.add_contacts(facts.contacts(contact_ids), {}, {}, +1)
    tables.move(deltas)
    return pixels
