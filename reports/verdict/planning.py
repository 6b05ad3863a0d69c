"""How many contacts a difference needs, and the smallest that contacts at hand will find; pure.

For the decision of `reports.verdict.deciding` between two groups, four times in five.
"""

from math import sqrt
from statistics import NormalDist

from reports.verdict.deciding import BOUND

POWER = 0.8
STEPS = 100


def contacts_needed(first: float, second: float, *, part: float = 0.5) -> float:
    """In both groups together, for shares at the decision age; `part` are in the first group.

    Infinite where the shares are equal.
    """
    if first == second:
        return float("inf")
    spread = first * (1 - first) / part + second * (1 - second) / (1 - part)
    reach = BOUND + NormalDist().inv_cdf(POWER)
    return reach * reach * spread / (first - second) ** 2


def smallest_found(share: float, *, contacts: tuple[int, int]) -> float | None:
    """The smallest larger share of the second group that these contacts will find.

    `share` is the first group's. None where even everybody's having the event is not enough.
    """
    first, second = contacts
    if not first or not second or not _found(share, 1.0, contacts):
        return None
    low, high = share, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if _found(share, middle, contacts) else (middle, high)
    return high


def _found(share: float, other: float, contacts: tuple[int, int]) -> bool:
    """Written without dividing by the difference, which may be as small as numbers get."""
    spread = share * (1 - share) / contacts[0] + other * (1 - other) / contacts[1]
    reach = BOUND + NormalDist().inv_cdf(POWER)
    return other > share and other - share >= reach * sqrt(spread)
