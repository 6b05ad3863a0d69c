"""How long decisions are kept as proof: some years after the last contact of a person is gone.

A refusal of opens or of clicks outlives its proof, or the next import would undo it: of it stay the
hash, the answer and its moments.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import structlog

from campaigns.models import Contact
from consent.decisions import locked_state
from consent.models import IN_FORCE, Asked, Decision, GonePerson
from consent.modes import Answer, Purpose
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
    note_all_gone([subject], now=now)


def note_all_gone(subjects: Collection[Subject], *, now: datetime) -> set[str]:
    """The same of several contacts, erased or removed; returns the people who are gone."""
    # Before the rows of gone people, as everywhere.
    locked_state()
    hashes = {subject.email_hash for subject in subjects if subject.email_hash}
    left = set(
        Contact.objects.filter(email_hash__in=hashes)
        .order_by()
        .values_list("email_hash", flat=True)
        .distinct()
    )
    people = set().union(*map(former_people, subjects))
    people |= {person_of(subject) for subject in subjects if subject.email_hash not in left}
    Asked._default_manager.filter(person__in=people).delete()
    decided = Decision.objects.filter(person__in=people).order_by()
    for person in decided.values_list("person", flat=True).distinct():
        GonePerson.objects.update_or_create(person=person, defaults={"gone_at": now})
    return people


def note_absent(person: str, *, now: datetime) -> bool:
    """The same of somebody who is erased and may have had no contact left before.

    Whether the person was asked or has decided.
    """
    locked_state()
    asked, _ = Asked._default_manager.filter(person=person).delete()
    has_decided = Decision.objects.filter(person=person).exists()
    if has_decided:
        GonePerson.objects.get_or_create(person=person, defaults={"gone_at": now})
    return bool(asked) or has_decided


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
    # What is being recorded about the person is seen, or waits.
    locked_state()
    gone = GonePerson.objects.select_for_update().filter(person=person).first()
    if gone is None:
        return False
    if Contact.objects.filter(email_hash=person).exists():
        # Somebody imported the address again: erasing that contact begins anew.
        gone.delete()
        return False
    decisions = list(Decision.objects.filter(person=person).order_by("number"))
    if decisions and proof_ends(decisions[-1].recorded_at, years=years) > now:
        gone.gone_at = decisions[-1].recorded_at
        gone.save(update_fields=["gone_at"])
        return False
    _keep_refusals_alone(person)
    gone.delete()
    return True


def _keep_refusals_alone(person: str) -> None:
    """The one exception to decisions only being added: each refusal in force stays, bare."""
    refused: dict[int, list[Purpose]] = defaultdict(list)
    for purpose, model in IN_FORCE.items():
        held = model._default_manager.filter(person=person)
        refusal = held.filter(**{purpose.value: Answer.DENIED})
        held.exclude(**{purpose.value: Answer.DENIED}).delete()
        refusal.update(contact_id=None, text=None)
        for number in refusal.values_list("version", flat=True):
            refused[number].append(purpose)
    own = Decision._base_manager.filter(person=person)
    own.exclude(number__in=refused).delete()
    for number, purposes in refused.items():
        # An answer that is no longer in force goes too: a yes without its text proves nothing.
        others: dict[str, None] = {
            purpose.value: None for purpose in Purpose if purpose not in purposes
        }
        own.filter(number=number).update(contact_id=None, text=None, proof="", by=None, **others)
