"""An experiment's counters as arrays, and which of them may be looked at; pure.

A cell is a slot and an age bin. It is released once nobody can fall due in the slot any more and
its latest contact is older than the bin's end: only then do its events say nothing of who was
sent to earlier.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from reports.verdict.apart import DueTimes
from reports.verdict.deciding import Numbers
from reports.verdict.experiment import ByAge, Experiment, Flags, GuardRail, SlotCounts, Whole
from tracking.counting.slots import (
    AGE_BINS,
    AGE_EDGES,
    AGE_EDGES_MS,
    MINUTE_MS,
    Slots,
    bins_until,
)


@dataclass(frozen=True)
class Counters:
    """Events and contacts at risk of all groups: arrays of cells by groups."""

    events: Numbers
    at_risk: Numbers


@dataclass(frozen=True)
class Table:
    """All slots of an experiment whose slots are fixed, in order; the last axis is groups."""

    experiment: Experiment
    slots: Slots

    @cached_property
    def numbers(self) -> list[int]:
        groups = self.experiment.groups
        return sorted({number for group in groups for number in group.slots.numbers.tolist()})

    @cached_property
    def places(self) -> list[Whole]:
        """Where each group's slots stand among all."""
        groups = self.experiment.groups
        return [np.searchsorted(self.numbers, group.slots.numbers) for group in groups]

    def column(self, read: Callable[[SlotCounts], npt.NDArray[Any]]) -> Numbers:
        """By slot and group; 0 where a group has nobody in a slot."""
        return self._placed(read, np.zeros(self.shape))

    def columns(self, read: Callable[[SlotCounts], Whole]) -> Numbers:
        """By slot, group and age bin."""
        return self._placed(read, np.zeros((*self.shape, AGE_BINS)))

    def _placed(self, read: Callable[[SlotCounts], npt.NDArray[Any]], found: Numbers) -> Numbers:
        for at, (group, places) in enumerate(zip(self.experiment.groups, self.places, strict=True)):
            found[places, at] = read(group.slots)
        return found

    @property
    def ids(self) -> list[int]:
        return [group.id for group in self.experiment.groups]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.numbers), len(self.experiment.groups)

    @cached_property
    def contacts(self) -> Numbers:
        return self.column(lambda one: one.contacts)

    @cached_property
    def drawn(self) -> Numbers:
        """The same with those who may not be measured."""
        return self.column(lambda one: one.drawn)

    @cached_property
    def regular(self) -> Flags:
        """By slot: whether it lies before the cut-off."""
        return np.array([number <= self.slots.last_regular for number in self.numbers], dtype=bool)

    @cached_property
    def resent(self) -> Flags:
        """By slot and group."""
        return self.column(lambda one: one.resent).astype(bool)

    def decidable(self, groups: Sequence[int]) -> Flags:
        """By slot: whether these groups may be decided on in it."""
        return np.asarray(self.regular & ~self.resent[:, list(groups)].any(axis=1))

    @cached_property
    def latest_due(self) -> Whole:
        """By slot, the last due minute in any group."""
        latest = self.column(lambda one: one.latest_due).max(axis=1, initial=0)
        return np.asarray(latest, dtype=np.int64)

    @cached_property
    def ends(self) -> Whole:
        """By slot, the moment from which on nobody can fall due in it any more."""
        ends = [self.slots.end(number) * MINUTE_MS for number in self.numbers]
        return np.array(ends, dtype=np.int64)

    @cached_property
    def due_times(self) -> list[DueTimes]:
        """Of each group, up to the cut-off."""
        total = self.column(lambda one: one.due_total)[self.regular]
        squares = self.column(lambda one: one.due_squares)[self.regular]
        columns = zip(self.contacts[self.regular].T, total.T, squares.T, strict=True)
        return [DueTimes(*some) for some in columns]

    def counters(self, read: Callable[[SlotCounts], ByAge], of: Numbers) -> Counters:
        """Events, and those of the contacts at risk before each bin, by slot, group and age bin."""
        events = self.columns(lambda one: read(one).events)
        left = self.columns(lambda one: read(one).left)
        before = np.cumsum(events, axis=-1) - events
        at_risk = of[..., None] - before - np.cumsum(left, axis=-1)
        return Counters(events, at_risk)

    @cached_property
    def counted(self) -> Counters:
        return self.counters(lambda one: one.counted, self.contacts)

    @cached_property
    def of_any_kind(self) -> Counters:
        return self.counters(lambda one: one.of_any_kind, self.contacts)

    def watched(self, rail: GuardRail) -> Numbers:
        """The contacts that a guard rail watches, by slot and group."""
        return self.column(lambda one: one.watched(rail))

    def guard_rail(self, rail: GuardRail) -> Counters:
        return self.counters(lambda one: one.guard_rail(rail), self.watched(rail))

    def events_until(self, counters: Counters, bins: int) -> Numbers:
        """By slot and group."""
        return np.asarray(counters.events[..., :bins].sum(axis=-1))

    @cached_property
    def left(self) -> Numbers:
        """How many were mailed again before a person's event, by slot, group and age bin."""
        return self.columns(lambda one: one.counted.left)

    def has_guard_rail(self, rail: GuardRail) -> bool:
        groups = self.experiment.groups
        return any(group.slots.guard_rail(rail).events.any() for group in groups)

    def decides_at(self, *, grace_ms: int) -> int:
        """When every slot up to the cut-off is past the decision age, and over."""
        age = self.experiment.plan.decision_age
        latest = max([self.slots.first_due, *map(int, self.latest_due[self.regular])])
        return max((latest + 1 + age) * MINUTE_MS, (self.slots.cut_off + 1) * MINUTE_MS) + grace_ms

    @property
    def decision_bins(self) -> int:
        return bins_until(self.experiment.plan.decision_age)


