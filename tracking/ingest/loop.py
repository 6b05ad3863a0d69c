"""Moves hits from an event log into the database or another log, and survives outages of both.

A batch is acknowledged only once it is durable, so nothing is lost if this process dies, and
recording a batch again changes nothing. Must not depend on a kind of event log.
"""

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar, get_args

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, Error, IntegrityError, OperationalError, connection
from django.utils import timezone

from consent.modes import Dropped
from foundation.backoff import waits
from foundation.errors import Busy
from foundation.metrics import prometheus
from foundation.shutdown import Stop
from tracking import heartbeats
from tracking.counting import campaign_slots, record
from tracking.counting.record import DROP_REASONS, Outcome, note_complete
from tracking.hits import event_log
from tracking.hits.classify import Kind
from tracking.hits.event_log import Batch, EventLog, Hit, Position
from tracking.ingest import spool_progress

BATCH_SIZE = 5000
SMALLEST_BATCH = 100
# Nobody knows yet how fast this machine counts.
FIRST_BATCH = 1000
# Decisions are read when a batch begins: what comes into force meanwhile waits for the next one.
LONGEST_BATCH_SECONDS = 1.0
IDLE_SECONDS = 0.2
STEP_SECONDS = 5.0
NOTE_SECONDS = 5.0
SQLITE_CACHE_KIB = 64 * 1024
# A batch makes some 200,000 objects, which go with it, and hardly a cycle.
OBJECTS_BEFORE_COLLECTING = 50_000
# What the loop may have to wait for.
DATABASE, LOG = "database", "event log"
# Failures of the environment, not of the hits: retrying may succeed.
ELSEWHERE = (Error, Busy, ObjectDoesNotExist, OSError, MemoryError)
# Out of range, truncated, incorrect or too long: mysqlclient raises the same class for these as for
# a lost connection.
MYSQL_DATA_ERRORS = {1264, 1265, 1292, 1366, 1406}

T = TypeVar("T")

log = structlog.get_logger(__name__)

# Figures that begin at 0 show their first rise.
for _kind in Kind:
    prometheus.RECORDED.labels(_kind.name.lower())
    prometheus.SHARED.labels(_kind.name.lower())
for _reason in DROP_REASONS:
    prometheus.DROPPED.labels(_reason)
for _reason in get_args(event_log.Reason):
    prometheus.SET_ASIDE.labels(_reason)


class Stopped(Exception):
    """The loop was told to stop while it waited; the current batch stays in the event log."""


