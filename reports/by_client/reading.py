"""Reads the opens in one mail client from its counters, which know no first opens."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import tzinfo

from django.db.models import F, Sum

from reports.group_opens import Counts, GroupOpens, Selection, within
from reports.periods import SLOT_MINUTES, slots_per_count
from tracking.hits.mail_clients import client_of
from tracking.models import OpensByClientSlot


def in_client(
    name: str, selection: Selection, opens: Mapping[int, GroupOpens], *, zone: tzinfo
) -> dict[int, GroupOpens]:
    """Of the groups' `opens` those in the client of this name, by the hour; in one query."""
    families = {family for one in opens.values() for family, _ in one.clients}
    chosen = {family for family in families if client_of(family) == name}
    by_hour = _by_hour(chosen, selection, zone)
    return {
        group_id: GroupOpens(
            Counts(by_hour.get(group_id, {})),
            Counts(),
            {key: total for key, total in one.clients.items() if key[0] in chosen},
        )
        for group_id, one in opens.items()
    }


def _by_hour(
    families: set[str], selection: Selection, zone: tzinfo
) -> Mapping[int, dict[int, int]]:
    """Opens of the selected kinds by group and first minute."""
    if not families:
        return {}
    rows = OpensByClientSlot.objects.filter(
        group_id__in=selection.group_ids, family__in=families, kind__in=selection.kinds
    ).filter(opens__gt=0)
    start = F("slot") - F("slot") % slots_per_count(zone)
    found = within(rows, "slot", selection.window.slots).order_by()
    sums = found.values("group_id", start=start).annotate(total=Sum("opens"))
    by_hour: dict[int, dict[int, int]] = defaultdict(dict)
    for group_id, slot, total in sums.values_list("group_id", "start", "total"):
        by_hour[group_id][slot * SLOT_MINUTES] = int(total)
    return by_hour
