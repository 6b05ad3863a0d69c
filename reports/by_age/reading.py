"""Reads each group's opened contacts, by kind and by age, and follows them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db.models import BigIntegerField, SmallIntegerField, Sum, Value

from reports.kept import groups
from reports.kept.changes import Changes
from tracking.counting.changes import Moved
from tracking.counting.fold import CONTACTS_BY_KIND, FIRST_BY_AGE
from tracking.hits.classify import Kind
from tracking.models import ContactsByKind, FirstOpensByAge

BY_KIND, BY_AGE = 0, 1


class FirstOpens(NamedTuple):
    """Contacts by the best kind of their opens, and by the age bin of their first ones.

    Each bin has those that a person opened, and those that anything did.
    """

    by_kind: Mapping[Kind, int]
    by_age: Mapping[int, tuple[int, int]]


def kept_first_opens(group_ids: Sequence[int], *, changes: Changes) -> dict[int, FirstOpens]:
    """By group, from counters or as this process has followed them; in at most two queries."""
    ways = groups.Ways(read=read_first_opens, follow=follow)
    return groups.of_groups("first-opens", group_ids, question=None, changes=changes, ways=ways)


def follow(known: FirstOpens, moved: Moved) -> FirstOpens:
    """What a group's first opens are once so much has moved."""
    by_kind, by_age = dict(known.by_kind), dict(known.by_age)
    for kind, contacts in moved.get(CONTACTS_BY_KIND, ()):
        by_kind[Kind(kind)] += contacts
    for _, age_bin, counted, with_machine, *_ in moved.get(FIRST_BY_AGE, ()):
        before = by_age.get(age_bin, (0, 0))
        by_age[age_bin] = (before[0] + counted, before[1] + with_machine)
    return FirstOpens(by_kind, by_age)


def read_first_opens(group_ids: Sequence[int]) -> dict[int, FirstOpens]:
    """In one query."""
    kinds = {one: dict.fromkeys(Kind, 0) for one in group_ids}
    ages: dict[int, dict[int, tuple[int, int]]] = {one: {} for one in group_ids}
    for group_id, counter, number, *amounts in _rows(group_ids):
        counted, with_machine = map(int, amounts)
        if counter == BY_KIND:
            kinds[group_id][Kind(number)] = counted
        else:
            ages[group_id][number] = (counted, with_machine)
    return {one: FirstOpens(kinds[one], ages[one]) for one in group_ids}


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
