"""Reads what the verdict on a campaign's groups is a function of: its plan and counters."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

import numpy as np
from django.db.models import (
    BigIntegerField,
    CharField,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from campaigns.models import Campaign, Group, NotSentReason
from campaigns.planned_split import planned_since
from campaigns.roles import Role
from foundation.database.snapshot import consistent_snapshot
from reports.verdict.experiment import (
    ByAge,
    Experiment,
    Goal,
    GroupOfSlots,
    GuardRail,
    Plan,
    SlotCounts,
)
from tracking.counting.fold import CONSENT, MAILED_AGAIN, NEVER, NO_SLOT
from tracking.counting.slots import AGE_BINS, Slots, bins_until
from tracking.models import (
    CampaignSlots,
    ContactsByDueMinute,
    FirstOpensByAge,
    GroupVersion,
    LeftByAge,
)


class PlannedGroup(NamedTuple):
    """What the verdict knows of a group beside its counters."""

    id: int
    name: str
    role: str
    planned_share: Decimal | None
    archived_at: datetime | None


@dataclass(frozen=True)
class Basis:
    """All that an experiment is a function of: equal bases have equal counters.

    `slots` are None until every contact is in its own, `count` the groups there were then and
    `planned` their shares. `versions` by group change whenever a counter of that one does.
    """

    campaign_id: int
    decision_age: int
    goal: Goal
    groups: tuple[PlannedGroup, ...]
    slots: Slots | None
    count: int
    planned: Mapping[int, float]
    versions: Mapping[int, int]


def read_basis(campaign: Campaign, groups: Sequence[Group]) -> Basis:
    """Of a campaign and all of its groups; in one query."""
    fixed = CampaignSlots.objects.filter(campaign_id=campaign.id, filled_before__isnull=True)
    columns = ("first_due", "width", "cut_off", "groups", "planned")
    versions = GroupVersion.objects.filter(group_id__in=[group.id for group in groups])
    beside = versions.annotate(**{name: Subquery(fixed.values(name)) for name in columns})
    rows = list(beside.values_list("group_id", "version", *columns).order_by())
    known = [row[2:] for row in rows if row[2] is not None]
    *slots, count, planned = known[0] if known else (0, {})
    return Basis(
        campaign_id=campaign.id,
        decision_age=campaign.decision_age,
        goal=Goal(campaign.goal),
        groups=tuple(
            PlannedGroup(group.id, group.name, group.role, group.planned_share, group.archived_at)
            for group in groups
        ),
        slots=Slots(*slots) if slots else None,
        count=count,
        planned={int(group): share for group, share in (planned or {}).items()},
        versions={row[0]: row[1] for row in rows},
    )


def counters_version() -> Coalesce:
    """How often the counters of a campaign's groups changed: a column beside `campaign_id`."""
    groups = Group.objects.order_by().filter(campaign_id=OuterRef(OuterRef("campaign_id")))
    versions = GroupVersion.objects.order_by().filter(group_id__in=groups.values("id"))
    total = Func(F("version"), function="SUM", output_field=BigIntegerField())
    return Coalesce(Subquery(versions.annotate(total=total).values("total")), 0)


def read_experiment(campaign: Campaign, groups: Sequence[Group]) -> Experiment:
    """A campaign's plan and the counters of its variants; in three queries.

    The others are never compared. All see one moment: contacts that came in between would have more
    opens than there are of them.
    """
    with consistent_snapshot():
        return experiment_on(read_basis(campaign, groups))


@dataclass(frozen=True)
class GroupCounters:
    """What an experiment has of one group: contacts by slot, marks, and the mailed again."""

    slots: Mapping[int, SlotCounts]
    marks: "Marks"
    mailed_again: int


def read_counters(basis: Basis, group_ids: Sequence[int]) -> dict[int, GroupCounters]:
    """Of these groups; in two queries."""
    due, marks = _due_times(group_ids, basis.slots)
    rows = _rows_by_age(group_ids) if basis.slots else Rows([], [])
    bins = bins_until(basis.decision_age)
    slots = _slot_counts(due, _ages(rows), _guard_rails(rows), bins)
    again = _mailed_again(rows, basis.slots, bins=bins)
    return {one: GroupCounters(slots[one], marks[one], again[one]) for one in group_ids}


Reader = Callable[[Basis, Sequence[int]], Mapping[int, GroupCounters]]


