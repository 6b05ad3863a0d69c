"""Mixes a campaign's schedule: deals its due times anew, so that no group is sent to earlier.

The times stay, and as many mails leave at each of them; only who gets which time changes. Who is
due soon stays: its mail may be on its way. Who gets what depends on nothing but the contacts and
the times, so that a mixing that was cut off goes on where it stopped when it is asked for again,
and mixing twice changes nothing.

Within a group the order is drawn too. Files are sorted by age of the address, by domain or by
purchases, and each group's in its own way: kept orders would set the oldest customers of one
group against the newest of another at the same hour.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import structlog
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from campaigns.models import Campaign, Contact
from campaigns.queries import compared_groups
from campaigns.services import ARCHIVED
from contacts.chunks import CHUNK
from contacts.dealing import dealt, exchanged, exchanges, turn_of
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import ContactOpens

# Who is due sooner stays: mails are handed over before they are due, and mixing takes a while.
MARGIN = timedelta(minutes=15)
# What is left of it when a step is taken.
HANDED_OVER = timedelta(minutes=5)
# Somebody waits for so much; what is left goes on in the background.
LONGEST = timedelta(seconds=10)
# How often the background looks whether others came in between.
ROUNDS = 5

log = structlog.get_logger(__name__)
Times = Mapping[UUID, datetime]


@dataclass(frozen=True)
class Mixable:
    """Whose times a mixing deals anew: contacts by group id, between the first and the last time.

    `due` contacts stay as they are due already or within MARGIN, `unscheduled` ones as they have
    no time, `kept` ones as they were opened or marked as not sent.
    """

    contacts: Mapping[int, int]
    first: datetime | None
    last: datetime | None
    due: int
    unscheduled: int
    kept: int

    @property
    def suffices(self) -> bool:
        """Whether there is anybody to mix with anybody."""
        return len(self.contacts) > 1


@dataclass(frozen=True)
class Mixed:
    """How many contacts got another time, and how many are still to get one."""

    moved: int
    left: int

    @property
    def sentence(self) -> str:
        """For the history."""
        left = f", {self.left:,} more are getting one" if self.left else ""
        return f"Mixed the schedule: {self.moved:,} contacts have another time{left}."


def mixable(*, campaign_id: int, now: datetime) -> Mixable:
    """What a mixing would move now, and what it would leave."""
    contacts, later = _in_the_schedule(campaign_id), now + MARGIN
    whole = contacts.aggregate(
        due=Count("pk", filter=Q(due_at__lte=later)),
        unscheduled=Count("pk", filter=Q(due_at__isnull=True)),
        later=Count("pk", filter=Q(due_at__gt=later)),
    )
    rows = list(
        _movable(campaign_id, later=later)
        .values("group_id")
        .annotate(contacts=Count("pk"), first=Min("due_at"), last=Max("due_at"))
        .order_by("group_id")
    )
    moved = {row["group_id"]: row["contacts"] for row in rows}
    return Mixable(
        contacts=moved,
        first=min((row["first"] for row in rows), default=None),
        last=max((row["last"] for row in rows), default=None),
        due=whole["due"],
        unscheduled=whole["unscheduled"],
        kept=whole["later"] - sum(moved.values()),
    )


def start_mixing(
    *, campaign_id: int, clock: Callable[[], datetime], enqueue: Callable[[int], object]
) -> Mixed:
    """Mix while somebody waits, and `enqueue` what is left; raises what `mix_schedule` does."""
    mixed = mix_schedule(campaign_id=campaign_id, clock=clock, longest=LONGEST)
    if mixed.left:
        enqueue(campaign_id)
    return mixed


def finish_mixing(*, campaign_id: int, clock: Callable[[], datetime]) -> None:
    """Mix to the end, until there is nothing to move, or nothing to mix any more."""
    with suppress(InvalidInput):
        for _ in range(ROUNDS):
            if not mix_schedule(campaign_id=campaign_id, clock=clock).moved:
                break


def mix_schedule(
    *, campaign_id: int, clock: Callable[[], datetime], longest: timedelta | None = None
) -> Mixed:
    """Deal the times of all contacts that are due later anew.

    Each step is a transaction in which times only change hands; after `longest` no other is
    taken. Raises NotFound, InvalidInput where there is nothing to mix, and Busy.
    """
    started = clock()
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    if campaign.archived_at is not None:
        raise InvalidInput(ARCHIVED.format("campaign"), code="archived")
    schedule = _read(campaign_id, later=started + MARGIN)
    if len(schedule.groups) < 2:
        raise InvalidInput(nothing_to_mix(), code="nothing_to_mix")
    wanted = dealt(schedule.groups, sorted(schedule.times))
    moved, steps = 0, exchanges(schedule.times, wanted, size=CHUNK)
    begun = clock()
    for step in steps:
        times = {schedule.ids[contact]: time for contact, time in step.items()}
        moved += _take_step(campaign_id, times, clock() + HANDED_OVER)
        if longest is not None and clock() - begun > longest:
            break
    left = len(set(itertools.chain.from_iterable(steps)))
    log.info("schedule_mixed", campaign=campaign_id, moved=moved, left=left)
    return Mixed(moved, left)


def nothing_to_mix() -> str:
    minutes = MARGIN // timedelta(minutes=1)
    return (
        f"There is nothing to mix: fewer than two groups have contacts that are due in more than "
        f"{minutes} minutes. Give them a schedule first; what is sent stays as it is."
    )


def _in_the_schedule(campaign_id: int) -> QuerySet[Contact]:
    groups = compared_groups(campaign_id).values("id")
    contacts = Contact.objects.filter(campaign_id=campaign_id, group_id__in=groups)
    return contacts.filter(erased_at__isnull=True, test__isnull=True)


def _movable(campaign_id: int, *, later: datetime) -> QuerySet[Contact]:
    """Contacts to be sent to after a moment, and not opened by then."""
    opened = ContactOpens.objects.filter(contact_id=OuterRef("pk"))
    contacts = _in_the_schedule(campaign_id).filter(not_sent_reason__isnull=True, due_at__gt=later)
    return contacts.filter(~Exists(opened))


@dataclass(frozen=True)
class _Schedule:
    """Contacts to be dealt anew, by number; `groups` hold their numbers in the order of turns."""

    ids: Sequence[UUID]
    times: Sequence[datetime]
    groups: Mapping[int, Sequence[int]]


def _read(campaign_id: int, *, later: datetime) -> _Schedule:
    rows = _movable(campaign_id, later=later).order_by()
    columns = rows.values_list("uuid", "due_at", "group_id")
    ids, times, groups = [], [], defaultdict(list)
    for number, (contact_id, due_at, group_id) in enumerate(columns.iterator(chunk_size=CHUNK)):
        ids.append(contact_id)
        times.append(cast(datetime, due_at))
        groups[group_id].append(number)
    turns = [turn_of(contact_id, seed=campaign_id) for contact_id in ids]
    return _Schedule(
        ids, times, {group: sorted(some, key=turns.__getitem__) for group, some in groups.items()}
    )


@in_transaction
def _take_step(campaign_id: int, step: Times, later: datetime) -> int:
    """Times that some of these contacts no longer have, or may no longer get, stay out of it."""
    hold_ingest_lock()
    contacts = _movable(campaign_id, later=later).filter(uuid__in=list(step))
    held = dict(contacts.order_by().values_list("uuid", "due_at"))
    dealt_now = exchanged(held, step)
    changed = {one: time for one, time in dealt_now.items() if time != held[one]}
    with recounted(list(changed)):
        rows = [(time, time, one) for one, time in changed.items()]
        bulk_sql.update(Contact, ("scheduled_at", "due_at", "uuid"), rows)
    return len(changed)
