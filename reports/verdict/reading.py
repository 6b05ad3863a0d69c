"""Reads what the verdict on a campaign's groups is a function of: its plan and counters."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
    ImpossibleSlot,
    Plan,
    SlotCounts,
    Whole,
)
from tracking.counting.changes import Moved
from tracking.counting.fold import CONSENT, FIRST_BY_AGE, MAILED_AGAIN, NEVER, NO_SLOT
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

    slots: SlotCounts
    marks: "Marks"
    mailed_again: int


def read_counters(basis: Basis, group_ids: Sequence[int]) -> dict[int, GroupCounters]:
    """Of these groups; in two queries."""
    due, marks = _due_times(group_ids, basis.slots)
    rows = _rows_by_age(group_ids) if basis.slots else NO_ROWS
    bins = bins_until(basis.decision_age)
    own = {one: rows.of(one) for one in group_ids}
    return {
        one: GroupCounters(
            _slot_counts(due[one], own[one], bins),
            marks[one],
            _mailed_again(own[one], basis.slots, bins=bins),
        )
        for one in group_ids
    }


def follow(decision_age: int, counters: GroupCounters, moved: Moved) -> GroupCounters | None:
    """What a group's counters are once so much has moved; None where they have to be read."""
    rows = np.array(moved.get(FIRST_BY_AGE, ()), dtype=np.int64).reshape(-1, 2 + len(AMOUNTS))
    if not np.isin(rows[:, 0], counters.slots.numbers).all():
        return None
    if not len(rows):
        return counters
    try:
        slots = counters.slots.with_first_opens(rows, bins=bins_until(decision_age))
    except ImpossibleSlot:
        # What was kept is of another database, as after restoring one.
        return None
    return replace(counters, slots=slots)


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

    slot: int
    contacts: int
    unmeasured: int
    latest: int
    total: int
    squares: int


# Why contacts left that guard rails watch.
RAILS = {
    NotSentReason.BOUNCED.value: GuardRail.BOUNCES,
    NotSentReason.WITHDRAWN.value: GuardRail.WITHDRAWALS,
    CONSENT: GuardRail.CONSENT,
}
# Columns of first opens by age.
AMOUNTS = ("counted", "with_machine", "left_counted", "left_with_machine")
# Django's usual hundred takes longer than the rows do.
AT_ONCE = 20_000


class Marks(NamedTuple):
    """Contacts drawn into a group, and marked not sent before their due time and since."""

    drawn: int = 0
    before: int = 0
    after: int = 0


def _due_times(
    group_ids: Sequence[int], slots: Slots | None
) -> tuple[Mapping[int, list[DueTimes]], Mapping[int, Marks]]:
    """By group: due times of each slot, none before slots are fixed; marks in any slot."""
    due: dict[int, list[DueTimes]] = defaultdict(list)
    marks: dict[int, Marks] = defaultdict(Marks)
    for group_id, slot, *sums in _sums_by_slot(group_ids, slots):
        drawn, before, after, unmeasured, *times = map(int, sums)
        if slots and slot > slots.last_regular:
            # Groups are compared, and decided on, by what fell due up to the cut-off.
            before = after = 0
        seen = marks[group_id]
        marks[group_id] = Marks(seen.drawn + drawn, seen.before + before, seen.after + after)
        if slots and slot > NO_SLOT and drawn:
            due[group_id].append(DueTimes(slot, drawn - unmeasured, unmeasured, *times))
    return due, marks


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
    return sums.values_list("group_id", "slot", *names).order_by("slot")


class LeftRow(NamedTuple):
    """Contacts of a group, slot and age bin that left for a reason."""

    group_id: int
    slot: int
    age_bin: int
    contacts: int
    unmeasured: int
    reason: str


class Rows(NamedTuple):
    """Rows by age: first opens as an array (rows, group and slot and age bin and AMOUNTS)."""

    opens: Whole
    left: list[LeftRow]

    def of(self, group_id: int) -> "Rows":
        own = self.opens[self.opens[:, 0] == group_id]
        return Rows(own, [row for row in self.left if row.group_id == group_id])


