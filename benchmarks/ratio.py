"""Measures two ways of doing the same against each other, in one run, turn by turn."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Way:
    """One way: `prepare` readies the work, untimed; what it returns does `units` of it.

    Work that may fail in part returns how many units it did.
    """

    name: str
    units: int
    prepare: Callable[[], Callable[[], object]]


@dataclass(frozen=True)
class Ratio:
    """How many times as fast as the reference, per unit of work: one number per round."""

    rounds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def __str__(self) -> str:
        shown = ", ".join(f"{ratio:.2f}" for ratio in sorted(self.rounds))
        return f"{self.median:.2f} (rounds: {shown})"


def compare(way: Way, reference: Way, *, rounds: int = ROUNDS) -> Ratio:
    """Alternate the two, the first of each pair changing, and relate their speeds."""
    ratios = []
    for number in range(rounds):
        order = (way, reference) if number % 2 else (reference, way)
        speeds = {one.name: _speed(one) for one in order}
        ratios.append(speeds[way.name] / speeds[reference.name])
    return Ratio(ratios)


def _speed(way: Way) -> float:
    """Units per second."""
    work = way.prepare()
    started = time.perf_counter()
    done = work()
    return (done if isinstance(done, int) else way.units) / (time.perf_counter() - started)
