"""Groups to stop, of what is being sent: their guard rails say so before anything is decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, F, Func, OuterRef, QuerySet, Subquery

from campaigns.models import Campaign, Group
from foundation.timestamps import to_ms
from reports.verdict.compare import GRACE_MS
from reports.verdict.facts import Facts, Moment
from reports.verdict.judge import stops
from reports.verdict.reading import RAILS, read_experiment
from reports.verdict.watching import MIN_EVENTS_OF_GUARD_RAIL
from tracking.counting.fold import MINUTE_MS
from tracking.models import CampaignSlots, LeftByAge

# After a campaign's cut-off: later there is hardly anything left to stop.
LATELY = timedelta(days=7)
# How many campaigns are looked at, those that began last.
MOST_CAMPAIGNS = 3


@dataclass(frozen=True)
class ToStop:
    campaign: Campaign
    sentence: str


def has_marks(*, now: datetime) -> QuerySet[LeftByAge]:
    """Of those who left what is being sent for a reason that a guard rail watches."""
    groups = Group.objects.filter(campaign_id__in=_recent(now)).values("id")
    return LeftByAge.objects.filter(group_id__in=groups, reason__in=RAILS, contacts__gt=0)


def groups_to_stop(*, now: datetime, as_of: datetime) -> Iterator[ToStop]:
    """What guard rails say; every mark from before `as_of` has been counted.

    In two queries, and three for each campaign with enough marks.
    """
    campaigns = {campaign.id: campaign for campaign in _suspects(now)}
    groups = Group.objects.filter(campaign_id__in=campaigns).order_by("number")
    of_campaign: dict[int, list[Group]] = {campaign_id: [] for campaign_id in campaigns}
    for group in groups if campaigns else ():
        of_campaign[group.campaign_id].append(group)
    for campaign_id, campaign in campaigns.items():
        experiment = read_experiment(campaign, of_campaign[campaign_id])
        for stop in stops(Facts(experiment, Moment(to_ms(min(now, as_of)), GRACE_MS))):
            yield ToStop(campaign, stop.text)


def _suspects(now: datetime) -> QuerySet[Campaign]:
    groups = Group.objects.order_by().filter(campaign_id=OuterRef(OuterRef("id"))).values("id")
    marks = LeftByAge.objects.order_by().filter(group_id__in=groups, reason__in=RAILS)
    total = Func(F("contacts"), function="SUM", output_field=BigIntegerField())
    campaigns = Campaign.objects.filter(id__in=_recent(now), archived_at__isnull=True)
    marked = campaigns.annotate(marked=Subquery(marks.annotate(total=total).values("total")))
    few = MIN_EVENTS_OF_GUARD_RAIL
    return marked.filter(marked__gte=few).order_by("-start_at", "-id")[:MOST_CAMPAIGNS]


def _recent(now: datetime) -> QuerySet[CampaignSlots, int]:
    since = to_ms(now - LATELY) // MINUTE_MS
    rows = CampaignSlots.objects.filter(filled_before__isnull=True, cut_off__gt=since)
    return rows.values_list("campaign_id", flat=True)
