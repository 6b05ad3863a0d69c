"""When a campaign will be decided, by what is planned now, until its slots are fixed."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Max

from campaigns.models import Campaign
from foundation.timestamps import from_ms, to_ms
from reports.verdict.compare import GRACE_MS
from tracking.counting.campaign_slots import due_minutes, due_rows, planned_slots
from tracking.counting.fold import MINUTE_MS
from tracking.counting.slots import FIXED_AFTER_MINUTES


class Expected(NamedTuple):
    """When it will be decided, None where that is not known; is it known for good by now?

    From when slots are fixed on, an hour after the first contact was due, the verdict says it.
    """

    at: datetime | None
    is_fixed: bool = False


def expected_decision(campaign: Campaign, *, now: datetime) -> Expected:
    """As `Table.decides_at` would say if slots were fixed now; in at most two queries."""
    due = due_minutes(campaign.id)
    if due and to_ms(now) >= (due.first + FIXED_AFTER_MINUTES) * MINUTE_MS:
        return Expected(None, is_fixed=True)
    if due is None or due.groups < 2:
        return Expected(_by_cut_off(campaign))
    slots = planned_slots(campaign, due)
    latest = due.last
    if latest > slots.cut_off:
        decided = due_rows(campaign.id).filter(minute__lte=slots.cut_off)
        latest = decided.aggregate(last=Max("minute"))["last"] or due.first
    end = max(latest + 1 + campaign.decision_age, slots.cut_off + 1)
    return Expected(from_ms(end * MINUTE_MS + GRACE_MS))


def _by_cut_off(campaign: Campaign) -> datetime | None:
    if campaign.cut_off_at is None:
        return None
    age = timedelta(minutes=campaign.decision_age + 1)
    return campaign.cut_off_at + age + timedelta(milliseconds=GRACE_MS)
