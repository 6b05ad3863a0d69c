"""Gives the winner to the rest: from then on its contacts are due.

The choice is stored at once. Due times follow in chunks, each in a transaction of its own, so that
the ingest lock is held shortly however large the rest is; the rest counts as given when all have
theirs. Whoever finds one that was interrupted goes on with it: another call, or the sweep.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

import structlog
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest
from django.utils.timezone import localtime

from campaigns.models import Contact, Group, NotSentReason
from campaigns.queries import outside_dates
from campaigns.roles import Role
from campaigns.services import ARCHIVED
from contacts.chunks import CHUNK
from contacts.measured.settling import settle
from foundation import dates
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput
from foundation.parsing import LATEST
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import CampaignSlots, VerdictCall, VerdictDecision

# What a page or a call waits for; the sweep does what is left of a larger rest.
CHUNKS_AT_ONCE = 10
CHUNKS_OF_A_SWEEP = 200

NO_REST = "This campaign has no group that waits for the winner: give a group the role “rest”."
UNDECIDED = "No group was called better yet, and nothing was decided: wait for the verdict."
NOBODY = "The group {} has no contacts to send to."
NO_WINNER = "No group was found to be better: choose whose e-mail the rest gets."
NO_VARIANT = "Choose a variant of this campaign."
GIVEN = "The rest was given “{}” already, and its e-mails may have left."
STARTS = "The rest was given the winner already: reschedule the group “{}” instead."
OUTSIDE = "The first of the rest would be due {}, outside the campaign's dates ({} to {})."
TOO_FAR = "Begin earlier: the last of the rest would be due after the year 2199."

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Found:
    """What is stored of a campaign's verdict: the better group, None where there is none.

    It is preliminary where watching called it and nothing is decided yet.
    """

    group_id: int | None
    is_preliminary: bool


def found(campaign_id: int) -> Found | None:
    """None before the first call or decision; in at most two queries."""
    decided = VerdictDecision.objects.filter(campaign_id=campaign_id)
    decision = decided.values_list("group_id").first()
    if decision is not None:
        return Found(decision[0], is_preliminary=False)
    called = VerdictCall.objects.filter(campaign_id=campaign_id).values_list("group_id").first()
    return None if called is None else Found(called[0], is_preliminary=True)


def may_be_given(rest: Group) -> bool:
    """Whether it waits for a winner that can be given to it now; in at most three queries."""
    if rest.winner_id is not None or rest.archived_at is not None:
        return False
    if rest.campaign.archived_at is not None or found(rest.campaign_id) is None:
        return False
    return waiting(rest).exists()


def waiting_rests(*, limit: int) -> list[Group]:
    """Those for which `may_be_given` holds, the newest first; in one query."""
    campaign = {"campaign_id": OuterRef("campaign_id")}
    known = Exists(VerdictDecision.objects.filter(**campaign)) | Exists(
        VerdictCall.objects.filter(**campaign)
    )
    waits = Exists(_waiting_contacts(Contact.objects.filter(group_id=OuterRef("id"))))
    rests = Group.objects.filter(
        single_role=Role.REST, winner__isnull=True, campaign__archived_at__isnull=True
    )
    found = rests.filter(known).filter(waits).select_related("campaign").order_by("-id")
    return list(found[:limit])


def waiting(rest: Group) -> QuerySet[Contact]:
    """Contacts that have no due time yet."""
    return _waiting_contacts(Contact.objects.filter(group_id=rest.id))


@in_transaction
def choose_winner(
    *,
    rest_id: int,
    now: datetime,
    winner_id: int | None = None,
    start_at: datetime | None = None,
    allow_outside_dates: bool = False,
) -> Group:
    """Store whose e-mail the rest gets, and from when on; `schedule_rest` makes it due.

    The winner is the group that was called or decided on unless another variant is named. The
    first contact of the rest is due at `start_at`, at once where that has passed; the others keep
    their distance to it, those without a schedule are due with the first. Without `start_at` the
    rest goes out as planned, or from now on where its first time has passed. A start outside the
    campaign's dates is refused unless that is allowed. Choosing the same again changes nothing.
    Raises InvalidInput.
    """
    rest = Group.objects.select_for_update().get(id=rest_id)
    if rest.winner_id is not None:
        _refuse_another(rest, winner_id, start_at)
        return rest
    _refuse_closed(rest)
    # Held, so that a decision is stored either before this or after it.
    list(CampaignSlots.objects.select_for_update().filter(campaign_id=rest.campaign_id))
    known = found(rest.campaign_id)
    if known is None:
        raise InvalidInput(UNDECIDED, code="undecided")
    rest.winner = _winner(rest, known, winner_id)
    rest.winner_is_preliminary = known.is_preliminary
    rest.winner_chosen_at = now
    _choose_schedule(rest, start_at, now)
    if not allow_outside_dates:
        _refuse_outside_dates(rest)
    rest.save()
    log.info("winner_chosen", group=rest.id, winner=rest.winner_id)
    return rest


def schedule_rest(*, rest_id: int, now: datetime, chunks: int = CHUNKS_AT_ONCE) -> bool:
    """Make a rest's contacts due, so many chunks of them; whether all are."""
    place: _Place | None = None
    for _ in range(chunks):
        step = _take_step(rest_id, place, now)
        if step.is_done:
            return True
        place = step.place
    return False


