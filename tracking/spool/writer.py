"""Appends records to segments of JSON lines in the spool folder.

Must not import Django, and must not use a database: storing an open depends on this module alone. A
segment is locked (flock) while its writer lives; `tracking.spool.reader` reads them.
"""

import fcntl
import os
import secrets
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

SEGMENT_SUFFIX = ".jsonl"
# A segment without a lock yet: readers ignore it.
NEW_SUFFIX = ".new"
MAX_SEGMENT_BYTES = 16 * 1024 * 1024
MAX_SEGMENT_SECONDS = 60.0
IDLE_CHECK_SECONDS = 5.0
# Checking before every write would cost as much as the write.
REMOVED_CHECK_SECONDS = 0.02


class _Segment:
    """One file of the spool, locked from before readers can see it until it is closed."""

    def __init__(self, folder: Path) -> None:
        name = secrets.token_hex(16)
        self.path = folder / f"{name}{SEGMENT_SUFFIX}"
        self.opened_at = self._looked_at = time.monotonic()
        self.size = 0
        self.unsynced = False
        self._entry_synced = False
        new = folder / f".{name}{NEW_SUFFIX}"
        folder.mkdir(parents=True, exist_ok=True)
        self.fd = os.open(new, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            new.rename(self.path)
        except OSError:
            os.close(self.fd)
            new.unlink(missing_ok=True)
            raise

    def append(self, line: bytes) -> bool:
        """Whether the whole line was written."""
        if os.write(self.fd, line) != len(line):
            return False
        self.size += len(line)
        self.unsynced = True
        return True

    def was_removed(self, now: float) -> bool:
        """Whether somebody removed the file, as of at most REMOVED_CHECK_SECONDS ago."""
        if now - self._looked_at < REMOVED_CHECK_SECONDS:
            return False
        self._looked_at = now
        return os.fstat(self.fd).st_nlink == 0

    def sync(self) -> None:
        if not self.unsynced:
            return
        # Cleared first: a line appended meanwhile sets it again.
        self.unsynced = False
        os.fdatasync(self.fd)
        if not self._entry_synced:
            self._sync_entry()

    def _sync_entry(self) -> None:
        """Without this a power failure may lose the file's directory entry."""
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._entry_synced = True

    def discard_if_empty(self) -> None:
        """Remove the file if not one complete line was written (a full disk)."""
        if not self.size:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Release the lock; from here on a reader may finish and remove the segment."""
        os.close(self.fd)


class SpoolWriter:
    """Appends records for one process; safe for threads and across fork.

    `fsync_ms` limits what a power failure may lose; with 0 every record is on disk before `append`
    returns. Segments end at `max_bytes` or when `max_age` seconds old.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fsync_ms: int,
        max_bytes: int = MAX_SEGMENT_BYTES,
        max_age: float = MAX_SEGMENT_SECONDS,
    ) -> None:
        self._folder = folder
        self._fsync_ms = fsync_ms
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._start_afresh()
        _writers.add(self)

    def _start_afresh(self) -> None:
        self._lock = threading.Lock()
        self._segment: _Segment | None = None
        self._retired: list[_Segment] = []
        self._closing = threading.Event()
        self._work = threading.Event()
        self._syncer: threading.Thread | None = None

    def append(self, record: bytes) -> bool:
        """Whether the record is stored; a failed write is retried once on a new segment."""
        # The newline comes first so that a torn record spoils only itself.
        line = b"\n" + record
        with self._lock:
            return self._try_append(line) or self._try_append(line)

    def _try_append(self, line: bytes) -> bool:
        try:
            segment = self._segment_to_write()
            kept = segment.append(line)
            if kept and not self._fsync_ms:
                segment.sync()
        except (OSError, RuntimeError):  # the latter where no thread can be started to sync it
            kept = False
        if not kept:
            self._retire()
        elif self._fsync_ms and not self._work.is_set():
            self._work.set()
        return kept

    def _segment_to_write(self) -> _Segment:
        self._retire_if_due()
        if self._segment is None:
            self._ensure_syncer()
            self._segment = _Segment(self._folder)
        return self._segment

    def _retire_if_due(self) -> None:
        segment = self._segment
        if segment is None:
            return
        now = time.monotonic()
        full = segment.size >= self._max_bytes
        if full or now - segment.opened_at >= self._max_age or segment.was_removed(now):
            self._retire()

    def _retire(self) -> None:
        """Stop writing to the current segment; the caller holds the lock."""
        segment, self._segment = self._segment, None
        if segment is None:
            return
        segment.discard_if_empty()
        if self._fsync_ms:
            # The syncing thread may be using the descriptor: only that thread closes segments.
            self._retired.append(segment)
            self._work.set()
        else:
            segment.close()

    def _ensure_syncer(self) -> None:
        if self._fsync_ms and self._syncer is None:
            self._syncer = threading.Thread(
                target=self._keep_syncing, name="spool-sync", daemon=True
            )
            self._syncer.start()

    def _keep_syncing(self) -> None:
        # Half the promised time, which leaves the other half to the disk.
        pause = self._fsync_ms / 2000
        while not self._closing.is_set():
            if self._work.wait(IDLE_CHECK_SECONDS):
                self._closing.wait(pause)
            self._sync_round()

    def _sync_round(self) -> None:
        self._work.clear()
        with self._lock:
            self._retire_if_due()
            current, retired, self._retired = self._segment, self._retired, []
        for segment in retired:
            with suppress(OSError):
                segment.sync()
            segment.close()
        if current is not None:
            self._sync_current(current)

    def _sync_current(self, segment: _Segment) -> None:
        try:
            segment.sync()
        except OSError:
            with self._lock:
                if self._segment is segment:
                    self._retire()

    def close(self) -> None:
        """Sync and release everything; a later `append` starts a new segment."""
        with self._lock:
            self._retire()
            syncer = self._syncer
            self._closing.set()
            self._work.set()
        if syncer is not None:
            syncer.join()
            self._sync_round()
        self._start_afresh()

    def forget_inherited(self) -> None:
        """In a forked child: the segments, threads and locks belong to the parent."""
        for segment in [self._segment, *self._retired]:
            if segment is not None:
                segment.close()
        self._start_afresh()


_writers: "weakref.WeakSet[SpoolWriter]" = weakref.WeakSet()


def _forget_inherited() -> None:
    for writer in list(_writers):
        writer.forget_inherited()


os.register_at_fork(after_in_child=_forget_inherited)
