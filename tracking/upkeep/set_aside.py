"""Records hits that were set aside because of their time, once the clock was corrected.

They are recorded as usual, by event id, so a hit that was recorded meanwhile or is read twice
counts once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from tracking.hits.event_log import EARLIEST, EPOCH, LATEST, BadRecord, Hit, parse
from tracking.ingest import loop as ingest_loop

BATCH = 5_000
NO_SHIFT = timedelta()
BOUNDS = [EPOCH + timedelta(seconds=seconds) for seconds in (EARLIEST, LATEST)]


@dataclass
class Taken:
    """The result of some lines: hits recorded, dropped by reason, and out of time by reason.

    `unreadable` are lines that are no hit, or whose shifted time is out of bounds.
    """

    recorded: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    out_of_time: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0

    @property
    def settled(self) -> bool:
        """Whether none of the lines is needed any more."""
        return not self.out_of_time and not self.unreadable


def record_lines(
    lines: Iterable[bytes], *, now: datetime | None, shift: timedelta = NO_SHIFT
) -> Taken:
    """Record the hits of lines, all times moved by `shift`.

    Those out of time as of `now` stay set aside; with None every time is accepted.
    """
    taken = Taken()
    hits = _hits(lines, shift, taken)
    while batch := list(islice(hits, BATCH)):
        outcome = ingest_loop.record_durably(batch, now=now)
        taken.recorded += outcome.recorded
        taken.dropped.update(outcome.dropped)
        taken.out_of_time.update({why: len(of) for why, of in outcome.out_of_time.items()})
    return taken


def _hits(lines: Iterable[bytes], shift: timedelta, taken: Taken) -> Iterator[Hit]:
    for line in filter(None, map(bytes.strip, lines)):
        try:
            hit = parse(line)
        except BadRecord:
            hit = None
        if hit is None or not BOUNDS[0] <= hit.at + shift <= BOUNDS[1]:
            taken.unreadable += 1
        else:
            yield replace(hit, at=hit.at + shift)
