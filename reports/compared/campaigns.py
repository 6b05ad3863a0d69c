"""The figures of several campaigns side by side, from counters; no verdict between them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from campaigns.lifecycle import Progress, State, state_in_words, state_of
from campaigns.models import DECISION_AGES, Campaign, Group
from foundation.timestamps import EPOCH
from reports.figures import Figures, contact_figures
from reports.planner.at_age import due_before, opened_at_age
from reports.rates import Mailed
from tracking.counting.slots import Slots
from tracking.models import CampaignSlots, IngestLock, VerdictDecision


@dataclass(frozen=True)
class Compared:
    """One campaign; `opened_at_age` of `reached_age` contacts who may be measured.

    Both are 0 where no age is common to all.
    """

    id: int
    name: str
    state: State
    state_in_words: str
    start_at: datetime
    end_at: datetime
    mailed: Mailed
    opened_at_age: int = 0
    reached_age: int = 0


@dataclass(frozen=True)
class Comparison:
    """Campaigns, the latest first; `age` is the longest in minutes that all of them reached."""

    campaigns: Sequence[Compared]
    age: int | None


def compare_campaigns(campaign_ids: Collection[int], *, now: datetime) -> Comparison:
    """Those of the campaigns that exist; in eight queries at most."""
    found = list(_campaigns(campaign_ids))
    groups = list(Group.objects.filter(campaign__in=found))
    # A control group gets no mail and is in no total.
    of_group = {group.id: group.campaign_id for group in groups if group.is_counted}
    figures = _figures(of_group, now)
    age, counts = _at_common_age(found, of_group, now)
    rows = [
        _compared(campaign, figures.get(campaign.id, Figures()), counts.get(campaign.id, (0, 0)))
        for campaign in found
    ]
    return Comparison(rows, age)


def _campaigns(campaign_ids: Collection[int]) -> QuerySet[Campaign]:
    """With whether they were decided, and up to when all opens are counted."""
    decided = VerdictDecision.objects.filter(campaign_id=OuterRef("id"))
    as_of = IngestLock.objects.filter(id=1).values("complete_until")
    campaigns = Campaign.objects.filter(id__in=campaign_ids)
    return campaigns.annotate(is_decided=Exists(decided), as_of=Subquery(as_of))


def _figures(of_group: Mapping[int, int], now: datetime) -> dict[int, Figures]:
    totals: dict[int, Figures] = {}
    figures = contact_figures(list(of_group), now=now)
    for group_id, campaign_id in of_group.items():
        totals[campaign_id] = totals.get(campaign_id, Figures()) + figures[group_id]
    return totals


def _at_common_age(
    campaigns: Sequence[Campaign], of_group: Mapping[int, int], now: datetime
) -> tuple[int | None, dict[int, tuple[int, int]]]:
    """The longest age that the regular contacts of all campaigns reached, and what was by then."""
    ids = [campaign.id for campaign in campaigns]
    rows = CampaignSlots.objects.filter(campaign_id__in=ids, filled_before__isnull=True)
    columns = ("campaign_id", "first_due", "width", "cut_off")
    slots = {row[0]: Slots(*row[1:]) for row in rows.values_list(*columns)}
    if not slots or len(slots) < len(campaigns):
        return None, {}
    until = min(now, getattr(campaigns[0], "as_of", None) or EPOCH)
    last = max(own.cut_off for own in slots.values())
    reached = [age for age, _ in DECISION_AGES if last <= due_before(age, now=until)]
    if not reached:
        return None, {}
    return max(reached), opened_at_age(slots, of_group, age=max(reached))


def _compared(campaign: Campaign, figures: Figures, counts: tuple[int, int]) -> Compared:
    progress = Progress(
        contacts=figures.contacts,
        sent=figures.sent,
        unscheduled=figures.never_due,
        is_decided=getattr(campaign, "is_decided", False),
    )
    state = state_of(progress, archived_at=campaign.archived_at)
    return Compared(
        id=campaign.id,
        name=campaign.name,
        state=state,
        state_in_words=state_in_words(state, progress),
        start_at=campaign.start_at,
        end_at=campaign.end_at,
        mailed=figures.mailed,
        opened_at_age=counts[0],
        reached_age=counts[1],
    )
