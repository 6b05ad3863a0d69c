"""Keeps in this process what counters of each group come to, and follows how they change."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from django.core.cache import caches

from reports.kept.changes import Changes
from tracking.counting.changes import Moved

# What a group's counters come to.
T = TypeVar("T")
# A database that was restored counts its versions anew: nothing is followed for longer.
SECONDS = 3600


class Kept(NamedTuple, Generic[T]):
    """What is kept of a group, what that is a function of, and until when it may be followed."""

    question: object
    version: int
    until: float
    known: T


class Ways(NamedTuple, Generic[T]):
    """How it is read, and how it follows what moved: None where it has to be read."""

    read: Callable[[Sequence[int]], Mapping[int, T]]
    follow: Callable[[T, Moved], T | None]


def of_groups(
    name: str, group_ids: Sequence[int], *, question: object, changes: Changes, ways: Ways[T]
) -> dict[int, T]:
    """By group; the caller holds the snapshot that the changes are of.

    `name` tells apart what is kept, `question` what else it is a function of.
    """
    keys = {one: f"{name}-{one}" for one in group_ids}
    found: dict[str, Kept[T]] = caches["reports"].get_many(keys.values())
    kept = {one: found[key] for one, key in keys.items() if key in found}
    kept = {one: some for one, some in kept.items() if _may_follow(some, question)}
    now: dict[int, Kept[T]] = {}
    for one, moved in changes.since({one: some.version for one, some in kept.items()}).items():
        known = ways.follow(kept[one].known, moved) if moved else kept[one].known
        if known is not None:
            now[one] = kept[one]._replace(version=changes.version(one), known=known)
    unknown = [one for one in group_ids if one not in now]
    until = time.monotonic() + SECONDS
    for one, known in (ways.read(unknown) if unknown else {}).items():
        now[one] = Kept(question, changes.version(one), until, known)
    new = [one for one in now if one in unknown or now[one].version != kept[one].version]
    caches["reports"].set_many({keys[one]: now[one] for one in new})
    return {one: now[one].known for one in group_ids}


def _may_follow(kept: Kept[T], question: object) -> bool:
    return kept.question == question and time.monotonic() < kept.until
