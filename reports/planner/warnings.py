"""Warns of groups that would be sent apart, as long as that can be mended."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from campaigns.models import Campaign, Group
from reports.planner import wording
from reports.planner.before_launch import groups_apart
from reports.planner.due_times import due_times, due_times_of
from reports.planner.rates import expected_rate
from tracking.models import CampaignSlots

AHEAD = timedelta(days=14)
# How many groups are looked at, those of the next campaigns.
MOST_GROUPS = 100


def schedule_warnings(campaign: Campaign, groups: Sequence[Group], *, now: datetime) -> list[str]:
    """What is wrong with a campaign's schedule; in two queries, and those of the expected rate."""
    times = due_times(campaign, groups)
    if not times.several or not times.is_open(now=now):
        return []
    return wording.apart(groups_apart(times, rate=expected_rate(campaign, now=now).share))


def campaigns_apart(*, now: datetime) -> Iterator[tuple[Campaign, str]]:
    """Mailings about to be sent, with the first thing that is wrong; who begins first is first.

    In three queries, and those of the expected rate for each decision age.
    """
    groups = _upcoming(now)
    campaigns = list({group.campaign_id: group.campaign for group in groups}.values())
    times = due_times_of(campaigns, groups)
    rates: dict[int, float] = {}
    for campaign in campaigns:
        found = times[campaign.id]
        if not found.several or not found.is_open(now=now):
            continue
        age = campaign.decision_age
        if age not in rates:
            rates[age] = expected_rate(campaign, now=now).share
        for sentence in wording.apart(groups_apart(found, rate=rates[age]))[:1]:
            yield campaign, sentence


def _upcoming(now: datetime) -> list[Group]:
    fixed = CampaignSlots.objects.values("campaign_id")
    groups = Group.objects.filter(
        campaign__archived_at__isnull=True,
        campaign__start_at__lte=now + AHEAD,
        campaign__end_at__gte=now,
    ).exclude(campaign_id__in=fixed)
    in_order = groups.order_by("campaign__start_at", "campaign_id", "number")
    return list(in_order.select_related("campaign")[:MOST_GROUPS])
