"""When a disk will be full: pure, it knows neither clock nor disk."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

GIB = 1024**3
# Less says nothing of a rate: a log may just have been rotated.
SHORTEST_WATCH = timedelta(minutes=10)


class Sample(NamedTuple):
    """How many bytes were free at a moment."""

    at: datetime
    free: int


def reserve_of(total: int) -> int:
    """The bytes that are to stay free: a tenth of the disk, and of a large one 2 GiB.

    2 GiB are some seven million opens: time enough to make room.
    """
    return min(total // 10, 2 * GIB)


def time_left(samples: Sequence[Sample]) -> timedelta | None:
    """How long until nothing is free, at the rate of these samples, counted from the last one.

    The rate is the slope of the line through them (least squares, as Prometheus's predict_linear).
    None where it does not fill, or where they are of less than SHORTEST_WATCH.
    """
    if len(samples) < 2 or samples[-1].at - samples[0].at < SHORTEST_WATCH:
        return None
    seconds = [(sample.at - samples[0].at).total_seconds() for sample in samples]
    middle = sum(seconds) / len(seconds)
    mean = sum(sample.free for sample in samples) / len(samples)
    spread = sum((s - middle) ** 2 for s in seconds)
    pairs = zip(seconds, samples, strict=True)
    rate = sum((s - middle) * (sample.free - mean) for s, sample in pairs) / spread
    if rate >= 0:
        return None
    return _bounded(samples[-1].free / -rate)


def in_words(left: timedelta) -> str:
    """Such as "12 hours"; what is less than two of a unit is told in the next smaller."""
    hours = left / timedelta(hours=1)
    for size, unit in ((24, "days"), (1, "hours")):
        if hours >= 2 * size:
            return f"{int(hours / size)} {unit}"
    minutes = int(hours * 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _bounded(seconds: float) -> timedelta | None:
    """None where it is so far away that it says nothing."""
    longest = timedelta(days=3650)
    return timedelta(seconds=seconds) if seconds < longest.total_seconds() else None
