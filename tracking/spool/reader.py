"""Reads the spool folder as an event log: finished segments, and active ones as they grow.

A segment is removed only once it was read to its end, its batch was acknowledged and nobody writes
to it any more: unlinking an active one would lose hits silently. Offsets are kept in memory; after
a restart segments are read again, which changes nothing.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import structlog

from foundation.shutdown import Stop
from tracking.hits.event_log import MAX_LINE_BYTES, BadRecord, Batch, Hit, Reason, parse
from tracking.spool import rejected
from tracking.spool.writer import NEW_SUFFIX, SEGMENT_SUFFIX

LOCK_NAME = ".reader.lock"
REJECTED = "rejected"
READ_BYTES = 4 * 1024 * 1024
TURN_CHECK_SECONDS = 0.5
# nginx holds no lock: its file of one minute is finished three minutes after that minute, and its
# last write may be as old as the minute's first second.
NGINX_PREFIX = "nginx-"
NGINX_QUIET_SECONDS = 240
# A writer that died between creating a segment and locking it left nothing in it.
ORPHAN_SECONDS = 60

log = structlog.get_logger(__name__)


class Mark(NamedTuple):
    """The position in a file; a name may be reused for another file."""

    inode: int
    offset: int


# By the names of segments.
Marks = dict[str, Mark]


class Lines(NamedTuple):
    """The lines of a piece of a segment, and how many of its bytes they used.

    `more` tells whether the segment may continue after the piece.
    """

    hits: list[Hit]
    bad: list[bytes]
    consumed: int
    more: bool = False


class SpoolReader:
    """The event log (`tracking.hits.event_log.EventLog`) in a spool folder."""

    def __init__(
        self, folder: Path, *, before_removal: Callable[[Path], object] = lambda _: None
    ) -> None:
        self._folder = folder
        self._before_removal = before_removal
        self._acknowledged: Marks = {}
        self._turn: int | None = None

    def wait_for_turn(self, stop: Stop) -> bool:
        """Wait until no other reader reads this spool; False if `stop` was set first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        turn = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o640)
        waiting = False
        while not _locked(turn):
            if not waiting:
                log.warning("spool_reader_waiting", reason="another process reads this spool")
                waiting = True
            if stop.wait(TURN_CHECK_SECONDS):
                os.close(turn)
                return False
        self._turn = turn
        return True

    def read(self, *, limit: int) -> Batch[Marks] | None:
        while (batch := self._next(limit)) is not None:
            if batch.hits or batch.bad_lines:
                return batch
            self.acknowledge(batch)
        return None

    def acknowledge(self, batch: Batch[Marks]) -> None:
        self._acknowledged.update(batch.position)
        for name in batch.position:
            self._remove_if_finished(self._folder / name)

    def set_aside(self, lines: Iterable[bytes], *, reason: Reason) -> int:
        return rejected.keep(lines, folder=self._folder / REJECTED, reason=reason)

    def close(self) -> None:
        if self._turn is not None:
            os.close(self._turn)
            self._turn = None

    def _next(self, limit: int) -> Batch[Marks] | None:
        """The new lines, oldest segments first; None if there are none."""
        hits: list[Hit] = []
        bad: list[bytes] = []
        marks: Marks = {}
        more = False
        for path in self._segments():
            lines, mark = self._read_segment(path, limit - len(hits) - len(bad))
            more = more or lines.more
            if lines.consumed:
                marks[path.name] = mark
                hits += lines.hits
                bad += lines.bad
            if len(hits) + len(bad) >= limit:
                more = True
                break
        return Batch(tuple(hits), tuple(bad), marks, more) if marks else None

    def _segments(self) -> list[Path]:
        found = []
        try:
            entries = list(os.scandir(self._folder))
        except FileNotFoundError:
            return []
        for entry in entries:
            path = Path(entry.path)
            with suppress(FileNotFoundError):
                if entry.name.endswith(NEW_SUFFIX):
                    _remove_orphan(path)
                elif entry.name.endswith(SEGMENT_SUFFIX) and entry.is_file():
                    found.append((entry.stat().st_mtime_ns, path))
        present = {path.name for _, path in found}
        self._acknowledged = {n: m for n, m in self._acknowledged.items() if n in present}
        return [path for _, path in sorted(found)]

    def _read_segment(self, path: Path, room: int) -> tuple[Lines, Mark]:
        try:
            with path.open("rb") as file:
                start = self._start(path.name, os.fstat(file.fileno()))
                file.seek(start.offset)
                data = file.read(READ_BYTES)
                lines = take(data, limit=room)
                whole = len(lines.hits) + len(lines.bad) < room and len(data) < READ_BYTES
                if whole and _is_finished(file, path.name, size=start.offset + len(data)):
                    lines = _take_torn_tail(lines, data)
        except FileNotFoundError:
            return Lines([], [], 0), Mark(0, 0)
        if not data:
            self._remove_if_finished(path)
        lines = lines._replace(more=len(data) == READ_BYTES)
        return lines, Mark(start.inode, start.offset + lines.consumed)

    def _start(self, name: str, file: os.stat_result) -> Mark:
        mark = self._acknowledged.get(name)
        if mark is None or mark.inode != file.st_ino or mark.offset > file.st_size:
            return Mark(file.st_ino, 0)
        return mark

    def _remove_if_finished(self, path: Path) -> None:
        """Remove a segment of which everything was acknowledged."""
        with suppress(FileNotFoundError), path.open("rb") as file:
            mark = self._start(path.name, os.fstat(file.fileno()))
            # The lock that proves that it is finished is held until the file is deleted.
            if _is_finished(file, path.name, size=mark.offset):
                self._before_removal(path)
                path.unlink()