def experiment_on(basis: Basis, read: Reader = read_counters) -> Experiment:
    """The caller read the basis from the snapshot that `read` sees."""
    variants = [group for group in basis.groups if group.role == Role.VARIANT]
    counters = read(basis, [group.id for group in variants])
    compared = [group for group in variants if counters[group.id].marks.drawn]
    shares = planned_since(basis.groups, basis.planned, compared={group.id for group in compared})
    return Experiment(
        # A group that came later counts as one more, since it might have been called.
        Plan(
            basis.slots,
            basis.decision_age,
            max(basis.count, len(compared)),
            basis.goal,
            existing=len(variants),
        ),
        [
            GroupOfSlots(
                id=group.id,
                name=group.name,
                planned_share=shares[group.id],
                slots=counters[group.id].slots,
                marked_before=counters[group.id].marks.before,
                marked_after=counters[group.id].marks.after,
                mailed_again=counters[group.id].mailed_again,
            )
            for group in compared
        ],
    )


class DueTimes(NamedTuple):
    """When a group's contacts of one slot fell due; sums are of minutes since its start.

    But for the `unmeasured` and the `latest`, of those who may be measured.
    """

    contacts: int
    unmeasured: int
    latest: int
    total: int
    squares: int


class Ages(NamedTuple):
    """A slot's contacts by age bin, as `tracking.models.FirstOpensByAge` has them."""

    counted: tuple[int, ...]
    with_machine: tuple[int, ...]
    left_counted: tuple[int, ...]
    left_with_machine: tuple[int, ...]


# Why contacts left that guard rails watch.
RAILS = {
    NotSentReason.BOUNCED.value: GuardRail.BOUNCES,
    NotSentReason.WITHDRAWN.value: GuardRail.WITHDRAWALS,
    CONSENT: GuardRail.CONSENT,
}
Rails = Mapping[GuardRail, ByAge]

NOBODY = (0,) * AGE_BINS
# Django's usual hundred takes longer than the rows do.
AT_ONCE = 20_000
# More than a column of slots can hold.
MOST_SLOTS = 1 << 16
NO_AGES = Ages(NOBODY, NOBODY, NOBODY, NOBODY)
BySlot = Mapping[tuple[int, int], DueTimes]


class Marks(NamedTuple):
    """Contacts drawn into a group, and marked not sent before their due time and since."""

    drawn: int = 0
    before: int = 0
    after: int = 0


def _due_times(group_ids: Sequence[int], slots: Slots | None) -> tuple[BySlot, Mapping[int, Marks]]:
    """Due times by group and slot, none before slots are fixed; marks by group, in any slot."""
    by_slot: dict[tuple[int, int], DueTimes] = {}
    marks: dict[int, Marks] = defaultdict(Marks)
    for group_id, slot, *sums in _sums_by_slot(group_ids, slots):
        drawn, before, after, unmeasured, *times = map(int, sums)
        if slots and slot > slots.last_regular:
            # Groups are compared, and decided on, by what fell due up to the cut-off.
            before = after = 0
        seen = marks[group_id]
        marks[group_id] = Marks(seen.drawn + drawn, seen.before + before, seen.after + after)
        if slots and slot > NO_SLOT and drawn:
            by_slot[group_id, slot] = DueTimes(drawn - unmeasured, unmeasured, *times)
    return by_slot, marks


def _sums_by_slot(group_ids: Sequence[int], slots: Slots | None) -> Iterable[tuple[int, ...]]:
    # Since the start of its slot, so that no sum grows beyond what databases hold; what falls due
    # after the cut-off is in wider slots, whose times nobody asks for.
    first, width = (slots.first_due, slots.width) if slots else (0, 1)
    since = (F("minute") - first) % width
    rows = ContactsByDueMinute.objects.filter(group_id__in=group_ids, minute__gt=NEVER).order_by()
    # Whoever was there before the slots were fixed left an empty row behind.
    rows = rows.filter(Q(drawn__gt=0) | Q(removed__gt=0) | Q(contacts__gt=0))
    measured = F("drawn") - F("drawn_unmeasured")
    sums = rows.values("group_id", "slot").annotate(
        all_drawn=Sum("drawn"),
        before=Sum("removed"),
        after=Sum(F("drawn") - F("contacts")),
        not_measured=Sum("drawn_unmeasured"),
        latest=Max("minute", filter=Q(drawn__gt=0), default=NEVER),
        total=Sum(measured * since),
        squares=Sum(measured * since * since),
    )
    names = ("all_drawn", "before", "after", "not_measured", "latest", "total", "squares")
    return sums.values_list("group_id", "slot", *names)


class Rows(NamedTuple):
    """Rows of first opens, (group, slot, age bin, *Ages), and of contacts that left for a reason.

    Those are (group, slot, age bin, contacts, unmeasured, reason).
    """

    opens: list[tuple[int, ...]]
    left: list[tuple[int, int, int, int, int, str]]


