"""Divides a group's contacts into strata by the order of sending; pure (docs/verdict.md, method).

A contact's sort key in that order is (scheduled_at in milliseconds since 1970, its uuid as an
integer).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

STRATA = 10

# Minutes since sending at which age bins end; bin j is (edge[j-1], edge[j]], 0 starts at -inf.
# fmt: off
AGE_EDGES = (
    5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105, 120, 150, 180, 210, 240, 300, 360, 420, 480,
    600, 720, 840, 960, 1200, 1440, 1800, 2160, 2880, 3600, 4320, 5760, 7200, 10080,
)
# fmt: on
AGE_EDGES_MS = tuple(minutes * 60_000 for minutes in AGE_EDGES)

Key = tuple[int, int]


def cuts(ordered: Sequence[Key]) -> list[Key]:
    """The first keys of strata 1, 2, ..., given a group's keys in order.

    The contact of rank r among n belongs to stratum floor(r * STRATA / n). In a small group some
    strata are empty: they have the same cut as the next one, and there are no cuts after the last
    contact.
    """
    count = len(ordered)
    first_ranks = (-(-number * count // STRATA) for number in range(1, STRATA))
    return [ordered[rank] for rank in first_ranks if rank < count]


def stratum_of(key: Key, group_cuts: Sequence[Key]) -> int:
    return bisect_right(group_cuts, key)


def age_bin(age_ms: int) -> int:
    """The index of the bin an age in milliseconds falls in; len(AGE_EDGES) is beyond the last."""
    return bisect_left(AGE_EDGES_MS, age_ms)
