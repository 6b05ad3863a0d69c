"""Cuts the strata of campaigns whose first contact has fallen due, once and for good."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from campaigns.models import Contact, Group
from pixeltrack import many_rows
from pixeltrack.transactions import in_transaction
from tracking import counters, counting, state, strata
from tracking.locking import hold_ingest_lock
from tracking.models import CampaignLaunch, ContactOpens, StratumCut
from tracking.timestamps import from_ms

Cut = tuple[int, int, datetime, UUID]
CHUNK = 2000


def launch_due_campaigns(*, now: datetime) -> list[int]:
    """Launch every campaign whose first contact is due by now; returns their ids."""
    launched = []
    for campaign_id in _due_campaigns(now):
        # Read before the lock is taken: contacts added meanwhile fall by the same cuts.
        if _launch(campaign_id, _cuts(campaign_id), now):
            launched.append(campaign_id)
    return launched


def _due_campaigns(now: datetime) -> list[int]:
    due = Contact.objects.filter(group=OuterRef("pk"), scheduled_at__lte=now)
    waiting = Group.objects.exclude(campaign_id__in=CampaignLaunch.objects.values("campaign_id"))
    groups = waiting.filter(Exists(due)).order_by()
    return sorted(set(groups.values_list("campaign_id", flat=True)))


def _cuts(campaign_id: int) -> list[Cut]:
    rows = []
    for group_id in Group.objects.filter(campaign_id=campaign_id).values_list("id", flat=True):
        contacts = Contact.objects.filter(
            group_id=group_id, scheduled_at__isnull=False, not_sent_at__isnull=True
        )
        ordered = sorted(
            state.sending_key(scheduled_at, contact_id)
            for contact_id, scheduled_at in contacts.order_by().values_list("uuid", "scheduled_at")
        )
        for stratum, (at, contact) in enumerate(strata.cuts(ordered), start=1):
            rows.append((group_id, stratum, from_ms(at), UUID(int=contact)))
    return rows


@in_transaction
def _launch(campaign_id: int, cuts: list[Cut], now: datetime) -> bool:
    hold_ingest_lock()
    if CampaignLaunch.objects.filter(campaign_id=campaign_id).exists():
        return False
    CampaignLaunch.objects.create(campaign_id=campaign_id, launched_at=now)
    columns = ("group_id", "stratum", "scheduled_at", "contact_id")
    many_rows.insert(StratumCut, columns, cuts)
    _count_early_opens(campaign_id)
    return True


def _count_early_opens(campaign_id: int) -> None:
    """Give those who opened before the launch (test contacts, mostly) their age bins."""
    groups = Group.objects.filter(campaign_id=campaign_id).values("id")
    opened = list(
        ContactOpens.objects.filter(group_id__in=groups).values_list("contact_id", flat=True)
    )
    deltas = counting.Deltas()
    for start in range(0, len(opened), CHUNK):
        chunk = opened[start : start + CHUNK]
        contacts = state.contacts(chunk)
        for contact_id, summary in state.summaries(chunk).items():
            deltas.add(counting.age_contribution(contacts[contact_id], summary), +1)
    counters.move(deltas)
