"""What is called of many campaigns that are looked at whenever a cell is released.

By the product's own functions, and beside them by two that are in use elsewhere: GrowthBook's
sequential interval of the difference of shares (Waudby-Smith et al. 2023, tuned to 5,000
contacts), and a chance of 95% to be better.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from benchmarks.verdict_model import DECISION_AGE, Campaigns
from reports.verdict import deciding, watching
from reports.verdict.apart import DueTimes, Timing, sent_apart
from reports.verdict.cells import Counters
from reports.verdict.deciding import Numbers, Pair
from reports.verdict.ratio import ratio_range
from tracking.counting.slots import bins_until

NOBODY = -1
# Evidence for a call is worth a z of 3 and more; below this it need not be worked out.
WORTH_WORKING_OUT = 1.5
GROWTHBOOK_TUNING = 5000
Calls = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """By campaign: the group called, NOBODY for none, or flags."""

    watched: Calls
    decided: Calls
    apart: Flags
    covered: Flags
    ranged: Flags
    growthbook: Calls
    probability: Calls


def look(campaigns: Campaigns) -> Outcome:
    covered, ranged = _ranges(campaigns)
    cells = campaigns.released(campaigns.opens)
    naive = _Naive(campaigns, cells)
    return Outcome(
        watched=_watched(campaigns),
        decided=_decided(campaigns),
        apart=_apart(campaigns),
        covered=covered,
        ranged=ranged,
        growthbook=_first(naive.growthbook),
        probability=_first(naive.probability),
    )


# --- Watching -----------------------------------------------------------------------------------


def _watched(campaigns: Campaigns) -> Calls:
    """The first call; reclassified campaigns are watched as they were judged at the time."""
    found = np.full(len(campaigns.contacts), NOBODY)
    looks = len(campaigns.order[0])
    parts = np.array_split(np.arange(looks), len(campaigns.versions))
    for opens, part in zip(campaigns.versions, parts, strict=True):
        calls = _calls(campaigns, campaigns.released(opens))
        now = _first(np.where(np.isin(np.arange(looks), part), calls, NOBODY))
        found = np.where(found == NOBODY, now, found)
    return found


def _calls(campaigns: Campaigns, cells: Counters) -> Calls:
    """Who is called at each look, whatever was called before."""
    leader, least = _leaders(cells)
    worth = campaigns.old_enough & (least >= WORTH_WORKING_OUT)
    calls = np.full(leader.shape, NOBODY)
    bound = watching.threshold(campaigns.cell.groups)
    for group in range(campaigns.cell.groups):
        rows = (worth & (leader == group)).any(axis=1)
        reached = _reached(cells, rows, group, bound) & worth[rows] & (leader[rows] == group)
        calls[rows] = np.where(reached, group, calls[rows])
    return calls


def _leaders(cells: Counters) -> tuple[Calls, Numbers]:
    least = np.full(cells.events.shape, np.inf)
    for g, h in combinations(range(cells.events.shape[-1]), 2):
        pair = Pair.of(cells.events, cells.at_risk, g=g, h=h)
        u, h_ = deciding.excess(pair).cumsum(axis=-1), deciding.variance(pair).cumsum(axis=-1)
        z = deciding.z(u, h_)
        least[..., g] = np.minimum(least[..., g], z)
        least[..., h] = np.minimum(least[..., h], -z)
    return least.argmax(axis=-1), least.max(axis=-1)


def _reached(cells: Counters, rows: Flags, group: int, bound: float) -> Flags:
    """By look, of these campaigns: whether the group has evidence and events enough."""
    reached = np.ones((int(rows.sum()), cells.events.shape[1]), dtype=bool)
    for other in range(cells.events.shape[-1]):
        if other != group:
            pair = Pair.of(cells.events[rows], cells.at_risk[rows], g=group, h=other)
            evidence = watching.mixture(watching.log_likelihoods(pair).cumsum(axis=-2))
            enough = pair.m.cumsum(axis=-1) >= watching.MIN_EVENTS
            reached &= (evidence >= bound) & enough
    return reached


def _first(calls: Calls) -> Calls:
    """The first call of each campaign, from those by look."""
    called = calls != NOBODY
    first = np.take_along_axis(calls, called.argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(called.any(axis=1), first, NOBODY)


# --- Deciding -----------------------------------------------------------------------------------


def _sums(campaigns: Campaigns) -> Numbers:
    """Opens up to the decision age, by campaign, slot and group."""
    events = campaigns.counters(campaigns.opens).events
    return events[:, :, : bins_until(DECISION_AGE)].sum(axis=2)


def _decided(campaigns: Campaigns) -> Calls:
    found = np.full(len(campaigns.contacts), NOBODY)
    if campaigns.cell.resent_at is not None:
        return found
    events, contacts = _sums(campaigns), campaigns.contacts
    leader, least = deciding.leader(deciding.z_matrix(events, contacts))
    enough = least >= deciding.BOUND
    for group in range(campaigns.cell.groups):
        here = leader == group
        for other in range(campaigns.cell.groups):
            if other != group:
                pair = Pair.of(events, contacts, g=group, h=other)
                enough &= ~here | pair.suffices()
    return np.where(enough, leader, NOBODY)


def _ranges(campaigns: Campaigns) -> tuple[Flags, Flags]:
    """Whether the range of the first two groups' ratio holds the true one, and is given."""
    pair = Pair.of(_sums(campaigns), campaigns.contacts, g=1, h=0)
    found, truth = ratio_range(pair), campaigns.cell.truth
    given = pair.suffices() & (campaigns.cell.resent_at is None)
    return (found.low <= truth) & (truth <= found.high), given