def take(data: bytes, *, limit: int) -> Lines:
    """The complete lines at the start of a piece of a segment.

    A last line without a newline is complete if it is a whole JSON object.
    """
    hits: list[Hit] = []
    bad: list[bytes] = []
    start = 0
    while start < len(data) and len(hits) + len(bad) < limit:
        end = data.find(b"\n", start)
        line = data[start : end if end >= 0 else None]
        if end < 0 and len(line) <= MAX_LINE_BYTES and not _is_object(line):
            break
        start += len(line) + (end >= 0)
        if line.strip():
            _sort(line, hits, bad)
    return Lines(hits, bad, start)


def _sort(line: bytes, hits: list[Hit], bad: list[bytes]) -> None:
    try:
        hit = parse(line)
    except BadRecord:
        bad.append(line[:MAX_LINE_BYTES])
    else:
        if hit is not None:
            hits.append(hit)


def _is_object(line: bytes) -> bool:
    """No proper prefix of a JSON object is one."""
    if not line.startswith(b"{") or not line.rstrip().endswith(b"}"):
        return False
    try:
        json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return True


def _take_torn_tail(lines: Lines, data: bytes) -> Lines:
    tail = data[lines.consumed :]
    return Lines(lines.hits, [*lines.bad, tail] if tail.strip() else lines.bad, len(data))


def _is_finished(file: BinaryIO, name: str, *, size: int) -> bool:
    """Whether nobody writes to a segment any more and it ends at `size`.

    The size is only final once the lock is acquired: until then its writer may have appended.
    """
    if name.startswith(NGINX_PREFIX):
        gone = time.time() - os.fstat(file.fileno()).st_mtime > NGINX_QUIET_SECONDS
    else:
        gone = _locked(file.fileno())
    return gone and os.fstat(file.fileno()).st_size == size


def _locked(descriptor: int) -> bool:
    """Whether the lock was acquired; it is held until the descriptor is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_orphan(path: Path) -> None:
    with path.open("rb") as file:
        old = time.time() - os.fstat(file.fileno()).st_mtime > ORPHAN_SECONDS
        if old and _locked(file.fileno()):
            path.unlink()
