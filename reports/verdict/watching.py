"""How much speaks for one group's having an event sooner, however often one looks; pure.

A likelihood ratio of the logrank test, averaged over how strong the difference may be. It is
exact for any split: given a cell's events, those of one group are hypergeometric, whose moment
generating function lies below the binomial's (Hoeffding 1963, theorem 4). So the chance that it
EVER reaches ln(1 / alpha) where there is no difference is at most alpha.
"""

import math

import numpy as np

from reports.verdict.deciding import Numbers, Pair

ALPHA = 0.01
ALPHA_PROMISING = 0.30
MIN_EVENTS = 100
MIN_AGE = 240
# Complaints and the like are rare, and nobody waits for them.
MIN_EVENTS_OF_GUARD_RAIL = 10
# The log ratios of hazards that are averaged over: 3% more up to seven times as many.
THETAS = np.geomspace(0.03, 2.0, 16)


def threshold(groups: int, *, alpha: float = ALPHA) -> float:
    """What a group's least evidence has to reach; `groups` are those of the launch."""
    return math.log(groups / alpha)


def log_likelihoods(pair: Pair, thetas: Numbers = THETAS) -> Numbers:
    """L(theta) by cell: arrays (..., cells) of events and contacts at risk to (..., cells, 16)."""
    surprise = np.log1p(pair.share_of_g[..., None] * np.expm1(thetas))
    return pair.x_g[..., None] * thetas - pair.m[..., None] * surprise


def mixture(likelihoods: Numbers) -> Numbers:
    """The evidence, from the summed L of each theta (last axis)."""
    most = likelihoods.max(axis=-1, keepdims=True)
    mean = np.exp(likelihoods - most).mean(axis=-1)
    return np.asarray(np.log(mean) + most[..., 0])


def log_evidence(pair: Pair) -> Numbers:
    """The evidence that events come sooner in g than in h; arrays (..., cells)."""
    return mixture(log_likelihoods(_with_events(pair)).sum(axis=-2))


def _with_events(pair: Pair) -> Pair:
    """Without the cells that say nothing in any of the campaigns: most of them are empty."""
    some = pair.m.any(axis=tuple(range(pair.m.ndim - 1)))
    return Pair(pair.x_g[..., some], pair.n_g[..., some], pair.x_h[..., some], pair.n_h[..., some])
