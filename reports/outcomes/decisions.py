"""What was called and decided lately, in any campaign that is not archived."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.models import Campaign, Group
from reports.outcomes.said import stored_in_words
from reports.verdict.stored import of_rows
from tracking.models import VerdictCall, VerdictDecision

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Outcome:
    """A campaign's decision, or its call by watching while it is `preliminary`."""

    campaign_id: int
    name: str
    at: datetime
    text: str
    is_preliminary: bool


def newest_outcomes(*, now: datetime, limit: int) -> list[Outcome]:
    """The newest first, one for each campaign; in at most three queries, two without any."""
    live = Campaign.objects.filter(archived_at__isnull=True).values("id")
    decided = VerdictDecision.objects.filter(campaign_id__in=live, decided_at__gte=now - LATELY)
    decisions = {d.campaign_id: d for d in decided.order_by("-decided_at")[:limit]}
    calls = _calls(live, set(decisions), now)
    groups = _groups({*calls, *decisions})
    found = [
        _outcome(own, calls.get(campaign_id), decisions.get(campaign_id))
        for campaign_id, own in groups.items()
    ]
    return sorted(found, key=lambda one: (one.at, one.campaign_id), reverse=True)[:limit]


def _calls(
    live: QuerySet[Campaign, Any], decided: set[int], now: datetime
) -> dict[int, VerdictCall]:
    """Those of the campaigns that were decided, and of those that are not yet."""
    open_calls = Q(campaign_id__in=live, called_at__gte=now - LATELY) & ~Q(
        campaign_id__in=VerdictDecision.objects.values("campaign_id")
    )
    calls = VerdictCall.objects.filter(open_calls | Q(campaign_id__in=decided))
    return {call.campaign_id: call for call in calls}


def _groups(campaigns: set[int]) -> dict[int, list[Group]]:
    """By campaign, with it; every one that something was said of has some."""
    found: dict[int, list[Group]] = defaultdict(list)
    if campaigns:
        groups = Group.objects.filter(campaign_id__in=campaigns).select_related("campaign")
        for group in groups.order_by("number"):
            found[group.campaign_id].append(group)
    return found


def _outcome(
    groups: list[Group], call: VerdictCall | None, decision: VerdictDecision | None
) -> Outcome:
    campaign = groups[0].campaign
    text = stored_in_words(
        of_rows(call, decision),
        names={group.id: group.name for group in groups},
        minutes=campaign.decision_age,
    )
    at = decision.decided_at if decision else call.called_at if call else campaign.created_at
    return Outcome(campaign.id, campaign.name, at, text, is_preliminary=decision is None)
