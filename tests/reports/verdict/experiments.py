"""Makes experiments for tests of the verdict."""

from dataclasses import replace

from reports.verdict.experiment import ByAge, Experiment, GroupOfSlots, Plan, SlotCounts
from reports.verdict.facts import Moment
from tracking.counting.slots import AGE_BINS, MINUTE_MS, bins_until, fix_slots

FIRST = 29_833_333
GRACE = 180_000
HOUR = 60


def by_age(events, left=None):
    """From {age in minutes: count}, or from counts of the first bins."""
    return ByAge(_bins(events), _bins(left or {}))


def _bins(some):
    if not isinstance(some, dict):
        return [*some, *[0] * (AGE_BINS - len(some))]
    row = [0] * AGE_BINS
    for minutes, count in some.items():
        row[bins_until(minutes) - 1] += count
    return row


def slot(contacts, events, *, machine=None, left=None, left_of_any_kind=None, late=0, **fields):
    """`late` is by how many minutes after the slot's start everybody is due; `number` its slot."""
    number = fields.pop("number", 0)
    counted = by_age(events, left)
    values = {
        "contacts": contacts,
        "latest_due": FIRST + 15 * number + late,
        "due_total": contacts * late,
        "due_squares": contacts * late * late,
        "resent": False,
        "counted": counted,
        "of_any_kind": counted if machine is None else by_age(machine, left_of_any_kind),
    }
    return SlotCounts(**(values | fields))


def group(number, *slots, **fields):
    """Shown as A, B, C; its slots follow each other."""
    numbered = {at: _moved(one, at) for at, one in enumerate(slots) if one is not None}
    values = {"id": number, "name": "?ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number], "planned_share": None}
    return GroupOfSlots(**(values | {"slots": numbered} | fields))


def _moved(one, number):
    return replace(one, latest_due=one.latest_due + 15 * number) if number else one


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