def schedule_interrupted(*, now: datetime) -> None:
    """Go on with each rest whose winner was chosen and whose contacts are not all due."""
    begun = Group.objects.filter(winner__isnull=False, winner_given_at__isnull=True)
    for rest_id in list(begun.order_by("id").values_list("id", flat=True)):
        schedule_rest(rest_id=rest_id, now=now, chunks=CHUNKS_OF_A_SWEEP)


def warnings(rest: Group) -> list[str]:
    """What to know of a winner that was chosen."""
    said, known = [], found(rest.campaign_id)
    if known and known.group_id not in (None, rest.winner_id):
        better = Group.objects.filter(id=known.group_id).first()
        said.append(f"The verdict names “{better}”, not “{rest.winner}”.")
    own = Contact.objects.filter(group_id=rest.id)
    outside = outside_dates(recipients(own), rest.campaign).count()
    if outside:
        contacts = "1 contact lies" if outside == 1 else f"{outside:,} contacts lie"
        said.append(f"{contacts} outside the campaign's dates now.")
    return said


# --- The choice ---------------------------------------------------------------------------------


def _refuse_another(rest: Group, winner_id: int | None, start_at: datetime | None) -> None:
    if winner_id not in (None, rest.winner_id):
        raise InvalidInput.field("winner", GIVEN.format(rest.winner), code="already_given")
    if start_at and max(start_at, _chosen_at(rest)) != rest.winner_start_at:
        raise InvalidInput.field("start_at", STARTS.format(rest), code="already_given")


def _chosen_at(rest: Group) -> datetime:
    return cast(datetime, rest.winner_chosen_at)


def _refuse_closed(rest: Group) -> None:
    if rest.role != Role.REST:
        raise InvalidInput(NO_REST, code="no_rest")
    for row, name in ((rest.campaign, "campaign"), (rest, "group")):
        if row.archived_at is not None:
            raise InvalidInput(ARCHIVED.format(name), code="archived")


def _winner(rest: Group, known: Found, winner_id: int | None) -> Group:
    chosen = known.group_id if winner_id is None else winner_id
    if chosen is None:
        raise InvalidInput.field("winner", NO_WINNER, code="no_winner")
    variants = Group.objects.filter(campaign_id=rest.campaign_id, role=Role.VARIANT)
    winner = variants.filter(id=chosen).first()
    if winner is None:
        raise InvalidInput.field("winner", NO_VARIANT)
    return winner