def collect_less_garbage() -> None:
    """For a process that does nothing but this: what was loaded so far is not searched again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTING)


def record_on_time(hits: Sequence[Hit]) -> Outcome:
    """Record hits durably; those whose time is impossible at present are returned."""
    return record_durably(hits, now=timezone.now())


def record_durably(hits: Sequence[Hit], *, now: datetime | None) -> Outcome:
    """Record hits so that a power failure right after the commit loses none of them."""
    if connection.vendor == "sqlite":
        # A file that was replaced meanwhile is noticed when the connection is used next.
        connection.health_check_done = False  # type: ignore[attr-defined]  # the stubs lack it
        # With the usual NORMAL the last commits may be lost, but the event log deletes hits for
        # good.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = FULL")
            # Ids are random: a batch writes all over the indexes, and SQLite keeps 2 MiB of them.
            cursor.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}")
    with prometheus.BATCH_SECONDS.time():
        return record.record(hits, now=now)


@dataclass
class IngestLoop(Generic[Position]):
    """Reads batches from `events`, records and acknowledges them until told to stop.

    `name` identifies it in the logs, `target` is what it records to.
    `prepare` comes before the first batch; what it raises but failures of the target ends the loop.
    `between` takes one bounded step of what is done now and then, and returns whether more is left.
    """

    events: EventLog[Position]
    stop: Stop
    record: Callable[[Sequence[Hit]], Outcome] = record_on_time
    prepare: Callable[[], object] = lambda: None
    between: Callable[..., bool] = campaign_slots.take_step
    note: Callable[..., object] = note_complete
    note_spools: Callable[..., object] = spool_progress.note
    note_set_aside: Callable[..., object] = heartbeats.note_set_aside
    clock: Callable[[], datetime] = timezone.now
    name: str = "ingest"
    target: str = DATABASE
    _next_step: float = field(default=0.0, init=False)
    _next_note: float = field(default=0.0, init=False)
    # What is waited for, and why.
    _waiting_for: dict[str, str] = field(default_factory=dict, init=False)
    _limit: int = field(default=FIRST_BATCH, init=False)

    def run(self, *, once: bool = False) -> None:
        """Run until told to stop or, with `once`, until nothing new is left.

        A batch that was started is finished first, unless the database is down.
        """
        with suppress(Stopped):
            self._patiently(self.target, self.prepare)
            while not self.stop.is_set():
                self._step_if_due()
                before = self.clock()
                batch = self._patiently(LOG, lambda: self.events.read(limit=self._limit))
                if batch is not None:
                    self._store(batch)
                if batch is None or not batch.more:
                    self._note_complete(before)
                if batch is not None:
                    continue
                if once:
                    return
                self.stop.wait(IDLE_SECONDS)

    def _store(self, batch: Batch[Position]) -> None:
        self._patiently(self.target, lambda: self._record(batch.hits))
        self._set_unreadable_aside(batch.bad_lines)
        if batch.notes:
            self._patiently(self.target, lambda: self.note_spools(batch.notes))
        self._patiently(LOG, lambda: self.events.acknowledge(batch))

    def _record(self, hits: Sequence[Hit]) -> None:
        """Record the hits; a refused batch is halved until the bad hit is found."""
        if not hits:
            return
        started = time.monotonic()
        try:
            outcome = self.record(hits)
        except Exception as error:
            if not _blames_the_hits(error):
                raise
            self._narrow_down(hits, error)
        else:
            seconds = time.monotonic() - started
            self._limit = next_limit(self._limit, hits=len(hits), seconds=seconds)
            _count(outcome)
            self._set_out_of_time_aside(outcome)

    def _narrow_down(self, hits: Sequence[Hit], error: Exception) -> None:
        if len(hits) == 1:
            self._set_refused_aside(hits[0], error)
            return
        middle = len(hits) // 2
        self._record(hits[:middle])
        self._record(hits[middle:])

    def _set_refused_aside(self, hit: Hit, error: Exception) -> None:
        self.events.set_aside([event_log.to_line(hit)], reason="refused")
        prometheus.SET_ASIDE.labels("refused").inc()
        self._note_set_aside(1, "refused")
        log.error("hit_refused", event_id=hit.event_id.hex, error=type(error).__name__)

    def _set_out_of_time_aside(self, outcome: Outcome) -> None:
        for reason, hits in outcome.out_of_time.items():
            self.events.set_aside([event_log.to_line(hit) for hit in hits], reason=reason)
            prometheus.SET_ASIDE.labels(reason).inc(len(hits))
            self._note_set_aside(len(hits), reason)
            log.error("hits_out_of_time", reason=reason, hits=len(hits))

    def _set_unreadable_aside(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        try:
            kept = self.events.set_aside(lines, reason="unreadable")
        except OSError:
            # None of them is an acknowledged open: they must not hold up those that are.
            kept = 0
        prometheus.BAD_LINES.inc(len(lines))
        prometheus.SET_ASIDE.labels("unreadable").inc(kept)
        self._note_set_aside(kept, "unreadable")
        log.warning("lines_unreadable", lines=len(lines), kept=kept)

    def _note_set_aside(self, lines: int, reason: event_log.Reason) -> None:
        """Counted for the admin's home; the lines themselves are already kept."""
        if not lines:
            return
        try:
            self.note_set_aside(lines, reason=reason, now=self.clock())
        except ELSEWHERE as error:
            log.warning("set_aside_not_counted", error=type(error).__name__)

    def _note_complete(self, moment: datetime) -> None:
        """Record periodically that everything before this moment has been recorded."""
        if time.monotonic() >= self._next_note:
            self._patiently(self.target, lambda: self.note(moment=moment))
            self._next_note = time.monotonic() + NOTE_SECONDS

    def _step_if_due(self) -> None:
        """One step between two batches, so that a large campaign blocks nobody."""
        if time.monotonic() < self._next_step:
            return
        self._next_step = time.monotonic() + STEP_SECONDS
        try:
            if self.between(now=self.clock()):
                self._next_step = 0.0
        except ELSEWHERE as error:
            self._begin_waiting(self.target, error)
        except Exception:
            # Hits must still be recorded, whatever is wrong with a campaign.
            log.exception("step_failed")
        else:
            self._end_waiting(self.target)

    def _patiently(self, needed: str, operation: Callable[[], T]) -> T:
        """Retry while the environment fails; raises Stopped when told to stop."""
        for wait in waits():
            try:
                result = operation()
            except ELSEWHERE as error:
                self._begin_waiting(needed, error)
                if self.stop.wait(wait):
                    raise Stopped from error
            else:
                self._end_waiting(needed)
                return result
        raise AssertionError("waiting never ends")

    def _begin_waiting(self, needed: str, error: Exception) -> None:
        with suppress(Error):
            connection.close()
        name, detail = type(error).__name__, str(error)[:200]
        if needed not in self._waiting_for:
            prometheus.OUTAGES.inc()
        if self._waiting_for.get(needed) != name:
            self._waiting_for[needed] = name
            log.error(f"{self.name}_waiting", needed=needed, error=name, detail=detail)

    def _end_waiting(self, needed: str) -> None:
        if self._waiting_for.pop(needed, None) is not None:
            log.warning(f"{self.name}_resumed", needed=needed)


def next_limit(limit: int, *, hits: int, seconds: float) -> int:
    """How many hits the next batch may have after one that took so long to record."""
    if seconds > LONGEST_BATCH_SECONDS:
        return max(SMALLEST_BATCH, limit // 2)
    has_room = hits >= limit and seconds < LONGEST_BATCH_SECONDS / 4
    return min(BATCH_SIZE, 2 * limit) if has_room else limit


def _blames_the_hits(error: Exception) -> bool:
    """Whether the same hits would fail again on a healthy database."""
    if isinstance(error, OperationalError):
        return bool(error.args) and error.args[0] in MYSQL_DATA_ERRORS
    return isinstance(error, DataError | IntegrityError) or not isinstance(error, ELSEWHERE)


def _count(outcome: Outcome) -> None:
    for kind, hits in outcome.recorded_by_kind.items():
        prometheus.RECORDED.labels(kind.name.lower()).inc(hits)
    for kind, hits in outcome.shared_by_kind.items():
        prometheus.SHARED.labels(kind.name.lower()).inc(hits)
    for reason, hits in outcome.dropped.items():
        prometheus.DROPPED.labels(reason).inc(hits)
    not_kept = {why.value: hits for why in Dropped if (hits := outcome.dropped[why])}
    if not_kept:
        log.info("hits_without_consent", **not_kept)
