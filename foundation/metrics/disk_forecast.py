"""Predicts when a disk will be full; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

GIB = 1024**3
# A shorter span says nothing about the rate: a log may just have been rotated.
SHORTEST_WATCH = timedelta(minutes=10)


class Sample(NamedTuple):
    """Free bytes at a moment."""

    at: datetime
    free: int


def reserve_of(total: int) -> int:
    """The bytes to keep free: a tenth of the disk, at most 2 GiB.

    2 GiB hold about seven million opens, which leaves time to make room.
    """
    return min(total // 10, 2 * GIB)


def time_left(samples: Sequence[Sample]) -> timedelta | None:
    """The time until the disk is full at the rate of these samples, from the last one on.

    The rate is the slope of a least-squares line, as in Prometheus's predict_linear. None if the
    disk is not filling up, or the samples cover less than SHORTEST_WATCH.
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
    """A duration such as "12 hours"; less than two of a unit is given in the next smaller one."""
    hours = left / timedelta(hours=1)
    for size, unit in ((24, "days"), (1, "hours")):
        if hours >= 2 * size:
            return f"{int(hours / size)} {unit}"
    minutes = int(hours * 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _bounded(seconds: float) -> timedelta | None:
    """None if it is too far away to be meaningful."""
    longest = timedelta(days=3650)
    return timedelta(seconds=seconds) if seconds < longest.total_seconds() else None
