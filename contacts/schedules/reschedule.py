"""Reschedules a group's contacts; opened ones keep their schedule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.db.models import DateTimeField, F, Max, Min, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

from campaigns.models import Contact, Group, NotSentReason
from campaigns.queries import outside_dates
from contacts.chunks import chunks
from contacts.measured.settling import settle
from contacts.stored import MARKED_WHEN_DUE, refuse_while_given
from foundation.audit_log import moment
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from foundation.parsing import EARLIEST, LATEST
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import ContactOpens


@dataclass(frozen=True)
class Rescheduled:
    """How many contacts were rescheduled, and how many were opened and kept their schedule.

    `outside_dates` counts the group's contacts scheduled outside the campaign's dates.
    """

    rescheduled: int
    frozen: int
    outside_dates: int


def reschedule_in_words(*, scheduled_at: datetime | None, shift: timedelta | None) -> str:
    """For the history."""
    if shift is None:
        return f"Rescheduled contacts to {moment(cast(datetime, scheduled_at))}."
    minutes = shift // timedelta(minutes=1)
    said = f"{abs(minutes):,} minute{'' if abs(minutes) == 1 else 's'}"
    return f"Rescheduled contacts: {said} {'earlier' if minutes < 0 else 'later'}."


@in_transaction
def reschedule_group(
    *,
    group_id: int,
    now: datetime,
    scheduled_at: datetime | None = None,
    shift: timedelta | None = None,
) -> Rescheduled:
    """Set or shift the schedule of every contact of a group that was not opened yet.

    A shift ignores contacts without a schedule. Whoever has fallen due stays due as of then and
    counts as mailed again: a second mail makes nobody a later recipient of the first. It is one
    transaction, which for a huge group delays the counting (never the recording) of opens by some
    seconds. Raises NotFound and InvalidInput.
    """
    if (scheduled_at is None) == (shift is None):
        raise InvalidInput("Give either a new time or a shift, not both.")
    hold_ingest_lock()
    group = Group.objects.select_related("campaign").filter(id=group_id).first()
    if group is None:
        raise NotFound("Group not found")
    refuse_while_given(group)
    contacts = group.contacts.filter(erased_at__isnull=True)
    contacts = contacts.exclude(not_sent_reason=NotSentReason.TEST)
    if shift is not None:
        contacts = contacts.filter(scheduled_at__isnull=False)
    opened = ContactOpens.objects.filter(group_id=group_id).values("contact_id")
    movable = contacts.exclude(uuid__in=opened)
    if shift is not None:
        _refuse_far(movable, shift)
    frozen = contacts.filter(uuid__in=opened).count()
    new_schedule = (
        Value(scheduled_at, DateTimeField()) if shift is None else F("scheduled_at") + shift
    )
    return Rescheduled(
        rescheduled=_reschedule(group, movable.values_list("uuid", flat=True), new_schedule, now),
        frozen=frozen,
        outside_dates=outside_dates(contacts, group.campaign).count(),
    )


def _reschedule(
    group: Group, movable: Iterable[UUID], new_schedule: Combinable, now: datetime
) -> int:
    contact_ids = list(movable)
    for chunk in chunks(contact_ids):
        with recounted(chunk):
            contacts = Contact.objects.filter(uuid__in=chunk)
            later = Greatest(new_schedule, Value(now, DateTimeField()))
            # Before the schedule itself, which they are reckoned from.
            mailed = contacts.filter(due_at__lte=now).exclude(MARKED_WHEN_DUE)
            waiting = Q(due_at__isnull=True) | Q(due_at__gt=now) | MARKED_WHEN_DUE
            mailed.filter(resent_at__isnull=True).update(resent_at=later)
            if group.is_mailed:
                contacts.filter(waiting).update(due_at=later)
            contacts.update(scheduled_at=new_schedule)
            settle(chunk, now=now)
    return len(contact_ids)


def _refuse_far(contacts: QuerySet[Contact], shift: timedelta) -> None:
    """Keep schedules in the range that `read_moment` accepts and databases can store."""
    ends = contacts.aggregate(first=Min("scheduled_at"), last=Max("scheduled_at"))
    if ends["first"] is None:
        return
    if ends["first"] < EARLIEST - shift or ends["last"] >= LATEST - shift:
        raise InvalidInput("Shift by less: a schedule lies between the years 2000 and 2199.")
