"""The ranges of the ratios of groups' shares as a report draws them; pure.

Each is a line between its ends on a logarithmic scale whose middle is 1, so that twice as often
and half as often are equally far from it. Places are percentages of the drawing's width.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.data import GroupData, ReportData
from reports.verdict.states import Ratio
from reports.verdict.wording import age, times

# Where the scale may end, to the right; to the left it ends at their inverses.
SCALES = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
MIDDLE = 50.0
# The width kept free on both sides, for the labels of the scale's ends.
MARGIN = 6.0
# An end that differs from 1 is never drawn at 1.
LEAST_GAP = 0.5
# More pairs than this are folded away.
MOST_DRAWN = 6


@dataclass(frozen=True)
class Line:
    """A ratio's sentence and its line; arrows stand for ends beyond the scale."""

    text: str
    differs: bool
    left: float
    right: float
    arrow_left: bool
    arrow_right: bool

    @property
    def width(self) -> float:
        return round(self.right - self.left, 2)


@dataclass(frozen=True)
class Drawing:
    """All ratios on one scale, the called group's first; those in `more` are folded away."""

    lines: Sequence[Line]
    more: Sequence[Line]
    low: str
    high: str


def drawing_of(data: ReportData) -> Drawing | None:
    """None before there are ratios."""
    groups = {group.id: group for group in data.groups}
    ratios = [
        _directed(ratio, data.verdict.leader)
        for ratio in data.verdict.ratios
        if {ratio.group, ratio.over} <= groups.keys()
    ]
    if not ratios:
        return None
    ratios.sort(key=lambda ratio: (ratio.group != data.verdict.leader, not _differs(ratio)))
    scale = scale_for(ratios)
    within = data.verdict.age_minutes
    lines = [_line(ratio, _in_words(ratio, groups, within), scale) for ratio in ratios]
    return Drawing(
        lines[:MOST_DRAWN], lines[MOST_DRAWN:], low=f"{1 / scale:.2g}", high=f"{scale:.3g}"
    )


def _directed(ratio: Ratio, leader: int | None) -> Ratio:
    """With the group first that was called, or else the one whose share is larger."""
    is_below = ratio.high is not None and ratio.high < 1
    turned = ratio.over == leader or (is_below and ratio.group != leader)
    return ratio.reversed if turned else ratio


def _differs(ratio: Ratio) -> bool:
    return ratio.low > 1 or (ratio.high is not None and ratio.high < 1)


def scale_for(ratios: Sequence[Ratio]) -> float:
    """The smallest scale that holds every end that there is, or else the largest."""
    ends = [end for ratio in ratios for end in (ratio.low, ratio.high) if end]
    farthest = max(max(end, 1 / end) for end in ends) if ends else 1.0
    return next((scale for scale in SCALES if scale >= farthest), SCALES[-1])


def place(ratio: float, scale: float) -> float:
    """Where a ratio lies in the drawing; beyond the scale, at its end."""
    part = math.log(min(max(ratio, 1 / scale), scale)) / math.log(scale)
    at = MIDDLE + part * (MIDDLE - MARGIN)
    if ratio != 1:
        at = max(at, MIDDLE + LEAST_GAP) if ratio > 1 else min(at, MIDDLE - LEAST_GAP)
    return round(at, 2)


def _line(ratio: Ratio, text: str, scale: float) -> Line:
    high = math.inf if ratio.high is None else ratio.high
    return Line(
        text=text,
        differs=_differs(ratio),
        left=place(ratio.low, scale),
        right=place(high, scale),
        arrow_left=ratio.low < 1 / scale,
        arrow_right=high > scale,
    )


def _in_words(ratio: Ratio, groups: dict[int, GroupData], minutes: int | None) -> str:
    group, over = groups[ratio.group], groups[ratio.over]
    said = f"{group.name} is opened {times(ratio.low, ratio.high)} as {over.name}"
    shares = [one.rate_at_age for one in (group, over)]
    if minutes is None or None in shares:
        return f"{said}."
    first, second = (f"{share:.1%}" for share in shares)
    return f"{said}, {first} against {second} within {age(minutes)}."