def _choose_schedule(rest: Group, start_at: datetime | None, now: datetime) -> None:
    ends = waiting(rest).aggregate(
        first=Min("scheduled_at"), last=Max("scheduled_at"), contacts=Count("*")
    )
    if not ends["contacts"]:
        raise InvalidInput(NOBODY.format(rest), code="empty")
    first, last = ends["first"], ends["last"]
    start = max(now, start_at or first or now)
    if first is not None and start >= LATEST - (last - first):
        raise InvalidInput.field("start_at", TOO_FAR)
    rest.winner_start_at = start
    rest.winner_shift = None if first is None else start - first


def _refuse_outside_dates(rest: Group) -> None:
    start, campaign = cast(datetime, rest.winner_start_at), rest.campaign
    if not campaign.start_at <= start <= campaign.end_at:
        said = OUTSIDE.format(*map(_day, (start, campaign.start_at, campaign.end_at)))
        raise InvalidInput.field("start_at", said, code="outside_dates")


def _day(moment: datetime) -> str:
    return dates.day(localtime(moment))


# --- Due times ----------------------------------------------------------------------------------


class _Place(NamedTuple):
    """A contact's place among all in the order of their creation."""

    created_at: datetime
    contact_id: UUID


class _Step(NamedTuple):
    is_done: bool
    place: _Place | None = None


@in_transaction
def _take_step(rest_id: int, behind: _Place | None, now: datetime) -> _Step:
    """Make the next chunk due; once nobody waits any more, the rest counts as given."""
    # First its row, which whoever is creating a contact of it shares.
    rest = Group.objects.select_for_update().get(id=rest_id)
    hold_ingest_lock()
    if not rest.is_being_given:
        return _Step(is_done=True)
    contacts = _behind(waiting(rest), behind).order_by("created_at", "uuid")
    chunk = [_Place(*row) for row in contacts.values_list("created_at", "uuid")[:CHUNK]]
    if chunk:
        _make_due(rest, [place.contact_id for place in chunk], now)
        return _Step(is_done=False, place=chunk[-1])
    if behind is not None:
        # From the start again: a call may have created some at an earlier moment.
        return _Step(is_done=False)
    Group.objects.filter(id=rest_id).update(winner_given_at=now)
    log.info("winner_given", group=rest_id)
    return _Step(is_done=True)


def _behind(contacts: QuerySet[Contact], place: _Place | None) -> QuerySet[Contact]:
    if place is None:
        return contacts
    same_moment = Q(created_at=place.created_at, uuid__gt=place.contact_id)
    # The first part lets the database start from an index.
    later = Q(created_at__gt=place.created_at) | same_moment
    return contacts.filter(Q(created_at__gte=place.created_at) & later)


def _make_due(rest: Group, contact_ids: list[UUID], now: datetime) -> None:
    contacts = Contact.objects.filter(uuid__in=contact_ids)
    schedule = _schedule(rest.winner_start_at, rest.winner_shift)
    chosen_at = Value(_chosen_at(rest), DateTimeField())
    with recounted(contact_ids):
        # Before the schedule itself, which they are reckoned from.
        contacts.update(due_at=Greatest(schedule, chosen_at, F("created_at")))
        contacts.update(scheduled_at=schedule)
        settle(contact_ids, now=now, since=rest.winner_chosen_at)


def _schedule(start_at: datetime | None, shift: timedelta | None) -> Combinable:
    start = Value(start_at, DateTimeField())
    return start if shift is None else Coalesce(F("scheduled_at") + shift, start)


def _waiting_contacts(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    return recipients(contacts).filter(due_at__isnull=True)


def recipients(contacts: QuerySet[Contact]) -> QuerySet[Contact]:
    contacts = contacts.filter(erased_at__isnull=True)
    return contacts.exclude(not_sent_reason=NotSentReason.TEST)
