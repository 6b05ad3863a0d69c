"""How many contacts of mailings were opened by an age, from counters."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import F, Sum

from foundation.timestamps import to_ms
from reports.verdict.compare import GRACE_MS
from tracking.counting.fold import NO_SLOT
from tracking.counting.slots import MINUTE_MS, Slots, bins_until
from tracking.models import ContactsByDueMinute, FirstOpensByAge

BY_SLOT = ("group_id", "slot")


def due_before(age: int, *, now: datetime) -> int:
    """The minute up to which contacts were due who have reached an age (minutes) for certain."""
    return (to_ms(now) - GRACE_MS) // MINUTE_MS - age - 1


def opened_at_age(
    slots: Mapping[int, Slots], of_group: Mapping[int, int], *, age: int
) -> dict[int, tuple[int, int]]:
    """The contacts that a person opened by an age, and those who may be measured, by campaign.

    Of those in regular slots. `of_group` are the campaigns' groups that count. In two queries.
    """
    counts = dict.fromkeys(slots, (0, 0))
    opened = _opened(of_group, bins_until(age))
    for group_id, slot, drawn in _drawn(of_group):
        campaign_id = of_group[group_id]
        if slot <= slots[campaign_id].last_regular:
            events, contacts = counts[campaign_id]
            counts[campaign_id] = (events + opened.get((group_id, slot), 0), contacts + drawn)
    return counts


def _opened(group_ids: Collection[int], bins: int) -> dict[tuple[int, int], int]:
    rows = FirstOpensByAge.objects.filter(group_id__in=group_ids, age_bin__lt=bins).order_by()
    sums = rows.values(*BY_SLOT).annotate(events=Sum("counted"))
    return {tuple(key): int(events) for *key, events in sums.values_list(*BY_SLOT, "events")}


def _drawn(group_ids: Collection[int]) -> Iterable[tuple[int, int, int]]:
    rows = ContactsByDueMinute.objects.filter(group_id__in=group_ids, slot__gt=NO_SLOT).order_by()
    sums = rows.values(*BY_SLOT).annotate(all_drawn=Sum(F("drawn") - F("drawn_unmeasured")))
    return [(*key, int(drawn)) for *key, drawn in sums.values_list(*BY_SLOT, "all_drawn")]
