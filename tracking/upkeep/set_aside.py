"""Records hits that were set aside because of their time, and removes what may not be kept.

They are recorded as usual, by event id, so a hit that was recorded meanwhile or is read twice
counts once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

import structlog

from consent.models import ConsentState
from consent.queries import unmeasured_now
from tracking.hits.event_log import EARLIEST, EPOCH, LATEST, BadRecord, Hit, parse
from tracking.ingest import loop as ingest_loop
from tracking.models import Pixel
from tracking.spool import rejected

BATCH = 5_000
NO_SHIFT = timedelta()
# The files may be large, and decisions many.
APART = timedelta(minutes=1)
# Also in lines that are no hit.
IDS = re.compile(rb"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
BOUNDS = [EPOCH + timedelta(seconds=seconds) for seconds in (EARLIEST, LATEST)]


log = structlog.get_logger(__name__)


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
            yield hit._replace(at=hit.at + shift)


@dataclass
class Cleaning:
    """Removes lines of a folder that are old, or of somebody who may not be measured any more.

    It looks at each file again after decisions and erasures, at most once a minute, and every day.
    Only who reads the spool may do it, since nobody else appends.
    """

    folder: Path
    _done: tuple[int, date] | None = field(default=None, init=False)
    _next: datetime | None = field(default=None, init=False)

    def take_step(self, *, now: datetime) -> None:
        if self._next and self._next - APART <= now < self._next:
            return
        decisions = ConsentState.objects.values_list("number", flat=True).filter(id=1).first() or 0
        if self._done == (decisions, now.date()):
            return
        try:
            old = rejected.remove_old(self.folder, now=now)
            unkept = rejected.leave_out(self.folder, are_unkept)
        except OSError as error:
            # Tried again with the next step, which has other work too.
            log.warning("set_aside_not_removed", error=type(error).__name__)
            return
        self._done, self._next = (decisions, now.date()), now + APART
        if old or unkept:
            log.info("set_aside_removed", files=old, lines=unkept)


def are_unkept(lines: Sequence[bytes]) -> list[bool]:
    """Which of the lines name a pixel of somebody who may not be measured now, or was erased."""
    named = [{UUID(found.decode()) for found in IDS.findall(line)} for line in lines]
    columns = ("uuid", "contact_id", "contact__erased_at", "contact__forgotten_at")
    pixels = list(Pixel.objects.filter(uuid__in=set().union(*named)).values_list(*columns))
    unmeasured = unmeasured_now({contact_id for _, contact_id, *_ in pixels})
    gone = {
        pixel
        for pixel, contact_id, erased_at, forgotten_at in pixels
        if contact_id in unmeasured or erased_at or forgotten_at
    }
    return [not gone.isdisjoint(ids) for ids in named]
