"""When a campaign will be decided, by what is planned now, until its slots are fixed."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, F, Max, Min, Q, Sum

from campaigns.models import Campaign, Group
from campaigns.roles import Role
from foundation.timestamps import from_ms, to_ms
from reports.verdict.compare import GRACE_MS
from reports.verdict.facts import MAX_GROUPS
from tracking.counting.campaign_slots import DueMinutes, due_rows, planned_slots
from tracking.counting.fold import MINUTE_MS
from tracking.counting.slots import FIXED_AFTER_MINUTES


class Expected(NamedTuple):
    """When it will be decided, None where that is not known; is it known for good by now?

    From when slots are fixed on, an hour after the first contact was due, the verdict says it.
    `groups` are those compared that have contacts with a time of sending; `nobody_measured` is
    whether none of these contacts may be measured.
    """

    at: datetime | None
    is_fixed: bool = False
    groups: int = 0
    nobody_measured: bool = False


def expected_decision(campaign: Campaign, *, now: datetime) -> Expected:
    """As `Table.decides_at` would say if slots were fixed now; in at most two queries.

    None where there will be no decision: not two groups to compare by the cut-off, or too many.
    """
    due, latest, nobody = _due(campaign)
    groups = due.groups if due else 0
    if due and to_ms(now) >= (due.first + FIXED_AFTER_MINUTES) * MINUTE_MS:
        return Expected(None, is_fixed=True, groups=groups)
    if due is None or groups < 2:
        return Expected(_by_cut_off(campaign, now=now), groups=groups)
    if groups > MAX_GROUPS:
        return Expected(None, groups=groups)
    slots = planned_slots(campaign, due)
    end = max(latest + 1 + campaign.decision_age, slots.cut_off + 1)
    at = from_ms(end * MINUTE_MS + GRACE_MS)
    return Expected(at, groups=groups, nobody_measured=nobody)


def _due(campaign: Campaign) -> tuple[DueMinutes | None, int, bool]:
    """When contacts are due, the latest minute of those that would be decided on, and whether
    none of them may be measured.
    """
    end = to_ms(campaign.cut_off_at or campaign.end_at) // MINUTE_MS
    found = due_rows(campaign.id).aggregate(
        first=Min("minute"),
        last=Max("minute"),
        groups=Count("group_id", distinct=True),
        latest=Max("minute", filter=Q(minute__lte=end)),
        measured=Sum(F("drawn") - F("drawn_unmeasured")),
    )
    if found["first"] is None:
        return None, 0, False
    latest, measured = found.pop("latest"), found.pop("measured")
    return DueMinutes(**found), found["first"] if latest is None else latest, not measured


def _by_cut_off(campaign: Campaign, *, now: datetime) -> datetime | None:
    """Where two groups have contacts by then, or may still get some."""
    if campaign.cut_off_at is None or campaign.cut_off_at <= now:
        return None
    variants = Group.objects.filter(campaign_id=campaign.id, role=Role.VARIANT).order_by()
    due = due_rows(campaign.id).values("group_id")
    if variants.filter(Q(archived_at__isnull=True) | Q(id__in=due)).count() < 2:
        return None
    age = timedelta(minutes=campaign.decision_age + 1)
    return campaign.cut_off_at + age + timedelta(milliseconds=GRACE_MS)
