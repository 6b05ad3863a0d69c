"""Has contacts follow what people decide, once it is recorded.

A decision is committed without the lock of counting, so that nothing holds it up; this comes after
it. Each decision is looked at once, by its number. Contacts that fell due meanwhile get what was
in force then.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from campaigns.models import Contact
from consent.former import contacts_formerly
from consent.models import Decision
from contacts.chunks import CHUNK
from contacts.measured.settling import changes, store
from foundation.database.transactions import in_transaction
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import IngestLock

DECISIONS = 500
STEPS_OF_A_SWEEP = 500


class _Decided(NamedTuple):
    number: int
    person: str
    contact_id: UUID | None
    recorded_at: datetime


def follow_decisions(*, now: datetime, steps: int = STEPS_OF_A_SWEEP) -> bool:
    """Go on with what was decided, so many steps; whether all is done."""
    return any(not take_step(now=now) for _ in range(steps))


@in_transaction
def take_step(*, now: datetime) -> bool:
    """The next few decisions; whether there were any."""
    lock = hold_ingest_lock()
    rows = Decision.objects.filter(number__gt=lock.decisions_followed).order_by("number")
    decided = [_Decided(*row) for row in rows.values_list(*_Decided._fields)[:DECISIONS]]
    if not decided:
        return False
    since, last = _heeded(decided, _contacts_of(decided))
    changed = changes(since, now=now, since=since)
    with recounted(list(changed)):
        store(changed)
    IngestLock.objects.filter(id=lock.pk).update(decisions_followed=last)
    return True


_Contacts = dict[str | UUID, list[UUID]]


def _contacts_of(decided: Sequence[_Decided]) -> _Contacts:
    """Contacts by the hashes of the addresses that got their mails, and each by its uuid."""
    hashes = {one.person for one in decided if one.contact_id is None}
    named = {one.contact_id for one in decided if one.contact_id is not None}
    found: _Contacts = {contact_id: [contact_id] for contact_id in named}
    rows = Contact.objects.filter(email_hash__in=hashes).order_by()
    own = rows.values_list("email_hash", "uuid")
    for person, contact_id in chain(own, contacts_formerly(hashes)):
        found.setdefault(str(person), []).append(contact_id)
    return found


def _heeded(decided: Sequence[_Decided], contacts: _Contacts) -> tuple[dict[UUID, datetime], int]:
    """As many decisions as concern about a chunk of contacts: since when, and the last number."""
    since: dict[UUID, datetime] = {}
    last = decided[0].number
    for one in decided:
        own = contacts.get(one.contact_id or one.person, [])
        if since and len(since) + len(own) > CHUNK:
            break
        for contact_id in own:
            since[contact_id] = min(one.recorded_at, since.get(contact_id, one.recorded_at))
        last = one.number
    return since, last
