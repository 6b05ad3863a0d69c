"""Does the A/B verdict keep its promises? Simulated campaigns, looked at after every age bin.

    python -m benchmarks.verdict [--campaigns N] [--cells NAME] [--seed N]

Each line is a kind of campaign (`benchmarks.verdict_model`): in how many of them a group was ever
called that is not the best, in how many the best one, how often groups were found to be sent
apart, and how often the range of the ratio of shares holds the true one; beside it how often
GrowthBook's sequential interval and a chance of 95% called wrongly under the same looks. Leaves
with 1 where a promise is broken.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.verdict_looks import NOBODY, Outcome, look
from benchmarks.verdict_model import PEAKY, Cell, make
from reports.verdict.proportions import wilson

MOST_WRONG, MOST_WRONG_OF_FEW, LEAST_COVERED, LEAST_POWER = 0.05, 0.055, 0.95, 0.80
FEW_EVENTS = 50
AT_ONCE = 400_000


@dataclass(frozen=True)
class Promise:
    """A cell, and whether it is one of those that must call the best in four of five."""

    cell: Cell
    finds: bool = False


def equal(share: float, *sizes: int, note: str = "", **fields: object) -> Promise:
    """Groups that open alike, so that every call is wrong."""
    name = f"{100 * share:g}%, {' / '.join(f'{size:,}' for size in sizes)}"
    if len(sizes) > 2:
        name = f"{100 * share:g}%, {len(sizes)} x {sizes[0]:,}"
    name = f"{name}, {note}" if note else name
    return Promise(Cell(name, sizes, (share,) * len(sizes), **fields))


def tied(share: float, best: float, *, groups: int, size: int) -> Promise:
    """Two tied at the top: each call is wrong."""
    name = f"{100 * best:g}% twice, {100 * share:g}% {groups - 2} times, {size:,} each"
    shares = (best, best, *[share] * (groups - 2))
    return Promise(Cell(name, (size,) * groups, shares))


def differing(first: float, second: float, *sizes: int, note: str = "", finds: bool = False,
              **fields: object) -> Promise:  # fmt: skip
    name = f"{100 * first:g} against {100 * second:g}%, {sizes[0]:,} / {sizes[1]:,}"
    name = f"{name}, {note}" if note else name
    return Promise(Cell(name, sizes, (first, second), **fields), finds)


LEAN = ((0.4, 0.3, 0.2, 0.1), (0.1, 0.2, 0.3, 0.4))
MONTH = {"slots": 20, "width": 60, "hours": PEAKY}
ALL = (
    *[equal(share, n, n) for share in (0.01, 0.05, 0.2, 0.6) for n in (100, 1000, 5000, 20_000)],
    *[equal(share, 9 * n, n) for share in (0.01, 0.05, 0.2, 0.6) for n in (100, 2000)],
    equal(0.2, 3000, 3000, note="20 slots of an hour, peaky", **MONTH),
    equal(0.2, 3000, 3000, note="leaning to other slots", lean=LEAN, width=240, hours=PEAKY),
    *[equal(0.2, *[2000] * groups) for groups in (3, 5, 10)],
    *[tied(0.1, 0.2, groups=groups, size=2000) for groups in (3, 5, 10)],
    *[
        equal(0.2, n, n, note=f"{minutes} min apart", slots=1, width=240, late=(0, minutes))
        for n in (5000, 20_000)
        for minutes in (1, 5, 9, 30, 60)
    ],
    *[
        equal(0.2, n, n, note=f"{late} min apart as day breaks", slots=1, width=60, late=(0, late),
              start=5, hours=PEAKY)
        for n, late in ((250, 9.9), (1000, 7), (5000, 3.2), (20_000, 1.6), (20_000, 9))
    ],
    equal(0.2, 5000, 5000, note="shuffled, sent over 8 h", slots=32, hours=PEAKY),
    equal(0.2, 5000, 5000, note="sorted, sent over 8 h", slots=32, sorted_by_group=True,
          hours=PEAKY),
    equal(0.2, 4000, 4000, note="half added a day later, 30/70", slots=2, width=1440,
          lean=((0.7, 0.3), (0.3, 0.7))),
    equal(0.2, 5000, 5000, note="3% bounced in one", bounced=0.03),
    equal(0.2, 5000, 5000, note="unopened of one mailed again at 24 h", resent_at=1440),
    equal(0.2, 5000, 5000, note="reclassified five times", reclassified=5),
    equal(0.2, 5000, 5000, note="one opens 30% slower", pace=(1.0, 1.43)),
    differing(0.2, 0.24, 1000, 1000),
    differing(0.2, 0.24, 2100, 2100, note="1.25 times a fixed z test's", finds=True),
    differing(0.05, 0.065, 4723, 4723, note="1.25 times a fixed z test's", finds=True),
    differing(0.2, 0.24, 9000, 1000),
    differing(0.01, 0.02, 9000, 1000),
    differing(0.2, 0.24, 5000, 5000, note="the better one 30% slower", pace=(1.0, 1.43)),
    differing(0.02, 0.03, 3000, 3000, note="100 slots", slots=100),
)  # fmt: skip


def simulate(cell: Cell, campaigns: int, random: np.random.Generator) -> Outcome:
    parts = list(_parts(cell, campaigns, random))
    return Outcome(
        **{name: np.concatenate([getattr(part, name) for part in parts])
           for name in Outcome.__annotations__}
    )  # fmt: skip


def _parts(cell: Cell, campaigns: int, random: np.random.Generator) -> Iterator[Outcome]:
    at_once = max(20, AT_ONCE // (cell.slots * 35 * cell.groups))
    while campaigns > 0:
        yield look(make(cell, min(at_once, campaigns), random))
        campaigns -= at_once


@dataclass(frozen=True)
class Line:
    """What came of a cell, as shares of its campaigns."""

    promise: Promise
    outcome: Outcome

    @property
    def best(self) -> int:
        """The best group, NOBODY where none is."""
        shares = self.promise.cell.shares
        return NOBODY if shares.count(max(shares)) > 1 else shares.index(max(shares))

    @property
    def wrong(self) -> float:
        """Ever, where groups are not found to be sent apart."""
        decided = self.outcome.decided
        wrong = (decided != NOBODY) & (decided != self.best)
        return float(((wrong | self.wrong_by_watching) & ~self.outcome.apart).mean())

    @property
    def wrong_by_watching(self) -> np.ndarray:
        """A group that opens sooner is rightly said to, whatever its share will be."""
        watched = self.outcome.watched
        wrong = (watched != NOBODY) & (watched != self.best) & ~self.outcome.apart
        return wrong & (not self.promise.cell.pace)

    @property
    def right(self) -> float:
        calls = self.outcome.watched, self.outcome.decided
        right = (calls[0] == self.best) | ((calls[0] == NOBODY) & (calls[1] == self.best))
        return float(right.mean()) if self.best != NOBODY else 0.0

    @property
    def covered(self) -> float | None:
        given = self.outcome.ranged & ~self.outcome.apart
        return float(self.outcome.covered[given].mean()) if given.mean() > 0.01 else None

    @property
    def kept(self) -> bool:
        """Beyond what chance has in so many campaigns."""
        cell, campaigns = self.promise.cell, len(self.outcome.watched)
        few = min(share * size for share, size in zip(cell.shares, cell.sizes, strict=True))
        most = MOST_WRONG_OF_FEW if few < FEW_EVENTS else MOST_WRONG
        lowest, _ = wilson(round(self.wrong * campaigns), campaigns)
        found = not self.promise.finds or self.right >= LEAST_POWER
        return lowest <= most and found and (self.covered is None or self._covers())

    def _covers(self) -> bool:
        given = int((self.outcome.ranged & ~self.outcome.apart).sum())
        return wilson(round((self.covered or 0) * given), given)[1] >= LEAST_COVERED

    def text(self) -> str:
        outcome = self.outcome
        others = [
            ((some != NOBODY) & (some != self.best)).mean()
            for some in (outcome.growthbook, outcome.probability)
        ]
        right = "" if self.best == NOBODY else f"{self.right:.1%}"
        covered = "" if self.covered is None else f"{self.covered:.1%}"
        cells = [
            self.promise.cell.name,
            f"{self.wrong:.2%}",
            f"{self.wrong_by_watching.mean():.2%}",
            right,
            f"{outcome.apart.mean():.0%}",
            covered,
            *[f"{share:.1%}" for share in others],
            "kept" if self.kept else "BROKEN",
        ]
        return f"| {' | '.join(cells)} |"


HEAD = """
| campaigns | ever wrong | by watching | right | apart | covered | GrowthBook | 95% chance | |
|---|---|---|---|---|---|---|---|---|
""".strip()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdict")
    parser.add_argument("--campaigns", type=int, default=10_000, help="of each kind")
    parser.add_argument("--cells", default="", help="only those whose name holds this")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started, kept = time.perf_counter(), []
    print(HEAD, flush=True)
    for number, promise in enumerate(ALL):
        if options.cells in promise.cell.name:
            random = np.random.default_rng([options.seed, number])
            line = Line(promise, simulate(promise.cell, options.campaigns, random))
            kept.append(line.kept)
            print(line.text(), flush=True)
    print(f"{options.campaigns:,} campaigns each, in {time.perf_counter() - started:.0f} s")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
