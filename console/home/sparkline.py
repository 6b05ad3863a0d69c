"""The points of a small line chart; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 280, 60
# Room for the width of the line.
MARGIN = 2


@dataclass(frozen=True)
class Spark:
    """An SVG's size, and the points of its line and of the area below it."""

    line: str
    area: str
    width: int = WIDTH
    height: int = HEIGHT


def spark_of(values: Sequence[int]) -> Spark:
    """A line through two or more values from 0 up, of which one at least is above 0."""
    step, rise = WIDTH / (len(values) - 1), (HEIGHT - MARGIN) / max(values)
    points = [(n * step, HEIGHT - value * rise) for n, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Spark(line=line, area=f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}")
