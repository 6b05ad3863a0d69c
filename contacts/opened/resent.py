"""Records which contacts were mailed again, whose opens from then on compare no groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, Value
from django.db.models.functions import Greatest

from campaigns.models import Contact
from contacts.chunks import chunks
from foundation.database.transactions import in_transaction
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.opened import Opened, facts_of, those_opened


@dataclass(frozen=True)
class Resent:
    """How many contacts were recorded as mailed again, and how many stayed unchanged.

    `unknown_contacts` are positions in the input.
    """

    marked: int
    unchanged: int
    unknown_contacts: list[int]


def mark_resent(*, campaign_id: int, contact_ids: Sequence[UUID], now: datetime) -> Resent:
    """Record that contacts of a campaign were mailed again.

    Who was recorded before keeps that time, so that a call may be repeated. Unchanged stays who is
    not due (that mail is the first), was marked not sent, or erased. In bounded transactions.
    """
    own = Contact.objects.filter(campaign_id=campaign_id, uuid__in=contact_ids).order_by()
    known = set(own.values_list("uuid", flat=True))
    marked = sum(_mark(chunk, now) for chunk in chunks(sorted(known)))
    return Resent(
        marked=marked,
        unchanged=len(known) - marked,
        unknown_contacts=[n for n, given in enumerate(contact_ids) if given not in known],
    )


@in_transaction
def mark_unopened_resent(contact_ids: Sequence[UUID], *, now: datetime) -> tuple[list[UUID], int]:
    """Those of a chunk of contacts that nobody opened, and how many of them were recorded anew.

    Both in one step, so that whoever is opened meanwhile is either in the list and recorded, or
    neither. Whoever was erased is neither.
    """
    hold_ingest_lock()
    kept = Contact.objects.filter(uuid__in=contact_ids, erased_at=None)
    found = those_opened(facts_of(kept.order_by()), Opened.NO, now=now)
    among = {contact.contact_id for contact in found}
    unopened = [contact_id for contact_id in contact_ids if contact_id in among]
    return unopened, _record(unopened, now)


@in_transaction
def _mark(contact_ids: Sequence[UUID], now: datetime) -> int:
    hold_ingest_lock()
    return _record(contact_ids, now)


def _record(contact_ids: Sequence[UUID], now: datetime) -> int:
    wanted = Contact.objects.filter(uuid__in=contact_ids, due_at__lt=_end_of_minute(now))
    wanted = wanted.filter(not_sent_at=None, erased_at=None, resent_at=None)
    changed = list(wanted.order_by().values_list("uuid", flat=True))
    # Nobody is mailed again before the first mail.
    moment = Greatest("due_at", Value(now, DateTimeField()))
    with recounted(changed):
        Contact.objects.filter(uuid__in=changed).update(resent_at=moment)
    return len(changed)


def _end_of_minute(now: datetime) -> datetime:
    """A contact is due from the beginning of its minute on, as counters have it."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
