"""Figures beside the verdict: confidence intervals, and whether the split is as planned.

Pure. None of them is valid under repeated looks: only `reports.verdict.watching` is.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

Z = NormalDist().inv_cdf(0.975)
MISMATCH_ALPHA = 0.001
# The number of grid points for P(best), and how far the grid reaches around each mean.
GRID_POINTS = 6000
GRID_DEVIATIONS = 8


class Rate(NamedTuple):
    """`opened` of `contacts`."""

    opened: int
    contacts: int


class Mismatch(NamedTuple):
    """Pearson's chi2 of a split against its plan; `flagged` where chance gives it p < 0.001."""

    chi2: float
    flagged: bool


def wilson(opened: int, contacts: int) -> tuple[float, float]:
    """Wilson's 95% interval of a rate, as fractions; `contacts` is above 0."""
    p, z2 = opened / contacts, Z * Z / contacts
    centre = (p + z2 / 2) / (1 + z2)
    half = Z * math.sqrt(p * (1 - p) / contacts + z2 / (4 * contacts)) / (1 + z2)
    low = 0.0 if opened == 0 else centre - half
    high = 1.0 if opened == contacts else centre + half
    return low, high


def mismatch(counts: Sequence[int], shares: Sequence[float | None]) -> Mismatch:
    """Sample-ratio mismatch (Fabijan et al., KDD 2019) of at least two groups.

    `shares` are planned percentages. Groups without one share the rest of 100 evenly; if the shares
    do not add up to 100, their proportions count.
    """
    weights = planned_weights(shares)
    total = sum(counts)
    chi2 = 0.0
    for count, weight in zip(counts, weights, strict=True):
        expected = total * weight
        if expected:
            chi2 += (count - expected) ** 2 / expected
        elif count:
            chi2 = math.inf
    return Mismatch(chi2, chi2_survival(chi2, len(counts) - 1) < MISMATCH_ALPHA)


def planned_weights(shares: Sequence[float | None]) -> list[float]:
    """Each group's planned part of all contacts; 0 of each where others leave them nothing."""
    given = [float(share) for share in shares if share is not None]
    without = len(shares) - len(given)
    left = max(0.0, 100 - sum(given)) / max(without, 1)
    weights = [left if share is None else float(share) for share in shares]
    whole = sum(weights)
    return [weight / whole if whole else 0.0 for weight in weights]


def chi2_survival(chi2: float, degrees: int) -> float:
    """P(X > chi2) for whole degrees of freedom (Abramowitz and Stegun 26.4.4 and 26.4.5)."""
    half = chi2 / 2
    if half <= 0:
        return 1.0
    if math.isinf(half):
        return 0.0
    survival = math.erfc(math.sqrt(half)) if degrees % 2 else math.exp(-half)
    for below in range(2 - degrees % 2, degrees, 2):
        survival += math.exp(below / 2 * math.log(half) - half - math.lgamma(below / 2 + 1))
    return survival


# A report is requested many times before its rates change.
@lru_cache(maxsize=256)
def probability_best(rates: tuple[Rate, ...]) -> tuple[float, ...]:
    """Each group's probability of the highest rate, by Beta(x + 1, n - x + 1) posteriors.

    A trapezoid sum over a fixed grid: the same counts always give the same result.
    """
    grid = _grid(rates)
    densities = [_density(rate, grid) for rate in rates]
    cumulated = [_cumulated(density, grid) for density in densities]
    chances = []
    for g, density in enumerate(densities):
        others = [below for h, below in enumerate(cumulated) if h != g]
        product = [math.prod(at) for at in zip(density, *others, strict=True)]
        chances.append(_cumulated(product, grid)[-1])
    return tuple(chance / sum(chances) for chance in chances)


def _grid(rates: Sequence[Rate]) -> list[float]:
    """Grid points over the mass of all posteriors, dense where one is narrow."""
    steps = GRID_POINTS // len(rates)
    points: set[float] = set()
    for opened, contacts in rates:
        mean = (opened + 1) / (contacts + 2)
        reach = GRID_DEVIATIONS * math.sqrt(mean * (1 - mean) / (contacts + 3))
        low, high = max(0.0, mean - reach), min(1.0, mean + reach)
        points.update(low + (high - low) * step / steps for step in range(steps + 1))
    return sorted(points)


def _density(rate: Rate, grid: Sequence[float]) -> list[float]:
    """Up to a factor, of which chances that add up to 1 do not depend."""
    opened, missed = rate.opened, rate.contacts - rate.opened
    logs = [_power(opened, x) + _power(missed, 1 - x) for x in grid]
    most = max(logs)
    return [math.exp(one - most) for one in logs]


def _power(times: int, x: float) -> float:
    """The log of x to the power of `times`."""
    if x > 0:
        return times * math.log(x)
    return -math.inf if times else 0.0


def _cumulated(density: Sequence[float], grid: Sequence[float]) -> list[float]:
    """Trapezoid sums, twice as large."""
    total, sums = 0.0, [0.0]
    for at in range(1, len(grid)):
        total += (density[at] + density[at - 1]) * (grid[at] - grid[at - 1])
        sums.append(total)
    return sums
