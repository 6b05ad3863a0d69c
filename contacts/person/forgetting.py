"""Forgets what was measured of contacts: opens, summaries, parts of counters, and the last day.

A stored call or decision stays as it was made, and so do counters of days whose opens were pruned.
Nothing is measured of a forgotten contact from then on, so that a hit that is still on its way, or
is read twice, brings nothing back.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Contact, ForgottenPeople, NotSentReason
from campaigns.modes import Measured
from consent.decisions import note_forgetting
from consent.queries import people_of, subject_of
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from tracking.counting import last_days, tables
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import ContactOpens, LastDay, Open

log = structlog.get_logger(__name__)


@in_transaction
def forget_contacts(
    *,
    contact_ids: Collection[UUID],
    now: datetime,
    is_replayed: bool = False,
    whatever: bool = False,
) -> int:
    """Forget those of whom anything was measured; how many. Repeating it changes nothing.

    Whoever was due counts as not measured from then on, opened or not, so that the others' rate
    stays what it is. What is replayed from the journal is forgotten, as are all if it is `whatever`
    is known of them: opens may only be on their way. Raises `consent.journal.NotReplayed`.
    """
    lock = hold_ingest_lock()
    contacts = list(_to_forget(contact_ids, None if is_replayed or whatever else now))
    if not contacts:
        return 0
    ids = [contact.uuid for contact in contacts]
    opens = Open.objects.filter(contact_id__in=ids)
    if lock.pruned_before is not None:
        # Being pruned: what they count stays, as it does of those that are gone.
        opens.filter(opened_at__lt=lock.pruned_before).delete()
    with recounted(ids):
        opens.delete()
        ContactOpens.objects.filter(contact_id__in=ids).delete()
        Contact.objects.filter(uuid__in=ids).update(
            measured=Measured.NO, withdrew_in=None, forgotten_at=now
        )
    last_days.forget(set().union(*(people_of(subject_of(contact)) for contact in contacts)))
    _count(contacts)
    if not is_replayed:
        note_forgetting(contact_ids=ids, now=now)
    log.info("contacts_forgotten", contacts=[str(contact_id) for contact_id in ids])
    return len(ids)


def _to_forget(contact_ids: Collection[UUID], due_by: datetime | None) -> QuerySet[Contact]:
    """Those that are not forgotten, locked; of them whoever is due or was opened, or all.

    Due is whoever was measured, or of whose person the last day is kept.
    """
    contacts = (
        Contact.objects.select_for_update()
        .filter(uuid__in=contact_ids, forgotten_at__isnull=True)
        .order_by("uuid")
    )
    if due_by is None:
        return contacts
    own = {"contact_id": OuterRef("uuid")}
    opened = Exists(ContactOpens.objects.filter(**own)) | Exists(Open.objects.filter(**own))
    kept = ~Q(measured=Measured.NO) | Q(uuid__in=_with_day(contact_ids))
    due = Q(due_at__lte=due_by) & kept
    return contacts.filter(due | opened)


def _with_day(contact_ids: Collection[UUID]) -> list[UUID]:
    contacts = Contact.objects.filter(uuid__in=contact_ids)
    people = {contact.uuid: people_of(subject_of(contact)) for contact in contacts}
    days = LastDay.objects.filter(person__in=set().union(*people.values()))
    kept = set(days.values_list("person", flat=True))
    return [contact_id for contact_id, own in people.items() if own & kept]


def _count(contacts: Sequence[Contact]) -> None:
    """Test contacts are in no figure."""
    by_campaign = Counter(
        contact.campaign_id for contact in contacts if contact.not_sent_reason != NotSentReason.TEST
    )
    rows = sorted(by_campaign.items())
    columns = ("campaign", "people")
    bulk_sql.upsert(ForgottenPeople, columns, rows, key=("campaign",), adding=True)
    # The number is in reports, even where no counter moved.
    tables.renew({contact.group_id for contact in contacts})
