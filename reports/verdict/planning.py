"""What groups will find, and what a difference needs: the power of the decision; pure.

For `reports.verdict.deciding`, where one group has a larger share than all the others, which have
the same. Contacts of each group open by themselves, so given how often the better group was
opened, whether it is above one of the others says nothing of the next: the chance is a sum over
that number of a product over the others. `contacts_needed` and `smallest_found` are the usual
approximations for two groups; searches begin with them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, erfc, inf, isfinite, log, log1p, log10, prod, sqrt
from statistics import NormalDist

import numpy as np

from reports.verdict.deciding import BOUND, MIN_CONTACTS, MIN_EVENTS, MIN_EXPECTED, Numbers

POWER = 0.8
STEPS = 100
# From this deviation on the counts of events are taken for normally distributed.
NORMAL_FROM = 50.0
REACH, POINTS = 6.0, 601
# How near the end of a search comes: a part of what is searched for.
NEAR = 1e-4
DIGITS = 3


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


# --- Any number of groups -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Events:
    """How many of a group's contacts have the event: the numbers, and the chance of each."""

    mean: float
    deviation: float
    numbers: Numbers
    chances: Numbers

    @classmethod
    def of(cls, contacts: int, share: float) -> "Events":
        mean, deviation = contacts * share, sqrt(contacts * share * (1 - share))
        if deviation >= NORMAL_FROM:
            at = np.linspace(-REACH, REACH, POINTS)
            chances = np.exp(-at * at / 2)
            return cls(mean, deviation, mean + deviation * at, chances / chances.sum())
        first = max(0, int(mean - 12 * deviation) - 1)
        numbers = np.arange(first, min(contacts, int(mean + 12 * deviation) + 40) + 1, dtype=float)
        return cls(mean, deviation, numbers, _binomial(contacts, share, numbers))

    def at_most(self, limit: Numbers) -> Numbers:
        """The chance of so many or fewer; limits need not be whole."""
        whole = np.floor(limit + 1e-9)
        if self.deviation >= NORMAL_FROM:
            return np.asarray(_below((whole + 0.5 - self.mean) / self.deviation))
        found = np.searchsorted(self.numbers, whole, side="right")
        return np.asarray(np.concatenate([[0.0], np.cumsum(self.chances)])[found])


def _binomial(contacts: int, share: float, numbers: Numbers) -> Numbers:
    if share in (0.0, 1.0):
        return np.asarray(numbers == contacts * share, dtype=float)
    # Logarithms of each factor: their product vanishes where a share is as small as numbers get.
    odds = log(share) - log1p(-share)
    steps = np.log((contacts - numbers[:-1]) / (numbers[:-1] + 1)) + odds
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum())


_below = np.vectorize(lambda z: erfc(-z / sqrt(2)) / 2, otypes=[float])


def power(share: float, larger: float, *, contacts: Sequence[int], better: int) -> float:
    """The chance that the group with this index is called: its share is `larger`, others' `share`.

    As if everybody were due in one slot, which many slots come close to.
    """
    if min(contacts) < MIN_CONTACTS:
        return 0.0
    own = Events.of(contacts[better], larger)
    others = [size for group, size in enumerate(contacts) if group != better]
    above = {size: _above(own, contacts[better], size, share) for size in set(others)}
    chance = own.chances * prod(above[size] for size in others)
    return min(1.0, float(chance.sum()))


def _above(own: Events, size: int, other: int, share: float) -> Numbers:
    """The chance to be called over one other group, by the number of own events."""
    x, n = own.numbers, size + other
    # What z >= BOUND comes to: the other group has at most so many, the smaller root of a square.
    spread = BOUND * BOUND * size * other / (n - 1)
    a = float(size) * size + spread
    b = 2.0 * x * other * size + spread * (n - 2 * x)
    c = (x * other) ** 2 - spread * x * (n - x)
    most = np.where(c >= 0, (b - np.sqrt(np.maximum(b * b - 4 * a * c, 0))) / (2 * a), -1.0)
    fewest = max(MIN_EVENTS, MIN_EXPECTED * n / min(size, other)) - x
    events = Events.of(other, share)
    return np.maximum(events.at_most(most) - events.at_most(np.ceil(fewest - 1e-9) - 1), 0.0)


def least_power(share: float, larger: float, *, contacts: Sequence[int]) -> float:
    """The chance that the better group is called, whichever of them it is.

    That is the smallest or the largest: of the others the chance lies between theirs.
    """
    sizes = list(contacts)
    extremes = {min(sizes), max(sizes)}
    return min(power(share, larger, contacts=sizes, better=sizes.index(size)) for size in extremes)


@lru_cache(maxsize=256)
def smallest_share_found(share: float, *, contacts: tuple[int, ...]) -> float | None:
    """The smallest larger share that is found four times in five, whichever group has it.

    None where even everybody's having the event is not enough.
    """

    def found(larger: float) -> bool:
        return least_power(share, larger, contacts=contacts) >= POWER

    if len(contacts) < 2 or share >= 1 or not found(1.0):
        return None
    first, second = sorted(contacts)[:2]
    guess = smallest_found(share, contacts=(first, second)) or 1.0
    low, high = share, min(1.0, share + 2 * (guess - share))
    high = high if found(high) else 1.0
    while high - low > NEAR * (high - share):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


@lru_cache(maxsize=256)
def contacts_to_find(share: float, larger: float, *, weights: tuple[float, ...]) -> int | None:
    """How many contacts in all groups together find the difference four times in five.

    `weights` are each group's part of all contacts. Rounded up to three digits; None where no
    number is enough.
    """
    if len(weights) < 2 or not share < larger <= 1:
        return None
    smallest = min(weights)

    def found(contacts: float) -> bool:
        sizes = [max(1, round(contacts * weight)) for weight in weights]
        return least_power(share, larger, contacts=sizes) >= POWER

    guess = contacts_needed(share, larger) / (2 * smallest)
    fewest = max(MIN_CONTACTS / smallest, guess) if isfinite(guess) else inf
    return _rounded_up(_smallest(found, fewest)) if isfinite(fewest) else None


def _smallest(found: Callable[[float], bool], guess: float) -> float:
    high = guess
    while not found(high):
        high *= 2
    low = high / 2
    while found(low) and low > 1:
        low, high = low / 2, low
    while high - low > max(1.0, NEAR * high):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def _rounded_up(contacts: float) -> int:
    unit = int(10 ** max(0, int(log10(contacts)) + 1 - DIGITS))
    return ceil(contacts / unit) * unit
