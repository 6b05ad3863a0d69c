"""Delays between retries."""

import random
from collections.abc import Iterator

SHORTEST_WAIT, LONGEST_WAIT = 0.1, 5.0


def waits() -> Iterator[float]:
    """Seconds to wait after each failure: growing, with jitter."""
    longest = SHORTEST_WAIT
    while True:
        yield random.uniform(longest / 2, longest)  # noqa: S311 - no secret
        longest = min(2 * longest, LONGEST_WAIT)
