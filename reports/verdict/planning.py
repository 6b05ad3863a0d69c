"""What groups will find, and what a difference needs: the power of the decision; pure.

For `reports.verdict.deciding`, where one group has a larger share than all the others, which have
the same. Contacts of each group open by themselves, so given how often the better group was
opened, whether it is above one of the others says nothing of the next: the chance is a sum over
that number of a product over the others.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, erfc, log, log1p, log10, prod, sqrt

import numpy as np

from reports.verdict.deciding import BOUND, MIN_CONTACTS, MIN_EVENTS, MIN_EXPECTED, Numbers

POWER = 0.8
# From this deviation on the counts of events are taken for normally distributed.
NORMAL_FROM = 50.0
REACH, POINTS = 6.0, 241
# How near the end of a search comes: a part of what is searched for.
NEAR = 1e-4
DIGITS = 3


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
        reach = 12 * deviation + 40
        last = min(contacts, int(mean + reach))
        numbers = np.arange(max(0, int(mean - reach)), last + 1, dtype=float)
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
    # There are two: where both groups have the same share, the square is below 0.
    spread = BOUND * BOUND * size * other / (n - 1)
    a = float(size) * size + spread
    b = 2.0 * x * other * size + spread * (n - 2 * x)
    c = (x * other) ** 2 - spread * x * (n - x)
    most = (b - np.sqrt(b * b - 4 * a * c)) / (2 * a)
    fewest = max(MIN_EVENTS, MIN_EXPECTED * n / min(size, other)) - x
    events = Events.of(other, share)
    return np.maximum(events.at_most(most) - events.at_most(np.ceil(fewest - 1e-9) - 1), 0.0)


def least_power(share: float, larger: float, *, contacts: Sequence[int]) -> float:
    """The chance that the better group is called, whichever of them it is."""
    return min(_powers(share, larger, contacts=contacts))


def _powers(share: float, larger: float, *, contacts: Sequence[int]) -> Iterator[float]:
    """Of each size of group, the smallest first: it often is the hardest to find."""
    for size in sorted(set(contacts)):
        yield power(share, larger, contacts=contacts, better=contacts.index(size))


def _is_found(share: float, larger: float, *, contacts: Sequence[int]) -> bool:
    return all(chance >= POWER for chance in _powers(share, larger, contacts=contacts))


@lru_cache(maxsize=256)
def smallest_share_found(share: float, *, contacts: tuple[int, ...]) -> float | None:
    """The smallest larger share that is found four times in five, whichever group has it.

    None where even everybody's having the event is not enough.
    """

    def found(larger: float) -> bool:
        return _is_found(share, larger, contacts=contacts)

    if len(contacts) < 2 or not found(1.0):
        return None
    low, high = share, 1.0
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

    def found(contacts: float) -> bool:
        sizes = [round(contacts * weight) for weight in weights]
        return _is_found(share, larger, contacts=sizes)

    return _rounded_up(_smallest(found, at_least=MIN_CONTACTS / min(weights)))


def _smallest(found: Callable[[float], bool], *, at_least: float) -> float:
    low = high = at_least
    while not found(high):
        low, high = high, 2 * high
    while high - low > max(1.0, NEAR * high):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def _rounded_up(contacts: float) -> int:
    unit = int(10 ** max(0, int(log10(contacts)) + 1 - DIGITS))
    return ceil(contacts / unit) * unit
