"""What is known of an experiment at a moment, figured out once and only if asked for; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from reports.verdict import left_out, watching, wording
from reports.verdict.cells import (
    Counters,
    Reached,
    Table,
    next_release,
    reached,
    released,
    released_bins,
)
from reports.verdict.deciding import MIN_CONTACTS, Numbers
from reports.verdict.experiment import Experiment, Flags, Goal
from reports.verdict.leads import Lead, lead, lead_of_cells, watched_call
from reports.verdict.left_out import Compared, Why
from reports.verdict.proportions import Rate
from reports.verdict.states import Figures, State
from tracking.counting.slots import MINUTE_MS, WEEK, Slots

# Every pair is compared: more would make a report slow.
MAX_GROUPS = 20
NO_SLOTS = Slots(0, WEEK, 0)
NOBODY = Lead(None, 0.0, ())


@dataclass(frozen=True)
class Moment:
    """Until when everything was counted (`as_of`), and how long an event may take to be.

    `when` writes a moment as a person says it: "Thursday, 14:00". `seen_at` is when somebody looks,
    by the clock: counting may not be there yet. None where nobody does.
    """

    as_of: int
    grace_ms: int
    when: Callable[[int], str] = str
    seen_at: int | None = None


@dataclass(frozen=True)
class Facts:
    """`table` is empty where there is nothing to compare, or slots are not fixed."""

    experiment: Experiment
    moment: Moment

    @property
    def goal(self) -> Goal:
        return self.experiment.plan.goal

    @property
    def names(self) -> list[str]:
        return [group.name for group in self.experiment.groups]

    @property
    def ids(self) -> list[int]:
        return [group.id for group in self.experiment.groups]

    @property
    def comparable(self) -> bool:
        number = len(self.experiment.groups)
        return self.experiment.plan.slots is not None and 2 <= number <= MAX_GROUPS

    @cached_property
    def table(self) -> Table:
        slots = self.experiment.plan.slots
        if slots is None or not self.comparable:
            return Table(replace(self.experiment, groups=()), NO_SLOTS)
        return Table(self.experiment, slots)

    @property
    def measured(self) -> tuple[int, int]:
        """How many contacts may be measured, and of how many."""
        return int(self.table.contacts.sum()), int(self.table.drawn.sum())

    @cached_property
    def compared(self) -> Compared:
        return left_out.compared(self.table, self.apart)

    @cached_property
    def apart(self) -> left_out.Pairs:
        return left_out.pairs_apart(self.table)

    @property
    def groups(self) -> tuple[int, ...]:
        """Indices of those that are compared; none where that are fewer than two."""
        return self.compared.groups if len(self.compared.groups) > 1 else ()

    @property
    def threshold(self) -> float:
        return watching.threshold(max(self.experiment.plan.groups, 1))

    # --- Watching -----------------------------------------------------------------------------

    @cached_property
    def bins(self) -> list[int]:
        """Age bins released by slot: none after the cut-off, where balance is not looked at."""
        bins = released_bins(self.table, now=self.moment.as_of, grace_ms=self.moment.grace_ms)
        return [one if known else 0 for one, known in zip(bins, self.table.regular, strict=True)]

    @cached_property
    def at(self) -> Reached:
        return reached(self.table, self.bins, self.groups)

    @cached_property
    def lead(self) -> Lead:
        return self._lead(self.table.counted)

    @cached_property
    def lead_of_any_kind(self) -> Lead:
        return self._lead(self.table.of_any_kind)

    def _lead(self, counters: Counters) -> Lead:
        if not self.groups:
            return NOBODY
        return lead_of_cells(released(counters, self.bins), self.groups)

    def called(self, one: Lead) -> int | None:
        return watched_call(one, threshold=self.threshold, at=self.at)

    @cached_property
    def figures(self) -> Figures:
        """Shares at the age reached."""
        if not self.at.bins:
            return Figures(None, {})
        chosen = self.at.slots
        events = self.table.events_until(self.table.counted, self.at.bins)[chosen].sum(axis=0)
        contacts = self.table.contacts[chosen].sum(axis=0)
        return Figures(self.at.minutes, self.rates(events, contacts, self.groups))

    def rates(self, events: Numbers, contacts: Numbers, groups: Sequence[int]) -> dict[int, Rate]:
        ids = self.ids
        return {ids[group]: Rate(int(events[group]), int(contacts[group])) for group in groups}

    @property
    def seen(self) -> int:
        """Events so far of the groups compared, at any age, of contacts due by the cut-off."""
        return int(self._events(self.table.regular))

    @property
    def seen_later(self) -> int:
        """The same of contacts due after it, which are never compared."""
        return int(self._events(~self.table.regular))

    def _events(self, slots: Flags) -> float:
        return float(self.table.counted.events[slots][:, list(self.groups)].sum())

    @property
    def seen_and_released(self) -> int:
        return int(released(self.table.counted, self.bins).events[:, list(self.groups)].sum())

    # --- Deciding -----------------------------------------------------------------------------

    @property
    def decides_at(self) -> int | None:
        return self.table.decides_at(grace_ms=self.moment.grace_ms) if self.comparable else None

    @property
    def look_again_at(self) -> int | None:
        """When time alone may tell more: the next cell is released, or it is decided."""
        now, grace_ms = self.moment.as_of, self.moment.grace_ms
        moments = (self.decides_at, next_release(self.table, now=now, grace_ms=grace_ms))
        return min((at for at in moments if at is not None and at > now), default=None)

    @property
    def changes_at(self) -> int | None:
        """When time alone may change what is said; None where it never does."""
        now, slots = self.moment.as_of, self.experiment.plan.slots
        cut_off = None if slots is None else (slots.cut_off + 1) * MINUTE_MS
        moments = (self.look_again_at, cut_off)
        return min((at for at in moments if at is not None and at > now), default=None)

    @property
    def is_due(self) -> bool:
        return self.decides_at is not None and self.moment.as_of >= self.decides_at

    @property
    def is_past_cut_off(self) -> bool:
        """Whether nobody can come to those that are decided on."""
        slots = self.experiment.plan.slots
        return slots is not None and self.moment.as_of >= (slots.cut_off + 1) * MINUTE_MS

    @property
    def decides(self) -> str:
        """When it is decided, in a sentence."""
        return decides_in_words(self.decides_at, self.moment)

    @cached_property
    def decidable(self) -> Flags:
        return self.table.decidable(self.groups)

    @property
    def decided_contacts(self) -> Numbers:
        return self.table.contacts[self.decidable]

    def decided_events(self, counters: Counters) -> Numbers:
        table = self.table
        return table.events_until(counters, table.decision_bins)[self.decidable]

    @property
    def decision_figures(self) -> Figures:
        return self.figures_to_decide_on(self.groups)

    def figures_to_decide_on(self, groups: Sequence[int]) -> Figures:
        """Shares at the decision age, of the slots in which these groups may be decided on."""
        table, chosen = self.table, self.table.decidable(groups)
        events = table.events_until(table.counted, table.decision_bins)[chosen].sum(axis=0)
        rates = self.rates(events, table.contacts[chosen].sum(axis=0), groups)
        return Figures(self.experiment.plan.decision_age, rates)

    def decision_lead(self, counters: Counters) -> Lead:
        return lead(self.decided_events(counters), self.decided_contacts, self.groups)

    # --- In words -----------------------------------------------------------------------------

    def against(self, figures: Figures, leader: int) -> str | None:
        """The leader's share against the others'; None where they do not say that it leads."""
        ids = list(figures.rates)
        if self.ids[leader] not in ids:
            return None
        return wording.against(list(figures.rates.values()), leader=ids.index(self.ids[leader]))

    def blocked(self) -> tuple[State, str] | None:
        """Why groups can't be compared, where that is no matter of size."""
        why = self.compared.blocked
        if why is None:
            return None
        if why == Why.TOO_LATE:
            return State.SENT_APART, wording.too_late(self._late(), goal=self.goal)
        if why == Why.SENT_APART:
            return State.SENT_APART, wording.sent_apart(self._named(), goal=self.goal)
        text = wording.unbalanced(why, goal=self.goal, figures=self._imbalance(why))
        return State.GROUPS_UNBALANCED, text

    def _named(self) -> list[str]:
        """Those that are large enough."""
        return [self.names[group] for group in self._large()]

    def _large(self) -> list[int]:
        """Up to the cut-off."""
        few = {Why.TOO_SMALL, Why.TOO_LATE}
        small = {one.group for one in self.compared.left_out if one.why in few}
        return [group for group in range(len(self.names)) if group not in small]

    def _late(self) -> list[str]:
        """Those with contacts enough, but not up to the cut-off."""
        small = {one.group for one in self.compared.left_out if one.why == Why.TOO_SMALL}
        sizes = enumerate(left_out.contacts(self.table))
        few = {group for group, size in sizes if size < MIN_CONTACTS}
        return [self.names[group] for group in sorted(few - small)]

    def _imbalance(self, why: Why) -> list[str]:
        drawn, sizes = left_out.drawn_contacts(self.table), left_out.due_contacts(self.table)
        groups = self.experiment.groups
        if why == Why.SPLIT:
            return [f"{drawn[group]:,}" for group in self._large()]
        before = why == Why.MARKED_BEFORE
        marked = [one.marked_before if before else one.marked_after for one in groups]
        of = drawn if before else sizes
        shares = [f"{100 * marked[group] / of[group]:.1f}%" for group in self._large()]
        return [f"{name} {share}" for name, share in zip(self._named(), shares, strict=True)]


def decides_in_words(at: int | None, moment: Moment) -> str:
    """When it is decided, in a sentence of whoever looks at a moment."""
    if at is None or moment.as_of >= at:
        return wording.BEING_DECIDED
    if moment.seen_at is not None and moment.seen_at >= at:
        return wording.COUNTING_IS_BEHIND
    return wording.decides(moment.when(at))
