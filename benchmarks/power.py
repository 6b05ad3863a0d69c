"""Does the planner promise what the decision finds? Planned power beside simulated power.

    python -m benchmarks.power [--campaigns N] [--seed N]

Each line is a kind of campaign (`benchmarks.verdict_model`) whose first or last group is better
by what the planner takes for found four times in five: how often it is called by the decision,
as planned and in simulated campaigns over four slots. Leaves with 1 where they differ by more
than three points, beyond what chance has in so many campaigns.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.verdict import simulate
from benchmarks.verdict_model import Cell
from reports.verdict.planning import POWER, power
from reports.verdict.proportions import wilson

WITHIN = 0.03
SHARES = (0.01, 0.05, 0.2, 0.6)
SIZES = (500, 2000, 5000, 20_000)


@dataclass(frozen=True)
class Design:
    """Groups of which one is better than the others, which open alike."""

    share: float
    sizes: tuple[int, ...]
    better: int

    def planned(self, larger: float) -> float:
        return power(self.share, larger, contacts=self.sizes, better=self.better)

    def larger(self) -> float | None:
        """The share that the planner takes for found; None where none is."""
        low, high = self.share, 1.0
        if self.planned(high) < POWER:
            return None
        while high - low > 1e-5:
            middle = (low + high) / 2
            low, high = (low, middle) if self.planned(middle) >= POWER else (middle, high)
        return high

    def cell(self, larger: float) -> Cell:
        shares = [self.share] * len(self.sizes)
        shares[self.better] = larger
        name = f"{100 * self.share:g} against {100 * larger:.2f}%, {self._groups()}"
        return Cell(name, self.sizes, tuple(shares))

    def _groups(self) -> str:
        return " / ".join(f"{size:,}" for size in self.sizes)


def designs() -> Iterator[Design]:
    for share in SHARES:
        for size in SIZES:
            yield Design(share, (size, size), 1)
            yield Design(share, (9 * size // 5, size // 5), 0)
            yield Design(share, (9 * size // 5, size // 5), 1)
            yield from (Design(share, (size,) * groups, 0) for groups in (3, 4, 5))


def compare(cell: Cell, better: int, campaigns: int, seed: Sequence[int]) -> float:
    """How often the better group is called by the decision."""
    outcome = simulate(cell, campaigns, np.random.default_rng(seed))
    return float((outcome.decided == better).mean())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.power")
    parser.add_argument("--campaigns", type=int, default=4000, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| campaigns | planned | simulated | |\n|---|---|---|---|", flush=True)
    worst, kept = 0.0, []
    for number, design in enumerate(designs()):
        larger = design.larger()
        if larger is None:
            continue
        cell, planned = design.cell(larger), design.planned(larger)
        seen = compare(cell, design.better, options.campaigns, [options.seed, number])
        low, high = wilson(round(seen * options.campaigns), options.campaigns)
        kept.append(low - WITHIN <= planned <= high + WITHIN)
        worst = max(worst, abs(planned - seen))
        said = "kept" if kept[-1] else "BROKEN"
        print(f"| {cell.name} | {planned:.1%} | {seen:.1%} | {said} |", flush=True)
    print(f"At most {100 * worst:.1f} points apart in {options.campaigns:,} campaigns each.")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
