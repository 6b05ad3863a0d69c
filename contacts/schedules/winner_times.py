"""When a rest is due: by what is planned, by what somebody would choose, and as it is now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.db.models import Count, Max, Min, Q, QuerySet

from campaigns.models import Contact, Group
from contacts.schedules.winner import recipients, waiting


@dataclass(frozen=True)
class Preview:
    """What giving a winner would make due: contacts that are to be sent to, from when to when.

    `outside` of them would lie outside the campaign's dates; `starts_outside` says that the first
    time would.
    """

    contacts: int
    first: datetime
    last: datetime
    outside: int
    starts_outside: bool


def planned_start(rest: Group, *, now: datetime) -> datetime:
    """When the first of a waiting rest is due where no other time is chosen."""
    first = waiting(rest).aggregate(first=Min("scheduled_at"))["first"]
    return max(now, first or now)


def to_send_to(rest: Group) -> QuerySet[Contact]:
    """Those of a waiting rest that are not marked as not sent."""
    return waiting(rest).filter(not_sent_at__isnull=True)


def preview(rest: Group, *, start_at: datetime, now: datetime) -> Preview:
    """What `choose_winner` would do with a start."""
    start, campaign = max(now, start_at), rest.campaign
    planned = waiting(rest).aggregate(first=Min("scheduled_at"))["first"]
    shift = timedelta(0) if planned is None else start - planned
    early = Q(scheduled_at__lt=campaign.start_at - shift)
    late = Q(scheduled_at__gt=campaign.end_at - shift)
    found = to_send_to(rest).aggregate(
        contacts=Count("pk"),
        first=Min("scheduled_at"),
        last=Max("scheduled_at"),
        unscheduled=Count("pk", filter=Q(scheduled_at__isnull=True)),
        outside=Count("pk", filter=early | late),
    )
    starts_outside = not campaign.start_at <= start <= campaign.end_at
    times = [found[end] + shift for end in ("first", "last") if found[end] is not None]
    if found["unscheduled"] or not times:
        times.append(start)
    return Preview(
        contacts=found["contacts"],
        first=min(times),
        last=max(times),
        outside=found["outside"] + (found["unscheduled"] if starts_outside else 0),
        starts_outside=starts_outside,
    )


def first_due(rest: Group) -> datetime:
    """When the first of a rest that was given a winner is due, as it is scheduled now."""
    start = cast(datetime, rest.winner_start_at)
    if rest.is_being_given:
        return start
    own = recipients(Contact.objects.filter(group_id=rest.id))
    mailed = own.filter(not_sent_at__isnull=True)
    return mailed.aggregate(first=Min("due_at"))["first"] or start