def _rows_by_age(group_ids: Sequence[int]) -> Rows:
    """Those of two tables; in one query."""
    key = ("group_id", "slot", "age_bin")
    opens = FirstOpensByAge.objects.filter(group_id__in=group_ids).order_by()
    left = LeftByAge.objects.filter(group_id__in=group_ids, contacts__gt=0).order_by()
    nothing = [Value(0, BigIntegerField())] * (len(Ages._fields) - 2)
    rows = opens.values_list(*key, *Ages._fields, Value("", CharField())).union(
        left.values_list(*key, "contacts", "unmeasured", *nothing, "reason"), all=True
    )
    read = list(rows.iterator(chunk_size=AT_ONCE))
    return Rows(
        [row[:-1] for row in read if not row[-1]],
        [(*row[:5], row[-1]) for row in read if row[-1]],
    )


def _ages(rows: Rows) -> dict[tuple[int, int], Ages]:
    """By group and slot; as arrays, since a large campaign has ten thousands of rows."""
    columns = 3 + len(Ages._fields)
    numbers = np.fromiter(chain.from_iterable(rows.opens), np.int64).reshape(-1, columns)
    # A number for each pair: those are sorted faster than pairs.
    pairs = numbers[:, 0] * MOST_SLOTS + numbers[:, 1]
    _, firsts, places = np.unique(pairs, return_index=True, return_inverse=True)
    bins = np.zeros((len(firsts), len(Ages._fields), AGE_BINS), dtype=np.int64)
    bins[places, :, numbers[:, 2]] = numbers[:, 3:]
    return {
        (group_id, slot): Ages(*map(tuple, some))
        for (group_id, slot), some in zip(numbers[firsts, :2].tolist(), bins.tolist(), strict=True)
    }


def _guard_rails(rows: Rows) -> dict[tuple[int, int], Rails]:
    """By group and slot, of those that anybody left."""
    everybody, measured = _bins(), _bins()
    for group_id, slot, age_bin, contacts, unmeasured, reason in rows.left:
        everybody[group_id, slot][reason][age_bin] = contacts
        measured[group_id, slot][reason][age_bin] = contacts - unmeasured
    return {key: _rails(everybody[key], measured[key]) for key in everybody}


_ByReason = dict[str, list[int]]


def _bins() -> dict[tuple[int, int], _ByReason]:
    return defaultdict(lambda: defaultdict(lambda: [0] * AGE_BINS))


def _mailed_again(rows: Rows, slots: Slots | None, *, bins: int) -> Mapping[int, int]:
    """Contacts by group, of those due up to the cut-off and in so many age bins."""
    found: dict[int, int] = defaultdict(int)
    for group_id, slot, age_bin, contacts, _, reason in rows.left:
        if slots and reason == MAILED_AGAIN and age_bin < bins and slot <= slots.last_regular:
            found[group_id] += contacts
    return found


def _rails(everybody: _ByReason, measured: _ByReason) -> Rails:
    """Whoever left for another reason first is no longer at risk; consent is of the measured."""
    return {
        rail: _rail(measured if rail is GuardRail.CONSENT else everybody, reason)
        for reason, rail in RAILS.items()
    }


def _rail(by_reason: _ByReason, reason: str) -> ByAge:
    others = [bins for other, bins in by_reason.items() if other != reason]
    left = [sum(some) for some in zip(*others, strict=True)] if others else NOBODY
    return ByAge(by_reason.get(reason, NOBODY), left)


def _slot_counts(
    due: BySlot,
    ages: Mapping[tuple[int, int], Ages],
    rails: Mapping[tuple[int, int], Rails],
    bins: int,
) -> Mapping[int, dict[int, SlotCounts]]:
    """By group and slot; `bins` are those up to the decision age."""
    found: dict[int, dict[int, SlotCounts]] = defaultdict(dict)
    for key, times in due.items():
        group_id, slot = key
        found[group_id][slot] = _counts_of_slot(
            times, ages.get(key, NO_AGES), rails.get(key, {}), bins
        )
    return found


def _counts_of_slot(due: DueTimes, ages: Ages, rails: Rails, bins: int) -> SlotCounts:
    return SlotCounts(
        contacts=due.contacts,
        unmeasured=due.unmeasured,
        latest_due=due.latest,
        due_total=due.total,
        due_squares=due.squares,
        resent=any(ages.left_counted[:bins]),
        counted=ByAge(ages.counted, ages.left_counted),
        of_any_kind=ByAge(ages.with_machine, ages.left_with_machine),
        guard_rails=rails,
    )
