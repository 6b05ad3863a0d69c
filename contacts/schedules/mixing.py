"""Mixes a campaign's schedule: deals its due times anew, so that no group is sent to earlier.

The times stay, and as many mails leave at each of them; only who gets which time changes. Who is
due soon stays: its mail may be on its way. Who gets what depends on nothing but the contacts and
the times, so that a mixing that was cut off goes on where it stopped when it is asked for again,
and mixing twice changes nothing. The wish is stored on the campaign (`mixing_since`) until all is
done: whatever cuts a mixing off, the sweep has the background go on with it.

Within a group the order is drawn too. Files are sorted by age of the address, by domain or by
purchases, and each group's in its own way: kept orders would set the oldest customers of one
group against the newest of another at the same hour.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import structlog
from django.db import DatabaseError
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from campaigns.models import Campaign, Contact
from campaigns.queries import compared_groups
from campaigns.services import ARCHIVED
from contacts.chunks import CHUNK
from contacts.schedules.dealing import dealt, exchanged, exchanges, turn_of
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from foundation.errors import Busy, DomainError, InvalidInput, NotFound
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import ContactOpens

# Who is due sooner stays: mails are handed over before they are due, and mixing takes a while.
MARGIN = timedelta(minutes=15)
# What is left of it when a step is taken.
HANDED_OVER = timedelta(minutes=5)
# Somebody waits for so much; what is left goes on in the background.
LONGEST = timedelta(seconds=10)
# More are left to the background from the start: reading and dealing them takes too long.
MOST_AT_ONCE = 100_000
# How often the background looks whether others came in between.
ROUNDS = 5
# Whoever mixes is given so long before the sweep has the background try again.
RESUMED_AFTER = timedelta(minutes=5)

log = structlog.get_logger(__name__)
Times = Mapping[UUID, datetime]


@dataclass(frozen=True)
class Mixable:
    """Whose times a mixing deals anew: contacts by group id, between the first and the last time.

    `due` contacts stay as they are due already or within MARGIN, `unscheduled` ones as they have
    no time, `kept` ones as they were opened or marked as not sent, whenever they are due.
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
    """How many contacts got another time, and how many at most are still to get one."""

    moved: int
    left: int

    @property
    def sentence(self) -> str:
        """For the history; "" where nothing changes."""
        if not self.moved and not self.left:
            return ""
        if not self.moved:
            return f"Began to mix the schedule in the background: {self.left:,} contacts."
        left = f", {self.left:,} more are getting one" if self.left else ""
        return f"Mixed the schedule: {self.moved:,} contacts have another time{left}."


def mixable(*, campaign_id: int, now: datetime) -> Mixable:
    """What a mixing would move now, and what it would leave."""
    contacts, later = _in_the_schedule(campaign_id), now + MARGIN
    whole = contacts.aggregate(
        due=Count("pk", filter=Q(due_at__lte=later, not_sent_reason__isnull=True)),
        unscheduled=Count("pk", filter=Q(due_at__isnull=True)),
        scheduled=Count("pk", filter=Q(due_at__isnull=False)),
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
        kept=whole["scheduled"] - whole["due"] - sum(moved.values()),
    )


def start_mixing(
    *, campaign_id: int, clock: Callable[[], datetime], enqueue: Callable[[int], object]
) -> Mixed:
    """Mix while somebody waits, and `enqueue` what is left, or all where there are very many.

    Raises what `mix_schedule` does, and has changed nothing then.
    """
    contacts = _contacts_to_mix(campaign_id, later=clock() + MARGIN)
    wished_before = _wish(campaign_id)
    _store_wish(campaign_id, clock())
    try:
        mixed = Mixed(0, contacts)
        if contacts <= MOST_AT_ONCE:
            mixed = mix_schedule(campaign_id=campaign_id, clock=clock, longest=LONGEST)
    except DomainError:
        _store_wish(campaign_id, wished_before)
        raise
    if mixed.left:
        _leave_to(enqueue, campaign_id)
    else:
        _store_wish(campaign_id, None)
    return mixed


