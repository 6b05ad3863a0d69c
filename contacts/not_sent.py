"""Marks contacts that were not sent to, which removes them from every count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from campaigns.models import Contact, Group, NotSentReason
from contacts.chunks import chunks
from contacts.measured.settling import settle
from contacts.stored import MARKED_WHEN_DUE, refuse_while_given
from foundation.database.transactions import in_transaction
from foundation.personal_data.hashes import email_hash
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import ContactOpens


@dataclass(frozen=True)
class NotSent:
    """How many contacts were marked (or unmarked), and how many stayed unchanged.

    `unknown_contacts` and `unknown_emails` are positions in the input.
    """

    marked: int
    unchanged: int
    unknown_contacts: list[int]
    unknown_emails: list[int]


def mark_not_sent(
    *,
    campaign_id: int,
    contact_ids: Sequence[UUID] = (),
    emails: Sequence[str] = (),
    reason: NotSentReason | None,
    now: datetime,
    undo: bool = False,
) -> NotSent:
    """Mark contacts as bounced or withdrawn, which removes them from every count, or undo it.

    Undoing needs no `reason`; whom a mark kept from being sent to falls due by its next schedule.
    Works in bounded transactions: an interrupted call may be repeated. A
    contact whose first open is older than the pruning horizon stays unchanged, because its opens
    can no longer be separated from the others'. Raises InvalidInput (`being_given`) where a mark is
    to be undone in a rest that is just being given the winner: it would be given its time twice.
    """
    by_id, by_email = _contacts_named(campaign_id, contact_ids, emails)
    named = sorted({*by_id.values(), *by_email.values()})
    marked = sum(_mark(chunk, reason, now, undo) for chunk in chunks(named))
    return NotSent(
        marked=marked,
        unchanged=len(named) - marked,
        unknown_contacts=[n for n in range(len(contact_ids)) if n not in by_id],
        unknown_emails=[n for n in range(len(emails)) if n not in by_email],
    )


def _contacts_named(
    campaign_id: int, contact_ids: Sequence[UUID], emails: Sequence[str]
) -> tuple[dict[int, UUID], dict[int, UUID]]:
    """The contacts of a campaign by their positions in two lists, without unknown ones."""
    contacts = Contact.objects.filter(campaign_id=campaign_id).order_by()
    found = set(contacts.filter(uuid__in=contact_ids).values_list("uuid", flat=True))
    hashes = [email_hash(email) for email in emails]
    by_hash = dict(contacts.filter(email_hash__in=hashes).values_list("email_hash", "uuid"))
    return (
        {n: contact_id for n, contact_id in enumerate(contact_ids) if contact_id in found},
        {n: by_hash[digest] for n, digest in enumerate(hashes) if digest in by_hash},
    )


@in_transaction
def _mark(
    contact_ids: Sequence[UUID], reason: NotSentReason | None, now: datetime, undo: bool
) -> int:
    lock = hold_ingest_lock()
    wanted = Contact.objects.filter(uuid__in=contact_ids, not_sent_at__isnull=not undo)
    # Test contacts stay marked: unmarked, they would be counted.
    wanted = wanted.exclude(not_sent_reason=NotSentReason.TEST)
    pruned = ContactOpens.objects.none()
    if lock.pruned_before:
        pruned = ContactOpens.objects.filter(first_opened_at__lt=lock.pruned_before)
    wanted = wanted.exclude(uuid__in=pruned.filter(contact_id__in=contact_ids).values("contact_id"))
    changed = list(wanted.order_by().values_list("uuid", flat=True))
    contacts = Contact.objects.filter(uuid__in=changed)
    if undo:
        _refuse_in_a_rest_being_given(changed)
    with recounted(changed):
        if undo:
            never_mailed = contacts.filter(MARKED_WHEN_DUE, due_at__lte=now)
            never_mailed.update(due_at=None, resent_at=None)
            contacts.update(not_sent_at=None, not_sent_reason=None)
            settle(changed, now=now)
        else:
            contacts.update(not_sent_at=now, not_sent_reason=reason)
    return len(changed)


def _refuse_in_a_rest_being_given(contact_ids: Sequence[UUID]) -> None:
    own = Contact.objects.filter(uuid__in=contact_ids).order_by().values("group_id")
    for group in Group.objects.filter(id__in=own, winner__isnull=False):
        refuse_while_given(group, field="undo")
