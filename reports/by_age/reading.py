"""Reads each group's opened contacts, by kind and by age, and keeps them while they stay."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import BigIntegerField, SmallIntegerField, Sum, Value

from tracking.hits.classify import Kind
from tracking.models import ContactsByKind, FirstOpensByAge

BY_KIND, BY_AGE = 0, 1


class FirstOpens(NamedTuple):
    """Contacts by the best kind of their opens, and by the age bin of their first ones.

    Each bin has those that a person opened, and those that anything did.
    """

    by_kind: dict[Kind, int]
    by_age: dict[int, tuple[int, int]]


class Kept(NamedTuple):
    """What was read, and the version of the group's counters."""

    version: int | None
    opens: FirstOpens


def kept_first_opens(
    group_ids: Collection[int], *, versions: Mapping[int, int]
) -> dict[int, FirstOpens]:
    """By group, from counters or as this process has them of their version; in one query."""
    keys = {one: f"first-opens-{one}" for one in group_ids}
    found: dict[str, Kept] = caches["reports"].get_many(keys.values())
    same = {
        one: found[key].opens
        for one, key in keys.items()
        if key in found and found[key].version == versions.get(one)
    }
    changed = [one for one in group_ids if one not in same]
    if not changed:
        return same
    # Counters may be newer than the version by now; whoever sees that version may see them too.
    read = read_first_opens(changed)
    caches["reports"].set_many({keys[one]: Kept(versions.get(one), read[one]) for one in read})
    return {**same, **read}


def read_first_opens(group_ids: Sequence[int]) -> dict[int, FirstOpens]:
    """In one query."""
    found = {one: FirstOpens(dict.fromkeys(Kind, 0), {}) for one in group_ids}
    for group_id, counter, number, *amounts in _rows(group_ids):
        counted, with_machine = map(int, amounts)
        if counter == BY_KIND:
            found[group_id].by_kind[Kind(number)] = counted
        else:
            found[group_id].by_age[number] = (counted, with_machine)
    return found


def _rows(group_ids: Sequence[int]) -> Sequence[tuple[int, ...]]:
    nothing = Value(0, BigIntegerField())
    kinds = ContactsByKind.objects.filter(group_id__in=group_ids).order_by()
    kinds = kinds.annotate(counter=Value(BY_KIND, SmallIntegerField()), none=nothing)
    ages = FirstOpensByAge.objects.filter(group_id__in=group_ids).order_by()
    sums = ages.values("group_id", "age_bin").annotate(
        counter=Value(BY_AGE, SmallIntegerField()),
        all_counted=Sum("counted"),
        all_with_machine=Sum("with_machine"),
    )
    read = kinds.values_list("group_id", "counter", "kind", "contacts", "none")
    by_age = ("group_id", "counter", "age_bin", "all_counted", "all_with_machine")
    return list(read.union(sums.values_list(*by_age), all=True))
