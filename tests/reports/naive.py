"""What counters should hold, computed the slow and obvious way, for tests to compare with.

Shares nothing with `tracking.counting.fold` but the meaning.
"""

import math
from collections import Counter
from dataclasses import dataclass

from tracking.counting.slots import AGE_EDGES


@dataclass(frozen=True)
class NaiveHit:
    contact: object
    group: int
    at: int
    kind: int
    family: str
    due_at: int | None = None
    slot: int | None = None
    resent_at: int | None = None


def counters(hits):
    """name -> Counter of key (two-column counters have the column's name in the key)."""
    result = {
        name: Counter()
        for name in (
            *("minute", "slot", "client", "first", "first_slot", "age", "kinds"),
            *("due", "due_day"),
        )
    }
    for contact in {hit.contact for hit in hits}:
        _add_contact(result, [hit for hit in hits if hit.contact == contact])
    return {name: +counter for name, counter in result.items()}


def _add_contact(result, hits):
    group = hits[0].group
    for bucket in {hit.at // 10_000 for hit in hits}:
        inside = [hit for hit in hits if hit.at // 10_000 == bucket]
        kind = max(hit.kind for hit in inside)
        family = min(hit.family for hit in inside if hit.kind == kind)
        seconds = bucket * 10
        result["minute"][group, kind, seconds // 60] += 1
        result["slot"][group, kind, seconds // 900] += 1
        result["client"][group, family, kind, seconds // 900] += 1
    result["due"][due_key(hits[0]), "opened"] += 1
    result["due_day"][due_day_key(hits[0]), "opened"] += 1
    result["kinds"][group, max(hit.kind for hit in hits)] += 1
    by_people = [hit for hit in hits if hit.kind > 0]
    _add_first(result, by_people or hits, counted=bool(by_people))
    _add_age(result, "with_machine", hits)
    _add_age(result, "counted", by_people)


def due_key(contact):
    """Group, slot and the minute it falls due in; -1 for none (a hit or a contact)."""
    slot = -1 if contact.slot is None else contact.slot
    minute = -1 if contact.due_at is None else math.floor(contact.due_at / 60_000)
    return contact.group, slot, minute


def due_day_key(contact):
    """Group and the day it falls due on; -1 for none."""
    group, _, minute = due_key(contact)
    return group, -1 if minute == -1 else minute // (24 * 60)


def _add_first(result, hits, *, counted):
    """A contact counts as opened once: by the first hit of a person, or else of a machine."""
    first = min(hits, key=lambda hit: hit.at)
    for column in ("counted", "with_machine") if counted else ("with_machine",):
        result["first"][first.group, first.at // 60_000, column] += 1
        result["first_slot"][first.group, first.at // 900_000, column] += 1


def _add_age(result, column, hits):
    if not hits:
        return
    first = min(hits, key=lambda hit: hit.at)
    if first.slot is None or first.due_at is None:
        return
    age = age_of(first.at, first)
    if first.resent_at is None or age < age_of(first.resent_at, first):
        result["age"][first.group, first.slot, age, column] += 1


def age_of(moment, contact):
    """The age bin of a moment."""
    return sum((moment - contact.due_at) / 60_000 > edge for edge in AGE_EDGES)
