"""The range of the ratio of two groups' shares; pure.

Stratified by slot (Miettinen and Nurminen 1985, Statistics in Medicine 4:213): all ratios that
the test of `reports.verdict.deciding` does not reject, so it excludes 1 exactly where that finds
a difference. Arrays as there: the last axis is slots.
"""

from typing import NamedTuple

import numpy as np

from reports.verdict.deciding import BOUND, Numbers, Pair, z, z_of

# Secant steps come near most ends within ten. In slots of very few contacts the score bends or
# jumps, and they may go round for ever; halving what is known never does.
SECANT_STEPS = 12
MOST_STEPS = 60
ENOUGH = 1e-9
# Natural logarithm of the largest ratio looked for.
FARTHEST = 60.0
# What the search begins with where a group has no events.
SOME = 0.25


class RatioRange(NamedTuple):
    """How many times as often as in h an event happens in g: 0 and infinity where open."""

    low: Numbers
    high: Numbers


def score(pair: Pair, ratio: Numbers) -> Numbers:
    """z where g's share is held to be `ratio` times h's; at 1 it is the z of the test."""
    r = np.asarray(ratio, dtype=float)[..., None]
    weight = pair.n_g * pair.share_of_h
    n_g, n_h = np.maximum(pair.n_g, 1), np.maximum(pair.n_h, 1)
    differ = weight * (pair.x_g / n_g - r * pair.x_h / n_h)
    p = _restricted(pair, r)
    q = r * p
    spread = q * (1 - q) / n_g + r * r * p * (1 - p) / n_h
    spread = weight * weight * spread * pair.n / np.maximum(pair.n - 1, 1)
    return z(differ.sum(axis=-1), spread.sum(axis=-1))


def _restricted(pair: Pair, r: Numbers) -> Numbers:
    """The likeliest share of h where g's is r times as large, by slot."""
    minus_b = r * pair.n_g + pair.x_g + pair.n_h + r * pair.x_h
    root = np.sqrt(np.maximum(minus_b * minus_b - 4 * r * pair.n * pair.m, 0))
    # The smaller solution, written so that no digits are lost where shares are small.
    return 2 * pair.m / np.maximum(minus_b + root, 1)


class _Search:
    """Where a function that is below 0 at 0 becomes 0: secant steps within known bounds.

    Where so many did not come near it, the bounds are halved.
    """

    def __init__(self, like: Numbers) -> None:
        self.steps = 0
        self.inside, self.outside = np.zeros_like(like), np.full_like(like, FARTHEST)
        self.last, self.last_value = np.zeros_like(like), np.full_like(like, -BOUND)

    def after(self, step: Numbers, value: Numbers) -> Numbers:
        """The next step, after this one had this value."""
        below = np.signbit(value)
        self.inside = np.where(below, np.maximum(self.inside, step), self.inside)
        self.outside = np.where(below, self.outside, np.minimum(self.outside, step))
        rise, run = value - self.last_value, step - self.last
        rises = np.abs(rise) >= 1e-15
        secant = step - np.divide(value * run, rise, out=np.zeros_like(step), where=rises)
        self.last, self.last_value = step, value
        self.steps += 1
        within = (secant >= self.inside) & (secant <= self.outside)
        if self.steps > SECANT_STEPS:
            within &= np.abs(secant - step) <= ENOUGH
        known = self.outside < FARTHEST
        between = np.where(known, (self.inside + self.outside) / 2, 2 * step)
        return np.where(within, secant, np.minimum(between, FARTHEST))


def ratio_range(pair: Pair) -> RatioRange:
    """All ratios within the bound, by at most 60 steps to each end."""
    of_g, of_h = _adjusted_events(pair)
    some_g, some_h = np.where(of_g > 0, of_g, SOME), np.where(of_h > 0, of_h, SOME)
    middle = np.log(some_g / some_h)
    low = np.where(of_g > 0, np.exp(_end(pair, middle, -1.0)), 0.0)
    high = np.where(of_h > 0, np.exp(_end(pair, middle, 1.0)), np.inf)
    return _beside_one(z_of(pair), low, high)


def _adjusted_events(pair: Pair) -> tuple[Numbers, Numbers]:
    """Both groups' events as if their contacts lay alike in the slots; their ratio has score 0."""
    of_g = (pair.x_g * pair.share_of_h).sum(axis=-1)
    return of_g, (pair.x_h * pair.share_of_g).sum(axis=-1)


def _beside_one(found: Numbers, low: Numbers, high: Numbers) -> RatioRange:
    """What rounding must not do: contradict the test about 1."""
    above, below = np.nextafter(1.0, np.inf), np.nextafter(1.0, 0.0)
    low = np.where(found >= BOUND, np.maximum(low, above), np.minimum(low, 1.0))
    high = np.where(found <= -BOUND, np.minimum(high, below), np.maximum(high, 1.0))
    return RatioRange(np.minimum(low, high), high)


def _end(pair: Pair, middle: Numbers, direction: float) -> Numbers:
    """The logarithm of the range's end on one side of `middle`."""
    search = _Search(middle)
    step = _first_step(pair, middle)
    for _ in range(MOST_STEPS):
        value = np.abs(score(pair, np.exp(middle + direction * step))) - BOUND
        following = search.after(step, value)
        if np.all(np.abs(following - step) <= ENOUGH):
            break
        step = following
    return middle + direction * following


def _first_step(pair: Pair, middle: Numbers) -> Numbers:
    """The distance of an end if the logarithm of the ratio were normal."""
    of_g, of_h = _adjusted_events(pair)
    return BOUND * np.sqrt(1 / np.maximum(of_g, SOME) + 1 / np.maximum(of_h, SOME))
