"""The open rates of campaigns as bars on one scale; pure.

A bar is solid up to what people opened for certain, and pale from there to what it would be if a
person had opened all that only machines did. Places are percentages of the drawing's width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.rates import NONE, rate_in_words

# Where the scale may end, as fractions; it always begins at 0.
SCALES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
# The width kept free on the right, for half of the label of the scale's end.
WIDTH = 96.0
# A rate above 0 is never drawn as nothing.
LEAST = 0.4


@dataclass(frozen=True)
class Bar:
    """One campaign's; both widths are 0 where there is no rate, which `rate` then says."""

    name: str
    rate: str
    solid: float
    pale: float


@dataclass(frozen=True)
class Drawing:
    """All bars, and the marks of their scale with the places where they stand."""

    bars: Sequence[Bar]
    marks: Sequence[tuple[float, str]]


def drawing_of(rates: Sequence[tuple[str, float | None, float | None]]) -> Drawing:
    """Of each campaign's name and its rate without and with machines, None for both if unknown."""
    highest = max((high for _, _, high in rates if high is not None), default=0.0)
    scale = next(end for end in SCALES if end >= min(highest, 1.0))
    marks = [(round(WIDTH * part, 2), f"{scale * part:.3g}") for part in (0, 0.5, 1)]
    return Drawing(
        [_bar(name, low, high, scale) for name, low, high in rates],
        [(at, f"{float(text):.1%}".replace(".0%", "%")) for at, text in marks],
    )


def _bar(name: str, low: float | None, high: float | None, scale: float) -> Bar:
    if low is None or high is None:
        return Bar(name, NONE, 0.0, 0.0)
    solid, end = _place(low, scale), _place(high, scale)
    return Bar(name, rate_in_words(low, high), solid, round(end - solid, 2))


def _place(rate: float, scale: float) -> float:
    return round(max(WIDTH * min(rate / scale, 1.0), LEAST), 2) if rate > 0 else 0.0
