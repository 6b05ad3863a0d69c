"""Reads what the verdict on a campaign's groups needs, and has it given."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import BigIntegerField, CharField, F, Max, Q, Sum, Value

from campaigns.models import Campaign, Group, NotSentReason
from campaigns.planned_split import planned_since
from campaigns.roles import Role
from foundation.database.snapshot import consistent_snapshot
from foundation.timestamps import to_ms
from reports.verdict import judge, stored
from reports.verdict.experiment import (
    ByAge,
    Experiment,
    Goal,
    GroupOfSlots,
    GuardRail,
    Plan,
    SlotCounts,
)
from reports.verdict.facts import Moment
from reports.verdict.states import Verdict
from tracking.counting.fold import MAILED_AGAIN, NEVER, NO_SLOT
from tracking.counting.slots import AGE_BINS, Slots, bins_until
from tracking.models import CampaignSlots, ContactsByDueMinute, FirstOpensByAge, LeftByAge

# Longer than machine evidence takes to settle. An open that happened before a moment at which
# counting was complete may also still have been on its way, through a door of another machine.
GRACE_MS = 180_000


class DueTimes(NamedTuple):
    """When a group's contacts of one slot fell due; sums are of minutes since its start."""

    contacts: int
    latest: int
    total: int
    squares: int


class Ages(NamedTuple):
    """A slot's contacts by age bin, as `tracking.models.FirstOpensByAge` has them."""

    counted: tuple[int, ...]
    with_machine: tuple[int, ...]
    left_counted: tuple[int, ...]
    left_with_machine: tuple[int, ...]


# The marks that guard rails watch.
RAILS = {
    NotSentReason.BOUNCED.value: GuardRail.BOUNCES,
    NotSentReason.WITHDRAWN.value: GuardRail.WITHDRAWALS,
}
Rails = Mapping[GuardRail, ByAge]

NOBODY = (0,) * AGE_BINS
NO_AGES = Ages(NOBODY, NOBODY, NOBODY, NOBODY)
BySlot = Mapping[tuple[int, int], DueTimes]


def compare_groups(
    campaign: Campaign,
    groups: Sequence[Group],
    *,
    until: datetime,
    now: datetime,
    when: Callable[[int], str],
) -> Verdict:
    """The verdict on the variants that have anybody to send to; in at most five queries.

    `until` is the moment up to which every open has been counted; `when` writes a moment
    (milliseconds since 1970) as a person says it.
    """
    experiment = read_experiment(campaign, groups)
    moment = Moment(to_ms(until), GRACE_MS, when, seen_at=to_ms(now))
    return judge.verdict(experiment, stored.read(campaign.id), moment)


def read_experiment(campaign: Campaign, groups: Sequence[Group]) -> Experiment:
    """A campaign's plan and the counters of its variants; in three queries.

    The others are never compared. All see one moment: contacts that came in between would have more
    opens than there are of them.
    """
    variants = [group for group in groups if group.role == Role.VARIANT]
    ids = [group.id for group in variants]
    with consistent_snapshot():
        fixed, count, planned = _slots(campaign.id)
        due, marks = _due_times(ids, fixed)
        rows = _rows_by_age(ids) if fixed else []
    ages, rails = _ages(rows), _guard_rails(rows)
    again = _mailed_again(rows, fixed, bins=bins_until(campaign.decision_age))
    compared = [group for group in variants if marks[group.id].drawn]
    shares = planned_since(groups, planned, compared={group.id for group in compared})
    bins = bins_until(campaign.decision_age)
    return Experiment(
        # A group that came later counts as one more, since it might have been called.
        Plan(
            fixed,
            campaign.decision_age,
            max(count, len(compared)),
            Goal(campaign.goal),
            existing=len(variants),
        ),
        [
            GroupOfSlots(
                id=group.id,
                name=group.name,
                planned_share=shares[group.id],
                slots={
                    slot: _slot_counts(
                        times,
                        ages.get((group.id, slot), NO_AGES),
                        rails.get((group.id, slot), {}),
                        bins,
                    )
                    for (group_id, slot), times in due.items()
                    if group_id == group.id and fixed
                },
                marked_before=marks[group.id].before,
                marked_after=marks[group.id].after,
                mailed_again=again[group.id],
            )
            for group in compared
        ],
    )


def _slots(campaign_id: int) -> tuple[Slots | None, int, dict[int, float]]:
    """The slots, None until every contact is in its own, the groups there were and their plan."""
    fixed = CampaignSlots.objects.filter(campaign_id=campaign_id, filled_before__isnull=True)
    row = fixed.values_list("first_due", "width", "cut_off", "groups", "planned").first()
    if row is None:
        return None, 0, {}
    *slots, groups, planned = row
    return Slots(*slots), groups, {int(group): share for group, share in (planned or {}).items()}


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
        drawn, before, after, *times = map(int, sums)
        if slots and slot > slots.last_regular:
            # Groups are compared, and decided on, by what fell due up to the cut-off.
            before = after = 0
        seen = marks[group_id]
        marks[group_id] = Marks(seen.drawn + drawn, seen.before + before, seen.after + after)
        if slots and slot > NO_SLOT and drawn:
            by_slot[group_id, slot] = DueTimes(drawn, *times)
    return by_slot, marks


