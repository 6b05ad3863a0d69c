"""What a campaign's figures are compared with: the average of one's own last ones."""

from collections.abc import Collection
from datetime import datetime
from statistics import fmean

from django.core.cache import caches
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from campaigns.models import Campaign, Group
from campaigns.roles import Role
from foundation.timestamps import to_ms
from reports.by_age.curve import curve_of
from reports.data import OwnAverage
from reports.overview import Reach, with_reach
from reports.planner.at_age import due_before
from tracking.counting.fold import DAY_MS
from tracking.counting.slots import MINUTE_MS, WEEK
from tracking.hits.small_cells import SMALLEST
from tracking.models import CampaignSlots, ContactsByDueDay, FirstOpensByAge

LATEST = 5
# Some of them measured too few.
LOOKED_AT = 20
# What is settled hardly moves any more.
KEPT_SECONDS = 600


def own_average(campaign_id: int, *, now: datetime) -> OwnAverage | None:
    """Of the last campaigns before this one whose contacts were all due a week ago or more.

    Those with fewer than SMALLEST contacts who may be measured are passed over: a rate of three
    people is nothing to compare with, and tells of them. None if there is none.
    In two queries, in none for some minutes after that.
    """
    key = f"average-{campaign_id}"
    kept: tuple[OwnAverage | None] | None = caches["reports"].get(key)
    if kept is None:
        kept = (_read(campaign_id, now),)
        caches["reports"].set(key, kept, KEPT_SECONDS)
    return kept[0]


def _read(campaign_id: int, now: datetime) -> OwnAverage | None:
    settled = _settled(campaign_id, now)
    enough = [(one, reach) for one, _, reach in settled if reach.mailed.measured >= SMALLEST]
    rows = enough[:LATEST]
    if not rows:
        return None
    reached = [reach for _, reach in rows]
    return OwnAverage(
        campaigns=len(rows),
        rate=fmean(reach.rate or 0.0 for reach in reached),
        rate_with_machine=fmean(reach.rate_with_machine or 0.0 for reach in reached),
        opened=round(fmean(reach.opened for reach in reached)),
        not_opened=round(fmean(map(_not_opened, reached))),
        half_within=_half_within([one for one, _ in rows], sum(one.opened for one in reached)),
    )


def _not_opened(reach: Reach) -> int:
    return reach.sent - reach.opened_by_any - reach.unmeasured - reach.lapsed


def _settled(campaign_id: int, now: datetime) -> list[tuple[int, str, Reach]]:
    slots = CampaignSlots.objects.filter(filled_before__isnull=True)
    own = slots.filter(campaign_id=campaign_id).values("first_due")
    begun = Coalesce(Subquery(own), to_ms(now) // MINUTE_MS)
    ends = slots.filter(campaign_id=OuterRef("id"), cut_off__lte=due_before(WEEK, now=now))
    before = Campaign.objects.exclude(id=campaign_id).annotate(
        last_due=Subquery(ends.values("cut_off"))
    )
    latest = before.filter(last_due__lt=begun).order_by("-last_due", "-id")
    return with_reach(latest.exclude(Exists(_due_later(now)))[:LOOKED_AT], now=now)


def _due_later(now: datetime) -> QuerySet[ContactsByDueDay]:
    """What fell due after the cut-off, as the rest of a campaign does, and not a week ago."""
    groups = Group.objects.filter(campaign_id=OuterRef(OuterRef("id"))).exclude(role=Role.CONTROL)
    day = due_before(WEEK, now=now) * MINUTE_MS // DAY_MS
    days = ContactsByDueDay.objects.filter(contacts__gt=0, day__gt=day)
    return days.filter(group_id__in=groups.values("id"))


def _half_within(campaign_ids: Collection[int], opened: int) -> int | None:
    groups = Group.objects.filter(campaign_id__in=campaign_ids).exclude(role=Role.CONTROL)
    rows = FirstOpensByAge.objects.filter(group_id__in=groups.values("id")).order_by()
    sums = rows.values("age_bin").annotate(all_counted=Sum("counted"))
    firsts = {number: int(total) for number, total in sums.values_list("age_bin", "all_counted")}
    return curve_of(firsts, opened=opened, measured=opened).reached_by(0.5)
