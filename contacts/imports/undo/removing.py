"""Undoes an import: removes the contacts that it made, and their pixels, in batches.

Each batch is one transaction under the ingest lock, so that counters follow and no load is counted
for somebody who goes. What a batch removed is gone: an undoing that was cut off goes on with what
is left. Contacts that fall due or are opened meanwhile stay. Decisions of people stay, and so does
what was there before the import.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

import structlog
from django.utils import timezone

from campaigns.models import Campaign, Contact, ContactDraw, ContactImport, ImportedContact
from campaigns.models import ImportState as State
from consent.models import FormerPerson
from consent.people import Subject
from consent.proofs import note_all_gone
from contacts.drawing.draw import draw_anew
from contacts.imports.leases import LEASE, PATIENCE, Lease, Resumed, claim, held, requeue
from contacts.imports.undo.terms import refusal_of, was_due
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from tracking.counting import facts, fold, last_days, tables
from tracking.counting.lock import hold_ingest_lock
from tracking.models import ContactOpens, Pixel

BATCH = 1000
WHO = ("campaign_id", "uuid", "email_hash", "external_id")
GIVEN_UP = "Undoing it stopped repeatedly: see the log for the reason. Undo it again to go on."

log = structlog.get_logger(__name__)


@in_transaction
def start_undo(*, import_id: int, enqueue: Callable[[int], object], now: datetime) -> ContactImport:
    """Begin to undo an import; `enqueue` is called in the same transaction.

    Raises NotFound, and InvalidInput where it can't be undone; then nothing changes.
    """
    job = ContactImport.objects.select_for_update().filter(id=import_id).first()
    if job is None:
        raise NotFound("Import not found")
    # Neither can an import begin now that would find contacts which are about to go.
    Campaign.objects.select_for_update().get(id=job.campaign_id)
    if refusal := refusal_of(job, now=now):
        raise InvalidInput(refusal, code="not_undoable")
    job.state, job.lease_holder, job.lease_until = State.UNDOING, None, now + PATIENCE
    job.attempts = 0
    job.save()
    enqueue(job.id)
    log.info("import_undo_started", contact_import=job.id, created=job.created)
    return job


def undo_in_words(job: ContactImport) -> str:
    """What the campaign's history says of an undoing that has begun."""
    were = "contact that it made goes" if job.created == 1 else "contacts that it made go"
    return f"Began to undo import {job.id}: the {job.created:,} {were}, with their pixels."


def run_undo(*, import_id: int, clock: Callable[[], datetime] = timezone.now) -> None:
    """Undo to the end, from where it stands; nothing if another worker is at it."""
    lease = claim(import_id, states=[State.UNDOING], becomes=State.UNDOING, now=clock())
    while lease is not None and _take_batch(lease, clock):
        continue


def resume_undos(*, enqueue: Callable[[int], object], now: datetime) -> int:
    """Queue undoings again whose worker died; returns how many."""
    return requeue(Resumed([State.UNDOING], GIVEN_UP, enqueue), now=now)


@in_transaction
def _take_batch(lease: Lease, clock: Callable[[], datetime]) -> bool:
    """Remove some contacts, or end where none is left; whether to go on."""
    job = held(lease)
    if job is None:
        return False
    made = ImportedContact.objects.filter(contact_import_id=job.id).order_by("contact_id")
    ids = list(made.values_list("contact_id", flat=True)[:BATCH])
    if not ids:
        _end(job, clock())
        return False
    hold_ingest_lock()
    now = clock()
    going = _going(ids, now)
    # Whoever stays is a contact like others from now on.
    ImportedContact.objects.filter(contact_id__in=ids).delete()
    _remove(going, now=now)
    job.removed += len(going)
    job.lease_until, job.attempts = now + LEASE, 0
    job.save(update_fields=["removed", "lease_until", "attempts"])
    return True


def _going(contact_ids: Collection[UUID], now: datetime) -> list[Subject]:
    """Those of the contacts that neither fell due nor were opened, locked; ingest waits."""
    contacts = Contact.objects.select_for_update().filter(uuid__in=contact_ids).order_by("uuid")
    opens = ContactOpens.objects.filter(contact_id__in=contact_ids)
    staying = set(opens.values_list("contact_id", flat=True))
    due = Contact.objects.filter(was_due(now), uuid__in=contact_ids).order_by()
    subjects = [Subject(*row) for row in contacts.values_list(*WHO)]
    staying.update(due.values_list("uuid", flat=True))
    return [subject for subject in subjects if subject.contact_id not in staying]


def _remove(subjects: Collection[Subject], *, now: datetime) -> None:
    """The contacts with all that is theirs, but for their people's decisions."""
    ids = [subject.contact_id for subject in subjects]
    deltas = fold.Deltas()
    deltas.add_contacts(facts.contacts(ids), {}, {}, -1)
    tables.move(deltas)
    for model in (Pixel, ContactDraw, FormerPerson):
        model._default_manager.filter(contact_id__in=ids).delete()
    Contact.objects.filter(uuid__in=ids).delete()
    last_days.forget(note_all_gone(subjects, now=now))


def _end(job: ContactImport, now: datetime) -> None:
    if job.drawn:
        draw_anew(job.campaign_id)
    job.state, job.finished_at, job.lease_holder = State.UNDONE, now, None
    job.save(update_fields=["state", "finished_at", "lease_holder"])
    log.info("import_undone", contact_import=job.id, removed=job.removed)