NO_ROWS = Rows(np.zeros((0, 3 + len(AMOUNTS)), dtype=np.int64), [])


def _rows_by_age(group_ids: Sequence[int]) -> Rows:
    """Those of two tables; in one query."""
    key = ("group_id", "slot", "age_bin")
    opens = FirstOpensByAge.objects.filter(group_id__in=group_ids).order_by()
    left = LeftByAge.objects.filter(group_id__in=group_ids, contacts__gt=0).order_by()
    nothing = [Value(0, BigIntegerField())] * (len(AMOUNTS) - 2)
    rows = opens.values_list(*key, *AMOUNTS, Value("", CharField())).union(
        left.values_list(*key, "contacts", "unmeasured", *nothing, "reason"), all=True
    )
    read = list(rows.iterator(chunk_size=AT_ONCE))
    # As an array, since a large campaign has ten thousands of them.
    opened = chain.from_iterable(row[:-1] for row in read if not row[-1])
    numbers = np.fromiter(opened, dtype=np.int64)
    return Rows(
        numbers.reshape(-1, 3 + len(AMOUNTS)),
        [LeftRow._make((*row[:5], row[-1])) for row in read if row[-1]],
    )


def _slot_counts(due: Sequence[DueTimes], rows: Rows, bins: int) -> SlotCounts:
    """Of one group; `bins` are those up to the decision age."""
    columns = np.array(due, dtype=np.int64).reshape(-1, len(DueTimes._fields)).T
    numbers, contacts, unmeasured, latest, total, squares = columns
    counted, of_any_kind, left_counted, left_of_any_kind = _ages(numbers, rows)
    return SlotCounts(
        numbers=numbers,
        contacts=contacts,
        unmeasured=unmeasured,
        latest_due=latest,
        due_total=total,
        due_squares=squares,
        resent=left_counted[:, :bins].any(axis=1),
        counted=ByAge(counted, left_counted),
        of_any_kind=ByAge(of_any_kind, left_of_any_kind),
        guard_rails=_guard_rails(numbers, rows),
    )


def _ages(numbers: Whole, rows: Rows) -> Whole:
    """One group's contacts by amount, slot and age bin."""
    found = np.zeros((len(AMOUNTS), len(numbers), AGE_BINS), dtype=np.int64)
    # Whoever is no longer drawn leaves empty rows behind.
    some = rows.opens[np.isin(rows.opens[:, 1], numbers)]
    found[:, np.searchsorted(numbers, some[:, 1]), some[:, 2]] = some[:, 3:].T
    return found


def _guard_rails(numbers: Whole, rows: Rows) -> Mapping[GuardRail, ByAge]:
    """Of one group; whoever left for another reason first is no longer at risk.

    Consent is of those who may be measured.
    """
    if not rows.left:
        return {}
    reasons = sorted({*RAILS, *(row.reason for row in rows.left)})
    left = np.zeros((2, len(reasons), len(numbers), AGE_BINS), dtype=np.int64)
    places = {number: place for place, number in enumerate(numbers.tolist())}
    for _, slot, age_bin, contacts, unmeasured, reason in rows.left:
        if slot in places:
            amounts = contacts, contacts - unmeasured
            left[:, reasons.index(reason), places[slot], age_bin] = amounts
    everybody, measured = left
    return {
        rail: _rail(measured if rail is GuardRail.CONSENT else everybody, reasons.index(reason))
        for reason, rail in RAILS.items()
    }


def _rail(by_reason: Whole, reason: int) -> ByAge:
    return ByAge(by_reason[reason], by_reason.sum(axis=0) - by_reason[reason])


def _mailed_again(rows: Rows, slots: Slots | None, *, bins: int) -> int:
    """One group's contacts, of those due up to the cut-off and in so many age bins."""
    return sum(
        row.contacts
        for row in rows.left
        if slots and row.reason == MAILED_AGAIN
        if row.age_bin < bins and row.slot <= slots.last_regular
    )
