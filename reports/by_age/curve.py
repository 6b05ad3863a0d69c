"""How many contacts were opened by each age since sending; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from tracking.counting.slots import AGE_EDGES


@dataclass(frozen=True)
class Curve:
    """Of the `measured` contacts of a group, or of several.

    `by_edge` are those opened by each of AGE_EDGES, `opened` of all time: also those of an age
    beyond the last edge, and of none, as without a time of sending.
    """

    by_edge: tuple[int, ...]
    opened: int
    measured: int

    def share(self, opened: int) -> float:
        return opened / self.measured if self.measured else 0.0

    def reached_by(self, part: float) -> int | None:
        """The first edge in minutes by which this part of all opened were; None if none is."""
        if not self.opened:
            return None
        pairs = zip(AGE_EDGES, self.by_edge, strict=True)
        return next((edge for edge, opened in pairs if opened >= part * self.opened), None)

    @property
    def has_ages(self) -> bool:
        return self.by_edge[-1] > 0


def curve_of(firsts: Mapping[int, int], *, opened: int, measured: int) -> Curve:
    """From first opens by age bin, which also know contacts that left the report since."""
    by_edge = accumulate(firsts.get(number, 0) for number in range(len(AGE_EDGES)))
    return Curve(tuple(min(count, opened) for count in by_edge), opened, measured)


def together(curves: Sequence[Curve]) -> Curve:
    """Of several groups as if they were one."""
    edges = [curve.by_edge for curve in curves] or [(0,) * len(AGE_EDGES)]
    return Curve(
        tuple(map(sum, zip(*edges, strict=True))),
        sum(curve.opened for curve in curves),
        sum(curve.measured for curve in curves),
    )
