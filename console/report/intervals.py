"""The ranges of the groups' open rates at the same age as a report draws them; pure.

All lie on one scale from 0, as percentages of the drawing's width.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.base.plot import COLOURS, share_scale
from reports.data import GroupData

# The width kept free on the right, for half of the label of the scale's end.
WIDTH = 94.0
# More groups than this are folded away.
MOST_DRAWN = 8


@dataclass(frozen=True)
class Interval:
    """A group's rate and its range; `colour` is that of its lines in charts."""

    name: str
    colour: int
    rate: str
    words: str
    left: float
    width: float
    at: float


@dataclass(frozen=True)
class Intervals:
    """All ranges, and the marks of their scale with their places."""

    drawn: Sequence[Interval]
    more: Sequence[Interval]
    marks: Sequence[tuple[float, str]]


def intervals_of(groups: Sequence[GroupData], numbers: Mapping[int, int]) -> Intervals | None:
    """Of the groups that have a range; None where none has."""
    highest = max((group.ci_high for group in groups if group.ci_high is not None), default=None)
    if highest is None:
        return None
    scale = share_scale(highest)
    found = [one for group in groups if (one := _interval(group, numbers, scale)) is not None]
    marks = [(WIDTH * part, f"{100 * scale * part:.3g}%") for part in (0, 0.5, 1)]
    return Intervals(found[:MOST_DRAWN], found[MOST_DRAWN:], marks)


def _interval(group: GroupData, numbers: Mapping[int, int], scale: float) -> Interval | None:
    rate, low, high = group.rate_at_age, group.ci_low, group.ci_high
    if rate is None or low is None or high is None:
        return None
    left, right = _place(low, scale), _place(high, scale)
    return Interval(
        name=group.name,
        colour=numbers.get(group.id, 0) % COLOURS,
        rate=f"{rate:.1%}",
        words=f"{low:.1%} to {high:.1%}",
        left=left,
        width=round(right - left, 2),
        at=_place(rate, scale),
    )


def _place(rate: float, scale: float) -> float:
    return round(WIDTH * min(rate / scale, 1.0), 2)
