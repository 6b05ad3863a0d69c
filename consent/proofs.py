"""How long decisions are kept as proof: some years after the last contact of a person is gone.

A refusal outlives its proof, or the next import would undo it: of it stay the hash, the answer and
its moments.
"""

from datetime import datetime

import structlog

from campaigns.models import Contact
from consent.decisions import locked_state
from consent.models import Asked, Decision, GonePerson, PersonConsent
from consent.modes import Answer
from consent.people import Subject
from consent.queries import former_people, person_of
from foundation.database.transactions import in_transaction

BATCH = 500

log = structlog.get_logger(__name__)


def proof_ends(gone_at: datetime, *, years: int) -> datetime:
    """When the proof of a person goes whose last contact went then."""
    try:
        return gone_at.replace(year=gone_at.year + years)
    except ValueError:
        return gone_at.replace(year=gone_at.year + years, day=28)


def note_gone(subject: Subject, *, now: datetime) -> None:
    """Note that a contact was erased, in the same transaction, if it was the last with decisions.

    By what it was known before it had an address, it was the only one.
    """
    people = former_people(subject)
    if not Contact.objects.filter(email_hash=subject.email_hash or "").exists():
        people.add(person_of(subject))
    Asked._default_manager.filter(person__in=people).delete()
    decided = Decision.objects.filter(person__in=people).order_by()
    for person in decided.values_list("person", flat=True).distinct():
        GonePerson.objects.update_or_create(person=person, defaults={"gone_at": now})


def remove_proofs(*, now: datetime, years: int) -> int:
    """Remove what has been kept long enough; of how many people."""
    removed = 0
    oldest = GonePerson.objects.order_by("gone_at")
    for person, gone_at in list(oldest.values_list("person", "gone_at")[:BATCH]):
        if proof_ends(gone_at, years=years) > now:
            break
        removed += _remove(person, now=now, years=years)
    if removed:
        log.info("proofs_removed", people=removed)
    return removed


@in_transaction
def _remove(person: str, *, now: datetime, years: int) -> bool:
    gone = GonePerson.objects.select_for_update().filter(person=person).first()
    if gone is None:
        return False
    # What is being recorded about the person is seen, or waits.
    locked_state()
    if Contact.objects.filter(email_hash=person).exists():
        # Somebody imported the address again: erasing that contact begins anew.
        gone.delete()
        return False
    decisions = list(Decision.objects.filter(person=person).order_by("number"))
    if decisions and proof_ends(decisions[-1].recorded_at, years=years) > now:
        gone.gone_at = decisions[-1].recorded_at
        gone.save(update_fields=["gone_at"])
        return False
    _keep_refusal_alone(person, decisions)
    gone.delete()
    return True


def _keep_refusal_alone(person: str, decisions: list[Decision]) -> None:
    """The one exception to decisions only being added."""
    own = Decision._base_manager.filter(person=person)
    last = decisions[-1] if decisions else None
    if last is None or last.opens != Answer.DENIED:
        PersonConsent.objects.filter(person=person).delete()
        own.delete()
        return
    own.exclude(number=last.number).delete()
    own.update(contact_id=None, text=None, proof="", by=None)
    PersonConsent.objects.filter(person=person).update(contact_id=None, text=None)
