"""Deals the times of a schedule anew so that all groups lie evenly over them; pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, TypeVar
from uuid import UUID

Owner = TypeVar("Owner", bound=Hashable)
# Times can be put in order.
Time = TypeVar("Time", bound=Any)


def places(sizes: Mapping[int, int]) -> Iterator[int]:
    """The group of each place in a row, such that every beginning of it holds each group's part.

    None of a group's counts is ever a whole contact from its part of the contacts so far: the
    group that would fall behind first is next (Tijdeman 1980, "The chairman assignment problem",
    Discrete Mathematics 32:323).
    """
    everybody, groups = sum(sizes.values()), sorted(group for group in sizes if sizes[group])
    # In units of 1 / (2 (groups - 1) everybody).
    scale = max(2 * len(groups) - 2, 1)
    given = dict.fromkeys(groups, 0)
    for place in range(1, everybody + 1):
        behind = {
            group: scale * (place * sizes[group] - given[group] * everybody) for group in groups
        }
        ready = [group for group in groups if behind[group] >= everybody] or groups
        chosen = min(ready, key=lambda group: _waits(behind[group], sizes[group], everybody, scale))
        given[chosen] += 1
        yield chosen


def _waits(behind: int, size: int, everybody: int, scale: int) -> float:
    """For how many places a group may still wait."""
    return ((scale - 1) * everybody - behind) / size


def turn_of(contact_id: UUID, *, seed: int) -> bytes:
    """What contacts are sorted by to take turns: it has nothing to do with how they came."""
    return blake2b(contact_id.bytes, key=seed.to_bytes(8, "big"), digest_size=16).digest()


def dealt(groups: Mapping[int, Sequence[int]], times: Sequence[Time]) -> list[Time]:
    """Each contact's time, by its number: groups take the next of the times in turn.

    `groups` hold the numbers of their contacts, in the order in which those take their turn;
    `times` are in order.
    """
    turns = {group: iter(contacts) for group, contacts in groups.items()}
    sizes = {group: len(contacts) for group, contacts in groups.items()}
    given = list(times)
    for group, time in zip(places(sizes), times, strict=True):
        given[next(turns[group])] = time
    return given


def exchanges(
    held: Sequence[Time], wanted: Sequence[Time], *, size: int
) -> Iterator[dict[int, Time]]:
    """Steps from one dealing of the same times to another, each among about `size` contacts.

    Each step says which contact (by its number) has which time after it. Within a step times only
    change hands, so that at any moment as many contacts have a time as before.
    """
    now = list(held)
    holders: dict[Time, list[int]] = defaultdict(list)
    for contact, time in enumerate(now):
        if time != wanted[contact]:
            holders[time].append(contact)
    step: dict[int, Time] = {}
    for first in range(len(now)):
        contact = first
        while now[contact] != wanted[contact]:
            other = _holder(holders[wanted[contact]], now, wanted, time=wanted[contact])
            now[contact], now[other] = now[other], now[contact]
            holders[now[other]].append(other)
            step[contact], step[other] = now[contact], now[other]
            contact = other
            if len(step) >= size:
                yield step
                step = {}
    if step:
        yield step


def _holder(holders: list[int], now: Sequence[Time], wanted: Sequence[Time], *, time: Time) -> int:
    """Who has the time and wants another one."""
    while True:
        contact = holders.pop()
        if now[contact] == time != wanted[contact]:
            return contact


def exchanged(held: Mapping[Owner, Time], wanted: Mapping[Owner, Time]) -> dict[Owner, Time]:
    """The times that these contacts have, dealt among them in the order of what they want.

    That is what they want wherever it is the same times.
    """
    owners = sorted(held, key=lambda owner: (wanted[owner], held[owner]))
    return dict(zip(owners, sorted(held.values()), strict=True))
