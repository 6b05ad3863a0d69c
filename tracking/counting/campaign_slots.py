"""Fixes the slots of campaigns an hour after their first contact fell due, once and for good.

It goes in bounded steps while others write: first the slots are stored, then the contacts move
into them, chunk by chunk in the order of their creation.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from campaigns.models import Campaign, Contact, Group
from campaigns.planned_split import planned_weights_of
from campaigns.roles import Role
from foundation.database.transactions import in_transaction
from foundation.errors import Busy
from foundation.timestamps import EPOCH, to_ms
from tracking.counting import facts, fold, slots, tables
from tracking.counting.fold import MINUTE_MS, NEVER, NO_SLOT
from tracking.counting.lock import hold_ingest_lock
from tracking.models import CampaignSlots, ContactsByDueMinute

CHUNK = 2000

log = structlog.get_logger(__name__)


def fix_due_campaigns(*, now: datetime) -> None:
    """Fix the slots of every campaign that is due for it by now, to the end."""
    while take_step(now=now):
        continue


def take_step(*, now: datetime) -> bool:
    """Bring the slots of due campaigns one step further; whether there was anything to do."""
    begun = CampaignSlots.objects.filter(filled_before__isnull=False).order_by("campaign_id")
    failures = []
    for campaign_id in begun.values_list("campaign_id", flat=True):
        try:
            _fill(campaign_id)
        except (InterfaceError, OperationalError, Busy):
            raise
        except Exception as failure:
            # The others must not wait for it.
            log.exception("slots_failed", campaign=campaign_id)
            failures.append(failure)
        else:
            return True
    due = _due_campaign(now)
    if due is not None:
        _fix(due, now)
        return True
    if failures:
        raise failures[0]
    return False


def _due_campaign(now: datetime) -> int | None:
    """A campaign without slots whose first contact fell due an hour ago."""
    latest = to_ms(now) // MINUTE_MS - slots.FIXED_AFTER_MINUTES
    due = ContactsByDueMinute.objects.filter(
        group_id=OuterRef("pk"), slot=NO_SLOT, minute__gt=NEVER, minute__lte=latest, drawn__gt=0
    )
    waiting = Group.objects.filter(role=Role.VARIANT).exclude(
        campaign_id__in=CampaignSlots.objects.values("campaign_id")
    )
    groups = waiting.filter(Exists(due)).order_by("campaign_id")
    return groups.values_list("campaign_id", flat=True).first()


@in_transaction
def _fix(campaign_id: int, now: datetime) -> None:
    hold_ingest_lock()
    due = due_minutes(campaign_id)
    if due is None or CampaignSlots.objects.filter(campaign_id=campaign_id).exists():
        return
    fixed = planned_slots(Campaign.objects.get(id=campaign_id), due)
    CampaignSlots.objects.create(
        campaign_id=campaign_id,
        first_due=fixed.first_due,
        width=fixed.width,
        cut_off=fixed.cut_off,
        groups=due.groups,
        planned=planned_now(Group.objects.filter(campaign_id=campaign_id)),
        fixed_at=now,
        filled_before=EPOCH,
    )


def planned_now(groups: Iterable[Group]) -> dict[int, float]:
    """The planned percentages of all groups of a campaign as they are, by id; in one query more."""
    some = list(groups)
    rows = ContactsByDueMinute.objects.filter(group_id__in=[group.id for group in some])
    any_contacts = rows.filter(Q(contacts__gt=0) | Q(removed__gt=0)).order_by()
    with_contacts = set(any_contacts.values_list("group_id", flat=True).distinct())
    return planned_weights_of(some, with_contacts=with_contacts)


class DueMinutes(NamedTuple):
    """The first and the last minute in which contacts of so many variants fall due."""

    first: int
    last: int
    groups: int


def planned_slots(campaign: Campaign, due: DueMinutes) -> slots.Slots:
    """The slots that a campaign would have if they were fixed with these due times."""
    chosen = campaign.cut_off_at
    return slots.fix_slots(
        first_due=due.first,
        # A contact scheduled long after the end, by mistake, must not put the decision off.
        last_due=min(due.last, max(due.first, to_ms(campaign.end_at) // MINUTE_MS)),
        cut_off=None if chosen is None else to_ms(chosen) // MINUTE_MS,
    )


def due_rows(campaign_id: int) -> QuerySet[ContactsByDueMinute]:
    """The minutes in which contacts of a campaign's variants fall due."""
    groups = Group.objects.filter(campaign_id=campaign_id, role=Role.VARIANT).values("id")
    return ContactsByDueMinute.objects.filter(
        group_id__in=groups, minute__gt=NEVER, drawn__gt=0
    ).order_by()


def due_minutes(campaign_id: int) -> DueMinutes | None:
    """When the contacts of a campaign's variants fall due, None without any who ever does."""
    found = due_rows(campaign_id).aggregate(
        first=Min("minute"), last=Max("minute"), groups=Count("group_id", distinct=True)
    )
    return None if found["first"] is None else DueMinutes(**found)


@in_transaction
def _fill(campaign_id: int) -> None:
    hold_ingest_lock()
    fixed = CampaignSlots.objects.get(campaign_id=campaign_id)
    if fixed.filled_before is None:
        return
    contacts = Contact.objects.filter(
        campaign_id=campaign_id, created_at__gte=fixed.filled_before
    ).order_by("created_at", "uuid")
    end = created_at_of(contacts, CHUNK)
    if end is not None:
        contacts = contacts.filter(created_at__lt=end)
    ids = list(contacts.values_list("uuid", flat=True))
    summaries = facts.summaries(ids)
    deltas = fold.Deltas()
    # Opens by time stay where they are, so no bucket is read.
    deltas.add_contacts(facts.contacts(ids), summaries, {}, -1)
    fixed.filled_before = end
    fixed.save(update_fields=["filled_before"])
    deltas.add_contacts(facts.contacts(ids), summaries, {}, +1)
    tables.move(deltas)


def created_at_of(contacts: QuerySet[Contact], position: int) -> datetime | None:
    """When the contact behind so many was created, passing over those as old as the first."""
    first = contacts.values_list("created_at", flat=True).first()
    if first is None:
        return None
    later = contacts.filter(created_at__gt=first)
    return later.values_list("created_at", flat=True)[position : position + 1].first()
