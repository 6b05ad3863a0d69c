"""Records and reads heartbeats of the processes and the state of the spool's disk."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from itertools import pairwise

import structlog
from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import BigIntegerField, CharField, DateTimeField, F, Value
from django.utils import timezone

from foundation.metrics import prometheus
from foundation.metrics.disk import room_of
from foundation.metrics.disk_forecast import Sample, reserve_of, time_left
from tracking.door.unrecorded import read_tally
from tracking.heartbeat_models import DiskSample, ProcessSeen, SetAside

BEAT_SECONDS = 30
RATE_OF = timedelta(hours=1)
KEPT = timedelta(days=1)
# Stored as processes: when the newest complete backup was made, and when the next is due.
BACKUP_MADE, BACKUP_DUE = "backup made", "backup due"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Spool:
    """The spool's disk at `at`, in bytes, and how many opens were lost in the last day.

    `left` is how long it lasts at the rate of the last hour, None if it is not filling up.
    """

    at: datetime
    free: int
    total: int
    left: timedelta | None
    lost: int

    @property
    def is_low(self) -> bool:
        return self.free < reserve_of(self.total)


class _Of(IntEnum):
    """What a row is of."""

    DISK = 0
    PROCESS = 1
    SET_ASIDE = 2


@dataclass(frozen=True)
class Upkeep:
    """When each kind of process was last seen, the spool's disk (None without a sample in the last
    hour), and how many lines were set aside, by reason.
    """

    seen: Mapping[str, datetime]
    spool: Spool | None
    set_aside: Mapping[str, int]


def note_seen(name: str, *, now: datetime) -> None:
    """Record that a kind of process is at work."""
    ProcessSeen.objects.update_or_create(name=name, defaults={"seen_at": now})


def begin_backups(*, due: datetime) -> None:
    """Record when the first scheduled backup is due, unless there was one before."""
    ProcessSeen.objects.get_or_create(name=BACKUP_DUE, defaults={"seen_at": due})


def note_backup(*, began: datetime, ended: datetime, interval: timedelta | None) -> None:
    """Record a complete backup; the next starts after `interval` and takes as long as this one.

    None says nothing about the next one, and 0 that there are no more scheduled backups.
    """
    note_seen(BACKUP_MADE, now=began)
    if interval:
        note_seen(BACKUP_DUE, now=ended + interval + (ended - began))
    elif interval is not None:
        ProcessSeen.objects.filter(name=BACKUP_DUE).delete()


def last_seen() -> dict[str, datetime]:
    """When each kind of process was last seen."""
    return dict(ProcessSeen.objects.values_list("name", "seen_at"))


@contextmanager
def beating(name: str) -> Iterator[None]:
    """Record a heartbeat periodically; the database may be down meanwhile."""
    end = threading.Event()
    threading.Thread(target=_go_on_beating, args=(name, end), name="beat", daemon=True).start()
    try:
        yield
    finally:
        end.set()


def _go_on_beating(name: str, end: threading.Event) -> None:
    while not end.is_set():
        try:
            note_seen(name, now=timezone.now())
        except Error as error:
            log.warning("heartbeat_not_stored", error=type(error).__name__)
        finally:
            connection.close()
        end.wait(BEAT_SECONDS)


def sample_disk(*, now: datetime) -> None:
    """Record the free space on the spool's disk and the opens lost so far; delete old samples."""
    room = room_of(settings.SPOOL_DIR)
    lost = (
        int(prometheus.counted("pixel_unwritten_total")) + read_tally(settings.PIXEL_ANSWERS).lost
    )
    DiskSample.objects.create(at=now, free=room.free, total=room.total, lost=lost)
    DiskSample.objects.filter(at__lt=now - KEPT).delete()


def read_upkeep(*, now: datetime, set_aside: timedelta) -> Upkeep:
    """What there is now, and the lines that were set aside within a time; in one query."""
    none = Value(0, BigIntegerField())
    samples = (
        DiskSample.objects.filter(at__gte=now - KEPT)
        .order_by()
        .values_list(Value(_Of.DISK), Value("", CharField()), "at", "free", "total", "lost")
    )
    seen = ProcessSeen.objects.order_by().values_list(
        Value(_Of.PROCESS), "name", "seen_at", none, none, none
    )
    lines = (
        SetAside.objects.filter(day__gte=(now - set_aside).date())
        .order_by()
        .values_list(
            Value(_Of.SET_ASIDE), "reason", Value(None, DateTimeField()), "lines", none, none
        )
    )
    rows = list(samples.union(seen, lines, all=True))
    by_reason: Counter[str] = Counter()
    for of, reason, _, amount, *_ in rows:
        if of == _Of.SET_ASIDE:
            by_reason[reason] += amount
    return Upkeep(
        seen={name: at for of, name, at, *_ in rows if of == _Of.PROCESS},
        spool=_spool_of(sorted(row[2:] for row in rows if row[0] == _Of.DISK), now=now),
        set_aside=dict(by_reason),
    )


def _spool_of(found: list[tuple[datetime, int, int, int]], *, now: datetime) -> Spool | None:
    """None without a sample in the last hour."""
    if not found or found[-1][0] < now - RATE_OF:
        return None
    at, free, total, _ = found[-1]
    lately = [Sample(row[0], row[1]) for row in found if row[0] >= at - RATE_OF]
    return Spool(at, free, total, time_left(lately), _rise([row[3] for row in found]))


def _rise(counts: list[int]) -> int:
    """The increase of a counter that restarts at 0 when the machine restarts."""
    return sum(after - before if after >= before else after for before, after in pairwise(counts))


def note_set_aside(lines: int, *, reason: str, now: datetime) -> None:
    day = now.date()
    with transaction.atomic():
        SetAside.objects.get_or_create(day=day, reason=reason, defaults={"lines": 0})
        SetAside.objects.filter(day=day, reason=reason).update(lines=F("lines") + lines)
