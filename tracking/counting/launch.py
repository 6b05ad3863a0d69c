"""Assigns strata to campaigns whose first contact is due, once per campaign.

A launch runs in bounded steps while others write: the cuts are stored first, then the contacts are
assigned to their strata in chunks, in the order of their creation.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from campaigns.models import Contact, Group
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from foundation.timestamps import EPOCH, from_ms
from tracking.counting import facts, strata
from tracking.counting.lock import hold_ingest_lock
from tracking.counting.recount import recounted
from tracking.models import CampaignLaunch, StratumCut

Cut = tuple[int, int, datetime, UUID]
CHUNK = 2000


def launch_due_campaigns(*, now: datetime) -> None:
    """Launch every campaign whose first contact is due by now."""
    while take_launch_step(now=now):
        continue


def take_launch_step(*, now: datetime) -> bool:
    """Run one step of the launches of due campaigns; returns whether there was anything to do."""
    begun = CampaignLaunch.objects.filter(strata_before__isnull=False).first()
    if begun is not None:
        _fill_strata(begun.campaign_id)
        return True
    campaign_id = _due_campaign(now)
    if campaign_id is None:
        return False
    # Read before the lock is taken: contacts added meanwhile are assigned by the same cuts.
    _begin(campaign_id, _cuts(campaign_id), now)
    return True


def _due_campaign(now: datetime) -> int | None:
    due = Contact.objects.filter(group=OuterRef("pk"), scheduled_at__lte=now)
    waiting = Group.objects.exclude(campaign_id__in=CampaignLaunch.objects.values("campaign_id"))
    groups = waiting.filter(Exists(due)).order_by("campaign_id")
    return groups.values_list("campaign_id", flat=True).first()


def _cuts(campaign_id: int) -> list[Cut]:
    rows: list[Cut] = []
    for group_id in Group.objects.filter(campaign_id=campaign_id).values_list("id", flat=True):
        contacts = Contact.objects.filter(
            group_id=group_id, scheduled_at__isnull=False, not_sent_at__isnull=True
        )
        ordered = sorted(
            facts.sending_key(scheduled_at, contact_id)
            for contact_id, scheduled_at in contacts.order_by().values_list("uuid", "scheduled_at")
            if scheduled_at is not None
        )
        for stratum, (at, contact) in enumerate(strata.cuts(ordered), start=1):
            rows.append((group_id, stratum, from_ms(at), UUID(int=contact)))
    return rows


@in_transaction
def _begin(campaign_id: int, cuts: Sequence[Cut], now: datetime) -> None:
    hold_ingest_lock()
    if CampaignLaunch.objects.filter(campaign_id=campaign_id).exists():
        return
    CampaignLaunch.objects.create(campaign_id=campaign_id, launched_at=now, strata_before=EPOCH)
    columns = ("group_id", "stratum", "scheduled_at", "contact_id")
    bulk_sql.insert(StratumCut, columns, cuts)


@in_transaction
def _fill_strata(campaign_id: int) -> None:
    hold_ingest_lock()
    launch = CampaignLaunch.objects.get(campaign_id=campaign_id)
    if launch.strata_before is None:
        return
    contacts = Contact.objects.filter(
        campaign_id=campaign_id, created_at__gte=launch.strata_before
    ).order_by("created_at", "uuid")
    end = _created_at_of(contacts, CHUNK)
    if end is not None:
        contacts = contacts.filter(created_at__lt=end)
    with recounted(list(contacts.values_list("uuid", flat=True))):
        launch.strata_before = end
        launch.save(update_fields=["strata_before"])


def _created_at_of(contacts: QuerySet[Contact], position: int) -> datetime | None:
    """The creation time of the contact after the first n, skipping those with the same time as the
    first.
    """
    first = contacts.values_list("created_at", flat=True).first()
    if first is None:
        return None
    later = contacts.filter(created_at__gt=first)
    return later.values_list("created_at", flat=True)[position : position + 1].first()