def _apart(campaigns: Campaigns) -> Flags:
    """Whether the first two groups were sent apart; due times are spread evenly over a slot."""
    cell, contacts = campaigns.cell, campaigns.contacts
    middle = cell.width / 2 + np.array([*cell.late, *[0.0] * cell.groups][: cell.groups])
    scatter = cell.width**2 / 12
    noise = np.random.default_rng(contacts.shape[0]).normal(size=contacts.shape)
    total = contacts * middle + noise * np.sqrt(contacts * scatter)
    squares = total**2 / np.maximum(contacts, 1) + contacts * scatter
    events = _sums(campaigns)[..., :2].sum(axis=(1, 2))
    flags = []
    for at in range(len(contacts)):
        due = [DueTimes(contacts[at, :, g], total[at, :, g], squares[at, :, g]) for g in (0, 1)]
        flags.append(sent_apart(Timing(*due), events=int(events[at])))
    return np.array(flags)


# --- What others do -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Naive:
    """The first two groups' opens and contacts so far, at each look."""

    campaigns: Campaigns
    cells: Counters

    @cached_property
    def contacts(self) -> Numbers:
        slots, bins = self.campaigns.order
        first = np.array(bins) == 0
        return np.cumsum(self.campaigns.contacts[:, slots] * first[:, None], axis=1)[..., :2]

    @cached_property
    def rates(self) -> Numbers:
        opens = self.cells.events[..., :2].cumsum(axis=1)
        return opens / np.maximum(self.contacts, 1)

    @property
    def difference(self) -> Numbers:
        return self.rates[..., 1] - self.rates[..., 0]

    @property
    def variance(self) -> Numbers:
        spread = self.rates * (1 - self.rates) / np.maximum(self.contacts, 1)
        return np.maximum(spread.sum(axis=-1), 1e-12)

    @property
    def growthbook(self) -> Calls:
        alpha, n = 0.05, np.maximum(self.contacts.sum(axis=-1), 1)
        part = -2 * math.log(alpha)
        rho2 = (part + math.log(part + 1)) / GROWTHBOOK_TUNING
        grown = n * rho2 + 1
        half = np.sqrt(self.variance * n * 2 * grown * np.log(np.sqrt(grown) / alpha) / rho2) / n
        return self._beyond(half)

    @property
    def probability(self) -> Calls:
        return self._beyond(1.644854 * np.sqrt(self.variance))

    def _beyond(self, limit: Numbers) -> Calls:
        opens = self.rates * self.contacts
        clear = (np.abs(self.difference) > limit) & (opens.sum(axis=-1) >= watching.MIN_EVENTS)
        return np.where(clear, (self.difference > 0).astype(int), NOBODY)