def _sums_by_slot(group_ids: Sequence[int], slots: Slots | None) -> Iterable[tuple[int, ...]]:
    # Since the start of its slot, so that no sum grows beyond what databases hold; what falls due
    # after the cut-off is in wider slots, whose times nobody asks for.
    first, width = (slots.first_due, slots.width) if slots else (0, 1)
    since = (F("minute") - first) % width
    rows = ContactsByDueMinute.objects.filter(group_id__in=group_ids, minute__gt=NEVER).order_by()
    sums = rows.values("group_id", "slot").annotate(
        all_drawn=Sum("drawn"),
        before=Sum("removed"),
        after=Sum(F("drawn") - F("contacts")),
        latest=Max("minute", filter=Q(drawn__gt=0), default=NEVER),
        total=Sum(F("drawn") * since),
        squares=Sum(F("drawn") * since * since),
    )
    names = ("all_drawn", "before", "after", "latest", "total", "squares")
    return sums.values_list("group_id", "slot", *names)


class RowByAge(NamedTuple):
    """A row of first opens, or, with a reason, of as many contacts that left for it."""

    group_id: int
    slot: int
    age_bin: int
    reason: str
    amounts: tuple[int, ...]


def _rows_by_age(group_ids: Sequence[int]) -> list[RowByAge]:
    """Those of two tables; in one query."""
    key = ("group_id", "slot", "age_bin")
    opens = FirstOpensByAge.objects.filter(group_id__in=group_ids).order_by()
    left = LeftByAge.objects.filter(group_id__in=group_ids, contacts__gt=0).order_by()
    nothing = [Value(0, BigIntegerField())] * (len(Ages._fields) - 1)
    rows = opens.values_list(*key, Value("", CharField()), *Ages._fields).union(
        left.values_list(*key, "reason", "contacts", *nothing), all=True
    )
    return [
        RowByAge(group_id, slot, age_bin, reason, tuple(amounts))
        for group_id, slot, age_bin, reason, *amounts in rows
    ]


def _ages(rows: Iterable[RowByAge]) -> dict[tuple[int, int], Ages]:
    bins: dict[tuple[int, int], list[list[int]]] = {}
    for row in rows:
        if row.reason:
            continue
        table = bins.setdefault((row.group_id, row.slot), [[0] * AGE_BINS for _ in Ages._fields])
        for column, amount in zip(table, row.amounts, strict=True):
            column[row.age_bin] = amount
    return {key: Ages(*map(tuple, table)) for key, table in bins.items()}


def _guard_rails(rows: Iterable[RowByAge]) -> dict[tuple[int, int], Rails]:
    """By group and slot, of those that anybody was marked or mailed again in."""
    bins: dict[tuple[int, int], dict[str, list[int]]] = defaultdict(
        lambda: defaultdict(lambda: [0] * AGE_BINS)
    )
    for row in rows:
        if row.reason:
            bins[row.group_id, row.slot][row.reason][row.age_bin] = row.amounts[0]
    return {key: _rails(by_reason) for key, by_reason in bins.items()}


def _mailed_again(rows: Iterable[RowByAge], slots: Slots | None, *, bins: int) -> Mapping[int, int]:
    """Contacts by group, of those due up to the cut-off and in so many age bins."""
    found: dict[int, int] = defaultdict(int)
    for row in rows:
        if slots and row.reason == MAILED_AGAIN and row.age_bin < bins:
            found[row.group_id] += row.amounts[0] if row.slot <= slots.last_regular else 0
    return found


def _rails(by_reason: Mapping[str, Sequence[int]]) -> Rails:
    """Whoever left for another reason first is no longer at risk."""
    left = {
        reason: [sum(some) for some in zip(*others, strict=True)]
        for reason in RAILS
        if (others := [bins for other, bins in by_reason.items() if other != reason])
    }
    return {
        rail: ByAge(by_reason.get(reason, NOBODY), left.get(reason, NOBODY))
        for reason, rail in RAILS.items()
    }


def _slot_counts(due: DueTimes, ages: Ages, rails: Rails, bins: int) -> SlotCounts:
    """`bins` are those up to the decision age."""
    return SlotCounts(
        contacts=due.contacts,
        latest_due=due.latest,
        due_total=due.total,
        due_squares=due.squares,
        resent=any(ages.left_counted[:bins]),
        counted=ByAge(ages.counted, ages.left_counted),
        of_any_kind=ByAge(ages.with_machine, ages.left_with_machine),
        guard_rails=rails,
    )
