"""Makes experiments for tests of the verdict."""

import numpy as np

from reports.verdict.experiment import ByAge, Experiment, GroupOfSlots, Plan, SlotCounts, nobody
from reports.verdict.facts import Moment
from tracking.counting.slots import AGE_BINS, MINUTE_MS, bins_until, fix_slots

FIRST = 29_833_333
GRACE = 180_000
HOUR = 60


def by_age(events, left=None):
    """Of one slot, from {age in minutes: count}, or from counts of the first bins."""
    return ByAge(_bins(events), _bins(left or {}))


def _bins(some):
    row = np.zeros((1, AGE_BINS), dtype=np.int64)
    if not isinstance(some, dict):
        row[0, : len(some)] = some
        return row
    for minutes, count in some.items():
        row[0, bins_until(minutes) - 1] += count
    return row


def slot(contacts, events, *, machine=None, left=None, left_of_any_kind=None, late=0, **fields):
    """Of one slot, the first; `late` is by how many minutes after its start everybody is due."""
    counted = by_age(events, left)
    values = {
        "numbers": 0,
        "contacts": contacts,
        "unmeasured": 0,
        "latest_due": FIRST + late,
        "due_total": contacts * late,
        "due_squares": contacts * late * late,
        "resent": False,
        "counted": counted,
        "of_any_kind": counted if machine is None else by_age(machine, left_of_any_kind),
    } | fields
    columns = {name: np.array([one]) for name, one in values.items() if isinstance(one, int)}
    return SlotCounts(**(values | columns))


def group(number, *slots, **fields):
    """Shown as A, B, C; its slots follow each other."""
    numbered = {at: one for at, one in enumerate(slots) if one is not None}
    values = {"id": number, "name": "?ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number], "planned_share": None}
    return GroupOfSlots(**(values | {"slots": joined(numbered)} | fields))


def joined(slots):
    """From {number: counts of one slot, each made as the first}."""
    numbers, some = np.array([*slots], dtype=np.int64), slots.values()
    names = ("contacts", "unmeasured", "latest_due", "due_total", "due_squares", "resent")
    columns = {name: _column(getattr(one, name) for one in some) for name in names}
    columns["latest_due"] = columns["latest_due"] + 15 * numbers
    rails = {rail for one in some for rail in one.guard_rails}
    return SlotCounts(
        numbers=numbers,
        **columns,
        counted=_by_slot(one.counted for one in some),
        of_any_kind=_by_slot(one.of_any_kind for one in some),
        guard_rails={rail: _by_slot(one.guard_rail(rail) for one in some) for rail in rails},
    )


def _column(parts):
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _by_slot(parts):
    some = [nobody(0), *parts]
    return ByAge(
        np.concatenate([one.events for one in some]), np.concatenate([one.left for one in some])
    )


def plain(*groups, age=60, **plan):
    """Groups from (contacts, events in one bin), all due at once."""
    made = [
        group(at, slot(contacts, {age: events}))
        for at, (contacts, events) in enumerate(groups, start=1)
    ]
    return experiment(*made, **plan)


def experiment(*groups, last=0, decision_age=72 * HOUR, **plan):
    slots = fix_slots(first_due=FIRST, last_due=FIRST + last)
    values = {"slots": slots, "decision_age": decision_age, "groups": max(len(groups), 2)}
    return Experiment(Plan(**(values | plan)), groups)


def at(minutes):
    """When an age is released that everybody due at once has reached."""
    return Moment(
        as_of=(FIRST + 1 + minutes) * MINUTE_MS + GRACE, grace_ms=GRACE, when=lambda _: "X"
    )
