"""Reads when a campaign's contacts are due, by group and slot, before any of them is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db.models import F, Max, Min, Q, QuerySet, Sum

from campaigns.models import Campaign, Group
from reports.planner.times import CampaignTimes, GroupTimes, SlotTimes
from tracking.counting.campaign_slots import DueMinutes, planned_slots
from tracking.counting.fold import NEVER
from tracking.counting.slots import Slots
from tracking.models import ContactsByDueMinute


class _Whole(NamedTuple):
    """What is known of a group without its slots."""

    first: int | None = None
    last: int | None = None
    drawn: int = 0
    unscheduled: int = 0


class _Sums(NamedTuple):
    """Of a group's contacts of a slot: those drawn, those of them who may be measured, and sums of
    the due minutes of these."""

    drawn: int
    measured: int
    total: int
    squares: int


def due_times(campaign: Campaign, groups: Sequence[Group]) -> CampaignTimes:
    """When the contacts of these groups are due; in two queries."""
    return due_times_of([campaign], groups)[campaign.id]


def due_times_of(
    campaigns: Sequence[Campaign], groups: Sequence[Group]
) -> dict[int, CampaignTimes]:
    """The same of several campaigns, by id, from all their groups; in two queries too."""
    whole = _whole([group.id for group in groups])
    parts = {
        campaign.id: [group for group in groups if group.campaign_id == campaign.id]
        for campaign in campaigns
    }
    slots = {
        campaign.id: _slots(campaign, [whole[group.id] for group in parts[campaign.id]])
        for campaign in campaigns
    }
    of_group = {group.id: fixed for group in groups if (fixed := slots[group.campaign_id])}
    by_slot = _by_slot(of_group)
    return {
        campaign_id: CampaignTimes(
            slots[campaign_id],
            tuple(_group_times(group, whole[group.id], by_slot[group.id]) for group in some),
        )
        for campaign_id, some in parts.items()
    }


def _whole(group_ids: Sequence[int]) -> Mapping[int, _Whole]:
    due = Q(minute__gt=NEVER, drawn__gt=0)
    rows = ContactsByDueMinute.objects.filter(group_id__in=group_ids).order_by()
    found = rows.values("group_id").annotate(
        first=Min("minute", filter=due),
        last=Max("minute", filter=due),
        all_drawn=Sum("drawn", filter=due, default=0),
        unscheduled=Sum("contacts", filter=Q(minute=NEVER), default=0),
    )
    names = ("group_id", "first", "last", "all_drawn", "unscheduled")
    known: dict[int, _Whole] = defaultdict(_Whole)
    for group_id, first, last, drawn, unscheduled in found.values_list(*names):
        known[group_id] = _Whole(first, last, int(drawn), int(unscheduled))
    return known


def _slots(campaign: Campaign, groups: Sequence[_Whole]) -> Slots | None:
    firsts = [group.first for group in groups if group.first is not None]
    lasts = [group.last for group in groups if group.last is not None]
    if not firsts:
        return None
    return planned_slots(campaign, DueMinutes(min(firsts), max(lasts), len(firsts)))


def _by_slot(of_group: Mapping[int, Slots]) -> Mapping[int, Mapping[int, _Sums]]:
    """By group and slot, at most a hundred of each group; `of_group` are its campaign's slots."""
    groups: dict[Slots, list[int]] = defaultdict(list)
    for group_id, slots in of_group.items():
        groups[slots].append(group_id)
    found: dict[int, dict[int, _Sums]] = defaultdict(dict)
    queries = [_sums(slots, group_ids) for slots, group_ids in groups.items()]
    rows = queries[0].union(*queries[1:], all=True) if queries else ()
    for group_id, start, *sums in rows:
        found[group_id][of_group[group_id].number(start)] = _Sums(*map(int, sums))
    return found


def _sums(slots: Slots, group_ids: Sequence[int]) -> QuerySet:
    since = (F("minute") - slots.first_due) % slots.width
    rows = ContactsByDueMinute.objects.filter(
        group_id__in=group_ids, minute__range=(slots.first_due, slots.cut_off), drawn__gt=0
    )
    measured = F("drawn") - F("drawn_unmeasured")
    starts = rows.order_by().annotate(start=F("minute") - since).values("group_id", "start")
    sums = starts.annotate(
        all_drawn=Sum("drawn"),
        all_measured=Sum(measured),
        total=Sum(measured * since),
        squares=Sum(measured * since * since),
    )
    return sums.values_list("group_id", "start", "all_drawn", "all_measured", "total", "squares")


def _group_times(group: Group, whole: _Whole, slots: Mapping[int, _Sums]) -> GroupTimes:
    drawn = sum(slot.drawn for slot in slots.values())
    return GroupTimes(
        id=group.id,
        number=group.number,
        name=group.name,
        slots={
            number: SlotTimes(slot.measured, slot.total, slot.squares)
            for number, slot in slots.items()
            if slot.measured
        },
        unmeasured=drawn - sum(slot.measured for slot in slots.values()),
        late=whole.drawn - drawn,
        unscheduled=whole.unscheduled,
    )
