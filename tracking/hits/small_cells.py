"""Keeps rare mail clients out of the counters of shared loads; pure.

A client is named in an hour once it has SMALLEST loads there. Until then its loads are stored as
OTHER, and only the memory of the process that counts them knows how many they are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tracking.hits import mail_clients

SMALLEST = 10
OTHER = mail_clients.OTHER


class Cell(NamedTuple):
    """What a load is counted by; `hour` is since 1970 (UTC)."""

    group_id: int
    hour: int
    kind: int
    family: str

    @property
    def unnamed(self) -> "Cell":
        return self._replace(family=OTHER)


class Counted(NamedTuple):
    """The new sums of the cells that change, and the loads that wait to be named."""

    sums: dict[Cell, int]
    waiting: Counter[Cell]


def count(loads: Iterable[Cell], *, stored: Mapping[Cell, int], waiting: Counter[Cell]) -> Counted:
    """Add loads to what is stored of their hours.

    `waiting` are loads of each client that are stored as OTHER; no more of them than are there.
    """
    sums: Counter[Cell] = Counter()
    left = Counter(waiting)
    for cell, new in Counter(loads).items():
        unnamed = cell.unnamed
        for one in (cell, unnamed):
            sums.setdefault(one, stored.get(one, 0))
        before = min(left.pop(cell, 0), sums[unnamed])
        if cell == unnamed:
            sums[cell] += new
        elif sums[cell] or before + new >= SMALLEST:
            sums[cell] += before + new
            sums[unnamed] -= before
        else:
            sums[unnamed] += new
            left[cell] = before + new
    changed = {cell: loads for cell, loads in sums.items() if loads != stored.get(cell, 0)}
    return Counted(changed, left)
