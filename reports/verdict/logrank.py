"""How much speaks for one group's opening more than another's, however often one looks; pure.

An anytime-valid logrank test, aligned by age since sending: ter Schure, Perez-Ortiz, Ly and
Grunwald 2024 (doi 10.51387/24-NEJSDS65), with the normal mixture of Howard et al. 2021 (Annals
of Statistics 49:1055); why looking is allowed: Johari, Pekelis and Walsh, Always Valid
Inference. Planned shares outside 30-70 % lose power in this closed form, never honesty.

Evidence is the natural logarithm of an e-value: the chance that it EVER reaches ln(1 / alpha)
is at most alpha where there is no difference.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

# The variance at which the mixture is most powerful: about that of 256 opens in even groups.
RHO = 64.0
NEAR_EVEN = 0.001
# Below it erfc comes close to the smallest numbers there are.
FAR_TAIL = -20.0
# Variance still to gather beyond which a call is never expected.
NEVER = 1e7


class Cell(NamedTuple):
    """A stratum and age bin of all groups, one number per group.

    `opens` are first opens in the bin, `at_risk` the contacts not opened before it.
    """

    opens: tuple[int, ...]
    at_risk: tuple[int, ...]


class Tally(NamedTuple):
    """One group against another: `u` opens more than its share of the `opens` of both.

    `v` bounds the variance of `u`.
    """

    u: float
    v: float
    opens: int


@dataclass(frozen=True)
class Evidence:
    """How each group does against the one it beats least.

    `tallies` maps (g, h) to g against h; `least[g]` is the smallest log evidence of group g
    over the others.
    """

    tallies: dict[tuple[int, int], Tally]
    least: tuple[float, ...]

    @property
    def strength(self) -> float:
        """The leader's log evidence; 0 without groups."""
        return max(self.least, default=0.0)

    @property
    def leader(self) -> int | None:
        """The index of the group with the most evidence; None where several have as much."""
        best = [g for g, least in enumerate(self.least) if least == self.strength]
        return best[0] if len(best) == 1 else None

    def more_opens(self, *, opens: int, threshold: float) -> int | None:
        """How many more opens of all groups, having `opens`, until the leader may be called.

        As things go now and against every other group; None where that never happens.
        """
        needed = [
            more_opens(pair._replace(opens=opens), threshold=threshold)
            for (g, _), pair in self.tallies.items()
            if g == self.leader
        ]
        known = [more for more in needed if more is not None]
        return max(known, default=None) if len(known) == len(needed) else None


def weigh(cells: Sequence[Cell], groups: int) -> Evidence:
    """Every group against every other, of none or at least two."""
    tallies: dict[tuple[int, int], Tally] = {}
    for g, h in combinations(range(groups), 2):
        pair = tallies[g, h] = tally(cells, g, h)
        tallies[h, g] = pair._replace(u=-pair.u)
    least = tuple(
        min(log_evidence(pair.u, pair.v) for (one, _), pair in tallies.items() if one == g)
        for g in range(groups)
    )
    return Evidence(tallies, least)


def tally(cells: Iterable[Cell], g: int, h: int, *, ratio: float = 1.0) -> Tally:
    """Group g against group h, by their indices.

    `ratio` is how many times as often as one of h a contact of g is expected to open.
    """
    u, v, opens = 0.0, 0.0, 0
    for cell in cells:
        of_g = cell.opens[g]
        of_both = of_g + cell.opens[h]
        if of_both:
            weight = ratio * cell.at_risk[g]
            p = weight / (weight + cell.at_risk[h])
            u += of_g - of_both * p
            v += of_both * variance_factor(p)
            opens += of_both
    return Tally(u, v, opens)


def variance_factor(p: float) -> float:
    """The sub-Gaussian variance of one draw with chance p (Kearns-Saul; Hoeffding 1963, Thm 4)."""
    if p <= 0 or p >= 1:
        return 0.0
    if abs(p - 0.5) < NEAR_EVEN:
        return 0.25
    return (1 - 2 * p) / (2 * math.log((1 - p) / p))


def log_evidence(u: float, v: float) -> float:
    """The log of the one-sided normal mixture's e-value for an excess u of variance v."""
    if v == 0:
        return 0.0
    total = v + RHO
    shrinkage = 0.5 * math.log(RHO / total)
    return math.log(2) + shrinkage + u * u / (2 * total) + _log_phi(u / math.sqrt(total))


def within(cells: Sequence[Cell], g: int, h: int, *, ratio: float) -> float:
    """The log evidence that g opens less than `ratio` times and more than 1/`ratio` as h."""
    less = tally(cells, g, h, ratio=ratio)
    more = tally(cells, g, h, ratio=1 / ratio)
    return min(log_evidence(-less.u, less.v), log_evidence(more.u, more.v))


def more_opens(pair: Tally, *, threshold: float) -> int | None:
    """How many more opens until the log evidence is `threshold`, if things go on as they do.

    None where that is never: no excess, or too small a one.
    """
    if pair.u <= 0 or pair.v <= 0:
        return None
    drift = pair.u / (pair.v + RHO)

    def suffices(more: float) -> bool:
        return log_evidence(pair.u + drift * more, pair.v + more) >= threshold

    if suffices(0):
        return 0
    more = _smallest(suffices)
    return None if more > NEVER else math.ceil(more * pair.opens / pair.v)


def _smallest(suffices: Callable[[float], bool]) -> float:
    """The smallest variance that suffices, by doubling and bisecting; more than NEVER if none."""
    low, high = 0.0, 1.0
    while not suffices(high):
        low, high = high, 2 * high
        if low > NEVER:
            return low
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def _log_phi(z: float) -> float:
    """The log of the standard normal distribution function (its asymptotic series far out)."""
    if z > FAR_TAIL:
        return math.log(0.5 * math.erfc(-z / math.sqrt(2)))
    inverse = 1 / (z * z)
    series = 1 - inverse * (1 - 3 * inverse * (1 - 5 * inverse))
    return -z * z / 2 - math.log(-z * math.sqrt(2 * math.pi)) + math.log(series)
