"""A chart as the server draws it in SVG: lines on one scale, with the marks of both axes; pure.

Lines are paths in a box of WIDTH by 100 that is stretched to its place, so they keep to any width.
Marks across are percentages of the width; those up are pixels, as the height stays.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 1000
# The pixels above the drawing, of it, and below for the marks.
ABOVE, HEIGHT, BELOW = 18, 190, 24
COLOURS = 8
# Dashes, dots, both, long ones: lines can be told apart where colours can't, as on paper.
DASHES = ("", "9 5", "2 4", "9 4 2 4", "18 5", "5 3", "9 4 2 4 2 4", "18 5 2 5")
# More steps than this are so narrow that the last one's mark stands at the edge.
WIDE_STEPS = 6
# Of the height: a bar above 0 is never drawn as nothing. Of a step's width: what parts bars.
LEAST, GAP = 0.01, 0.15
# Where a scale of shares may end.
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
PARTS_UP = (0, 0.5, 1)


@dataclass(frozen=True)
class Line:
    """One group's; `number` is its place among all groups, which gives it its colour and dashes."""

    name: str
    number: int
    path: str

    @property
    def colour(self) -> int:
        return self.number % COLOURS

    @property
    def dash(self) -> str:
        """Another with each line, and with a colour's next one."""
        return DASHES[(self.number + self.number // COLOURS) % len(DASHES)]


@dataclass(frozen=True)
class Mark:
    """A text at a place of an axis; `anchor` is the side of it that stands there."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Dot:
    """Where a line has come to: a percentage of the width, and pixels from above."""

    colour: int
    at: float
    up: float


@dataclass(frozen=True)
class Plot:
    """Lines, or bars as one path, and the marks up and across."""

    lines: Sequence[Line]
    up: Sequence[Mark]
    across: Sequence[Mark]
    bars: str = ""
    dots: Sequence[Dot] = ()
    width: int = WIDTH
    above: int = ABOVE
    height: int = HEIGHT
    total: int = ABOVE + HEIGHT + BELOW


def share_scale(highest: float) -> float:
    return next((end for end in SHARES if end >= highest), SHARES[-1])


def count_scale(highest: int) -> int:
    """The next even number of 2, 4, 6, 10 and so on whose half is a whole number, too."""
    power = 1
    while True:
        for first in (2, 4, 6, 10):
            if first * power >= highest:
                return first * power
        power *= 10


def marks_up(texts: Iterable[str]) -> list[Mark]:
    """Of the scale's begin, its middle and its end."""
    return [
        Mark(ABOVE + HEIGHT * (1 - part), text) for part, text in zip(PARTS_UP, texts, strict=True)
    ]


def marks_across(places: Sequence[tuple[float, str]]) -> list[Mark]:
    """Of (part of the width, text); those at the ends stay inside."""
    anchors = {0.0: "start", 1.0: "end"}
    return [Mark(round(100 * at, 2), text, anchors.get(at, "middle")) for at, text in places]


def step_places(number: int) -> dict[int, float]:
    """Which of so many steps are marked, and where: three have room on a phone."""
    places = {0: 0.0, number // 2: number // 2 / number}
    # A mark in the middle of its place would run over the edge where steps are narrow.
    places[number - 1] = (number - 1) / number if number <= WIDE_STEPS else 1.0
    return places


def dot(line: Line, *, at: float, height: float) -> Dot:
    return Dot(line.colour, round(100 * at, 2), round(ABOVE + HEIGHT * (1 - height), 1))


def straight(points: Iterable[tuple[float, float]]) -> str:
    """A path from point to point; both numbers are parts of the box, from below."""
    return "M" + "L".join(f"{_x(x)} {_y(y)}" for x, y in points)


def stepped(heights: Sequence[float]) -> str:
    """A path of steps as wide as each other: what is counted in a step has no slope."""
    width = 1 / len(heights)
    moves = [f"M0 {_y(heights[0])}"]
    for n, (height, following) in enumerate(pairwise(heights), start=1):
        if height != following:
            moves.append(f"H{_x(n * width)}V{_y(following)}")
    return "".join([*moves, f"H{WIDTH}"])


def barred(heights: Sequence[float]) -> str:
    """A path of a bar for each step, none for what is 0."""
    width = 1 / len(heights)
    ends = [((n + GAP / 2) * width, (n + 1 - GAP / 2) * width) for n in range(len(heights))]
    return "".join(
        f"M{_x(left)} 100V{_y(max(height, LEAST))}H{_x(right)}V100Z"
        for (left, right), height in zip(ends, heights, strict=True)
        if height
    )


def _x(part: float) -> str:
    return f"{WIDTH * part:.1f}".removesuffix(".0")


def _y(part: float) -> str:
    return f"{100 * (1 - part):.1f}".removesuffix(".0")
