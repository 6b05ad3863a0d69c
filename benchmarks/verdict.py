"""Does the A/B verdict keep its promises? Simulated campaigns, watched after every 100 opens.

    python -m benchmarks.verdict [--campaigns N] [--seed TEXT]

Each campaign has 2 groups of 5,000 contacts, sent to at an even pace within an hour and cut
into strata as at a launch. A contact opens with its group's chance, at a lognormal age (median
3 hours). Opens are counted as ingest counts them and judged by `reports.verdict.decide` at every
hundredth open and once when all is over; the z test for two proportions, at 5 %, judges the
same opens against the contacts sent to so far. A share is of campaigns in which a better group
was EVER called. Leaves with 1 where a promise is broken.
"""

import argparse
import math
import multiprocessing
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from reports.verdict import comparable
from reports.verdict.comparable import AGE_BINS, GroupCounts
from reports.verdict.decide import Facts, State, decide
from reports.verdict.proportions import wilson
from tracking.counting.strata import STRATA, age_bin

CONTACTS = 5_000
LOOK_EVERY = 100
GRACE_SECONDS = 30
HOUR = 3_600_000
SENDING = HOUR
START = 1_790_000_000_000
AFTER_ALL = START + 9 * 24 * HOUR
MEDIAN_AGE, AGE_SPREAD = 3 * HOUR, 1.5
Z = statistics.NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Scenario:
    """Groups' opening chances and by how much later (ms) each is sent to; the promise."""

    name: str
    chances: tuple[float, float]
    delays: tuple[int, int]
    promise: str
    kept: tuple[float, float]


SCENARIOS = (
    Scenario("A/A, 20 %", (0.20, 0.20), (0, 0), "at most 5 %", (0, 0.05)),
    Scenario("20 % against 24 %", (0.20, 0.24), (0, 0), "at least 90 %", (0.90, 1)),
    Scenario("A/A, B an hour later", (0.20, 0.20), (0, HOUR), "at most 5 %", (0, 0.05)),
)


@dataclass(frozen=True)
class Called:
    """Which group the verdict and the z test called first: 0, 1 or None for never."""

    verdict: int | None
    z_test: int | None


@dataclass
class SimulatedGroup:
    """One group's schedule, and the counters as they stand."""

    number: int
    delay: int
    counted: list[list[int]] = field(
        default_factory=lambda: [[0] * AGE_BINS for _ in range(STRATA)]
    )
    opens: int = 0

    def sent_at(self, rank: int) -> int:
        return START + self.delay + rank * SENDING // CONTACTS

    def sent(self, now: int) -> int:
        """How many contacts are due."""
        ranks = (now - START - self.delay + 1) * CONTACTS / SENDING
        return max(0, min(CONTACTS, math.ceil(ranks)))

    def first_opens(self, chance: float, source: random.Random) -> Iterator[tuple[int, int, int]]:
        """(when, group, rank) of every contact that ever opens."""
        log_missing, mu = math.log1p(-chance), math.log(MEDIAN_AGE)
        rank = -1
        while True:
            # How many contacts in a row do not open is geometric.
            rank += 1 + int(math.log(1 - source.random()) / log_missing)
            if rank >= CONTACTS:
                return
            age = int(source.lognormvariate(mu, AGE_SPREAD))
            yield self.sent_at(rank) + age, self.number, rank

    def count(self, when: int, rank: int) -> None:
        age = age_bin(when - self.sent_at(rank))
        self.counted[rank * STRATA // CONTACTS][age] += 1
        self.opens += 1

    def counters(self, now: int) -> GroupCounts:
        size, due = CONTACTS // STRATA, self.sent(now)
        sent = [max(0, min(size, due - stratum * size)) for stratum in range(STRATA)]
        return GroupCounts(
            id=self.number,
            name="AB"[self.number],
            planned_share=None,
            sent=sent,
            pending=[size - one for one in sent],
            max_sent_at=[self.sent_at((stratum + 1) * size - 1) for stratum in range(STRATA)],
            counted=self.counted,
            with_machine=self.counted,
        )


def run(scenario: Scenario, seed: str) -> Called:
    """One campaign, watched to its end."""
    source = random.Random(seed)
    groups = [SimulatedGroup(number, delay) for number, delay in enumerate(scenario.delays)]
    opens = sorted(
        one
        for group, chance in zip(groups, scenario.chances, strict=True)
        for one in group.first_opens(chance, source)
    )
    by_verdict = by_z_test = None
    for number, (when, group, rank) in enumerate(opens, start=1):
        groups[group].count(when, rank)
        if number % LOOK_EVERY == 0:
            by_z_test = called_by_z_test(groups, when) if by_z_test is None else by_z_test
            by_verdict = called_by_verdict(groups, when) if by_verdict is None else by_verdict
    if by_verdict is None:
        by_verdict = called_by_verdict(groups, AFTER_ALL)
    return Called(by_verdict, by_z_test)


def called_by_verdict(groups: list[SimulatedGroup], now: int) -> int | None:
    counters = [group.counters(now) for group in groups]
    bins = comparable.released_bins(counters, now=now, grace_seconds=GRACE_SECONDS)
    facts = Facts(counters, bins)
    return facts.evidence.leader if decide(facts).state == State.LIKELY_BETTER else None


def called_by_z_test(groups: list[SimulatedGroup], now: int) -> int | None:
    a, b = groups
    of_a, of_b = a.sent(now), b.sent(now)
    if not of_a or not of_b:
        return None
    pooled = (a.opens + b.opens) / (of_a + of_b)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / of_a + 1 / of_b))
    z = (b.opens / of_b - a.opens / of_a) / deviation if deviation else 0.0
    return None if abs(z) < Z else int(z > 0)


def report(scenario: Scenario, outcomes: list[Called]) -> bool:
    """Print what came of a scenario; whether the promise was kept."""
    calls = [outcome.verdict for outcome in outcomes if outcome.verdict is not None]
    naive = [outcome.z_test for outcome in outcomes if outcome.z_test is not None]
    low, high = scenario.kept
    kept = low <= len(calls) / len(outcomes) <= high
    print(f"{scenario.name}: {len(outcomes):,} campaigns, promised {scenario.promise}")
    print(f"  verdict {in_words(calls, len(outcomes))}: {'kept' if kept else 'BROKEN'}")
    print(f"  z test  {in_words(naive, len(outcomes))}", flush=True)
    return kept


def in_words(calls: list[int], campaigns: int) -> str:
    low, high = wilson(len(calls), campaigns)
    which = f"A {calls.count(0):,}, B {calls.count(1):,}"
    return f"called in {len(calls) / campaigns:.2%} ({low:.2%} to {high:.2%}; {which})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdict")
    parser.add_argument("--campaigns", type=int, default=10_000, help="of each scenario")
    parser.add_argument("--seed", default="pixeltrack")
    options = parser.parse_args()
    kept = []
    with multiprocessing.Pool() as pool:
        for scenario in SCENARIOS:
            started = time.perf_counter()
            seeds = [f"{options.seed}/{scenario.name}/{n}" for n in range(options.campaigns)]
            outcomes = pool.map(partial(run, scenario), seeds, chunksize=20)
            kept.append(report(scenario, outcomes))
            print(f"  took {time.perf_counter() - started:.0f} s")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