@dataclass(frozen=True)
class Reached:
    """The age that slots with half of each group's contacts have reached, and which those are.

    `bins` is the number of age bins up to it; 0 where no age was reached. Slots in which
    anybody of these groups was mailed again by then are left out of `slots`.
    """

    bins: int
    slots: Flags

    @property
    def minutes(self) -> int | None:
        return AGE_EDGES[self.bins - 1] if self.bins else None


def released_bins(table: Table, *, now: int, grace_ms: int) -> list[int]:
    """How many age bins of each slot are released at `now`."""
    seen = now - grace_ms
    ages = seen - (table.latest_due + 1) * MINUTE_MS
    bins = np.searchsorted(AGE_EDGES_MS, ages, side="right")
    return [int(one) for one in np.where(seen >= table.ends, bins, 0)]


def next_release(table: Table, *, now: int, grace_ms: int) -> int | None:
    """The next moment after `now` at which a cell up to the cut-off is released, if any is."""
    latest, ends = table.latest_due[table.regular, None], table.ends[table.regular, None]
    moments = np.maximum((latest + 1) * MINUTE_MS + np.array(AGE_EDGES_MS), ends) + grace_ms
    later = moments[moments > now]
    return int(later.min()) if later.size else None


def released(counters: Counters, bins: Sequence[int]) -> Counters:
    """The released cells: arrays (cells, groups)."""
    chosen = np.arange(AGE_BINS) < np.array(bins, dtype=int)[:, None]
    events, at_risk = (np.moveaxis(one, -1, 1) for one in (counters.events, counters.at_risk))
    return Counters(events[chosen], at_risk[chosen])


def reached(table: Table, bins: Sequence[int], groups: Sequence[int]) -> Reached:
    """The largest age released in slots that hold half of the contacts of each of these groups."""
    ages = np.where(table.regular, np.array(bins, dtype=int), 0)
    some = list(groups)
    contacts = table.contacts[:, some] * table.regular[:, None]
    half = contacts.sum(axis=0) / 2
    for age in sorted(set(ages.tolist()) - {0}, reverse=True):
        chosen = ages >= age
        if (contacts[chosen].sum(axis=0) >= half).all():
            return Reached(age, chosen & ~table.left[:, some, :age].any(axis=(1, 2)))
    return Reached(0, np.zeros(len(bins), dtype=bool))