def finish_mixing(*, campaign_id: int, clock: Callable[[], datetime]) -> None:
    """Mix to the end, until there is nothing to move, or nothing to mix any more.

    Where the database is too busy the wish stays, for the sweep to resume it.
    """
    wish = _wish(campaign_id)
    if wish is None:
        return
    try:
        is_done = _mix_in_rounds(campaign_id, clock)
    except InvalidInput:
        is_done = True
    except Busy:
        is_done = False
        log.warning("schedule_mixing_put_off", campaign=campaign_id)
    if is_done:
        # Not one that came meanwhile.
        Campaign.objects.filter(id=campaign_id, mixing_since=wish).update(mixing_since=None)


def resume_mixings(*, now: datetime, enqueue: Callable[[int], object]) -> None:
    """Queue each mixing that was cut off."""
    cut_off = Campaign.objects.filter(mixing_since__lte=now - RESUMED_AFTER)
    for campaign_id in list(cut_off.order_by("id").values_list("id", flat=True)):
        _store_wish(campaign_id, now)
        enqueue(campaign_id)


def mix_schedule(
    *, campaign_id: int, clock: Callable[[], datetime], longest: timedelta | None = None
) -> Mixed:
    """Deal the times of all contacts that are due later anew.

    Each step is a transaction in which times only change hands; after `longest`, or where the
    database is too busy for another, the others are left. Raises NotFound, InvalidInput where there
    is nothing to mix, and Busy before anybody was moved.
    """
    later = clock() + MARGIN
    _refuse_closed(campaign_id)
    schedule = _read(campaign_id, later=later)
    _refuse_lone(len(schedule.groups))
    wanted = dealt(schedule.groups, sorted(schedule.times))
    moved, left = 0, exchanges(schedule.times, wanted, size=CHUNK)
    begun = clock()
    for step in left:
        times = {schedule.ids[contact]: time for contact, time in step.items()}
        try:
            moved += _take_step(campaign_id, times, clock() + HANDED_OVER)
        except Busy:
            if not moved:
                raise
            left = itertools.chain([step], left)
            break
        if longest is not None and clock() - begun > longest:
            break
    mixed = Mixed(moved, len(set(itertools.chain.from_iterable(left))))
    log.info("schedule_mixed", campaign=campaign_id, moved=mixed.moved, left=mixed.left)
    return mixed


def nothing_to_mix() -> str:
    minutes = MARGIN // timedelta(minutes=1)
    return (
        f"There is nothing to mix: fewer than two groups have contacts that are due in more than "
        f"{minutes} minutes. Give them a schedule first; what is sent stays as it is."
    )


# --- The wish -----------------------------------------------------------------------------------


def _wish(campaign_id: int) -> datetime | None:
    campaigns = Campaign.objects.filter(id=campaign_id)
    return campaigns.values_list("mixing_since", flat=True).first()


@in_transaction
def _store_wish(campaign_id: int, since: datetime | None) -> None:
    Campaign.objects.filter(id=campaign_id).update(mixing_since=since)


def _leave_to(enqueue: Callable[[int], object], campaign_id: int) -> None:
    """A database too busy to queue it leaves that to the sweep: times have changed already."""
    try:
        enqueue(campaign_id)
    except DatabaseError:
        log.exception("schedule_mixing_not_queued", campaign=campaign_id)


def _mix_in_rounds(campaign_id: int, clock: Callable[[], datetime]) -> bool:
    """Whether nothing is left to move."""
    return any(not mix_schedule(campaign_id=campaign_id, clock=clock).moved for _ in range(ROUNDS))


# --- Who is mixed -------------------------------------------------------------------------------


def _contacts_to_mix(campaign_id: int, *, later: datetime) -> int:
    _refuse_closed(campaign_id)
    rows = _movable(campaign_id, later=later).order_by().values("group_id")
    counts = [row["contacts"] for row in rows.annotate(contacts=Count("pk"))]
    _refuse_lone(len(counts))
    return sum(counts)


def _refuse_closed(campaign_id: int) -> None:
    campaign = Campaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound("Campaign not found")
    if campaign.archived_at is not None:
        raise InvalidInput(ARCHIVED.format("campaign"), code="archived")


def _refuse_lone(groups: int) -> None:
    if groups < 2:
        raise InvalidInput(nothing_to_mix(), code="nothing_to_mix")


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
