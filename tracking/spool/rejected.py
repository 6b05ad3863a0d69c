"""Files of lines that ingest could not record, for inspection.

They are written like segments: once the cause is fixed, a file of refused records can be moved back
into the spool.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice, takewhile
from pathlib import Path

from tracking.hits.event_log import Reason

DAY = "YYYY-MM-DD"
# A line may still be on its way into the previous day's file.
SLOW_WRITE = timedelta(minutes=1)
MAX_UNREADABLE_BYTES = 64 * 1024 * 1024
# Long enough to find out what was wrong.
KEPT = timedelta(days=7)
LINES_AT_ONCE = 5_000
# Of a file that was being written anew when its process was killed.
UNFINISHED = ".new"


def keep(lines: Iterable[bytes], *, folder: Path, reason: Reason) -> int:
    """The number of lines kept, on disk when this returns.

    All acknowledged opens are kept; unreadable lines only up to MAX_UNREADABLE_BYTES altogether.
    Raises OSError if the disk does not accept them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = [b"\n" + line for line in lines]
    if reason == "unreadable":
        room = MAX_UNREADABLE_BYTES - sum(f.stat().st_size for f in folder.glob("unreadable-*"))
        fitting = takewhile(lambda used: used <= room, accumulate(len(text) for text in texts))
        texts = texts[: len(list(fitting))]
    if texts:
        _append(folder / f"{reason}-{datetime.now(UTC):%Y-%m-%d}.jsonl", b"".join(texts))
    return len(texts)


def files(folder: Path, *, reasons: Iterable[Reason]) -> list[Path]:
    """The files for these reasons, the oldest first."""
    found = [path for reason in reasons for path in folder.glob(f"{reason}-*.jsonl")]
    return sorted(found, key=lambda path: (path.stem[-len(DAY) :], path.name))


def is_closed(path: Path, *, now: datetime) -> bool:
    """Whether a file is complete: each is of one day (UTC)."""
    return path.stem[-len(DAY) :] < f"{now - SLOW_WRITE:%Y-%m-%d}"


def remove_old(folder: Path, *, now: datetime) -> list[str]:
    """Remove the files of days longer ago than KEPT, and unfinished ones; names of the former."""
    for path in folder.glob(f"*{UNFINISHED}"):
        path.unlink(missing_ok=True)
    old = [
        path for path in folder.glob("*.jsonl") if path.stem[-len(DAY) :] < f"{now - KEPT:%Y-%m-%d}"
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return [path.name for path in old]


def leave_out(folder: Path, is_unkept: Callable[[Sequence[bytes]], Sequence[bool]]) -> int:
    """Remove from all files the lines of which `is_unkept`, for some at a time; how many.

    Nobody may append meanwhile. Raises OSError if a file can't be written anew; then it is as it
    was.
    """
    return sum(_leave_out(path, is_unkept) for path in sorted(folder.glob("*.jsonl")))


def _leave_out(path: Path, is_unkept: Callable[[Sequence[bytes]], Sequence[bool]]) -> int:
    left_out = 0
    fresh = path.with_suffix(UNFINISHED)
    try:
        with suppress(FileNotFoundError), path.open("rb") as old, fresh.open("wb") as new:
            while lines := list(islice(old, LINES_AT_ONCE)):
                unkept = is_unkept(lines)
                left_out += sum(unkept)
                new.writelines(line for line, goes in zip(lines, unkept, strict=True) if not goes)
            new.flush()
            os.fsync(new.fileno())
        if left_out:
            fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return left_out


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
