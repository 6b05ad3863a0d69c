"""Keeps every decision and erasure in a file outside the database, which outlives a restore.

A line holds what one transaction recorded, under the last number it gave out. It is on the disk
before the transaction commits; a second line says that it has, or that it failed. A line without
either is of a process that was killed, as a rule: nobody was told that it was done.
Nothing in it says who somebody is.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from consent.models import ConsentState
from foundation.database.transactions import on_failure
from foundation.errors import Busy

Entry = Mapping[str, Any]

MODE = 0o600
FIRST_LOOK = 1 << 16
UNWRITABLE = "Not saved yet: the journal of decisions can't be written. Try again in a moment."
BEHIND = (
    "The journal holds decisions that the database lacks, as after restoring a backup: "
    "run manage.py replay_consent first."
)


# Where it lay by default once: in the spool.
FORMER_NAME = "consent.journal"
LEFT_BEHIND = (
    "The journal of what people decided is still in SPOOL_DIR, where nothing reads it: move "
    "{old} to {new}, which CONSENT_JOURNAL names."
)
TWO = (
    "There is a journal of what people decided in SPOOL_DIR beside the one that CONSENT_JOURNAL "
    "names: run manage.py replay_consent {old} {new}, and then remove the first."
)


class Fate(Enum):
    """What became of the transaction of a line, as far as the journal knows."""

    COMMITTED = auto()
    FAILED = auto()
    UNKNOWN = auto()


class Written(NamedTuple):
    """What one transaction recorded: its last number, and each decision or erasure."""

    number: int
    entries: list[Entry]
    fate: Fate = Fate.UNKNOWN


class _Seen(NamedTuple):
    """The state of the file, and its last number of a transaction that was committed."""

    state: tuple[object, ...]
    committed: int


_seen: _Seen | None = None


class NotReplayed(Busy):
    """The journal knows more than the database; nothing was changed."""

    code = "consent_not_replayed"


def path() -> Path:
    return Path(settings.CONSENT_JOURNAL)


def left_behind() -> str:
    """A sentence on a journal that lies where it was once by default; "" if there is none."""
    old, new = Path(settings.SPOOL_DIR) / FORMER_NAME, path()
    if old == new or not old.exists():
        return ""
    return (TWO if new.exists() else LEFT_BEHIND).format(old=old, new=new)


def write(number: int, entries: Sequence[Entry]) -> None:
    """Add what the open transaction records, durably; raises Busy if that is not possible."""
    # The next transaction has the same number if this one fails.
    line_id = uuid4().hex
    _append({"number": number, "id": line_id, "entries": entries})
    # If this line gets lost, only the file's last transaction can be missed.
    transaction.on_commit(lambda: _append({"committed": number}), robust=True)
    on_failure(lambda: _note_failure(line_id))


def _note_failure(line_id: str) -> None:
    """As well as it can: without it the line counts as one of a process that was killed."""
    with suppress(Busy):
        _append({"failed": line_id})


def require_replayed() -> None:
    """Raise NotReplayed if decisions of the journal are missing in the database."""
    # The journal first: the database may get ahead meanwhile, and never falls behind.
    committed = last_committed()
    if not committed:
        return
    known = ConsentState.objects.values_list("number", flat=True).filter(id=1).first()
    require_known(known or 0, committed=committed)


def require_known(number: int, *, committed: int | None = None) -> None:
    """The same of the database's last number, which the caller has read.

    `committed` is what the journal had before that; it may be left out by whoever holds the lock
    of the row with the number.
    """
    if (last_committed() if committed is None else committed) > number:
        raise NotReplayed(BEHIND)


def last_committed() -> int:
    """The last number of a transaction that was committed; 0 without a journal.

    Cheap enough for each request and batch: the file is only read if it has changed.
    """
    global _seen
    try:
        with path().open("rb") as file:
            found = os.fstat(file.fileno())
            state = (path(), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
            seen = _seen
            if seen is None or seen.state != state:
                _seen = seen = _Seen(state, _last_committed(file, found.st_size))
            return seen.committed
    except FileNotFoundError:
        return 0


def _last_committed(file: BinaryIO, size: int) -> int:
    look = FIRST_LOOK
    while True:
        file.seek(max(0, size - look))
        numbers = [line["committed"] for line in _read(file) if "committed" in line]
        if numbers or look >= size:
            return max(numbers, default=0)
        look *= 8


def read(journal: Path) -> list[Written]:
    """What transactions recorded, in order, those included that were not committed."""
    written: list[Written] = []
    # Where the last line of each number and of each id is.
    places: dict[object, int] = {}
    with journal.open("rb") as file:
        for line in _read(file):
            if "entries" in line:
                places[line["number"]] = places[line.get("id")] = len(written)
                written.append(Written(line["number"], line["entries"]))
            elif (ended := _end(line)) and (place := places.get(ended[0])) is not None:
                written[place] = written[place]._replace(fate=ended[1])
    return written


def _end(line: Entry) -> tuple[object, Fate] | None:
    """The number or the id of the line that this one says the end of."""
    if "committed" in line:
        return line["committed"], Fate.COMMITTED
    return (line["failed"], Fate.FAILED) if "failed" in line else None


def _read(lines: Iterator[bytes] | Any) -> Iterator[dict[str, Any]]:
    """Whole lines; what a power failure or the start of a look cut off is passed over."""
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def _append(line: Entry) -> None:
    try:
        is_new = not path().exists()
        file = os.open(path(), os.O_RDWR | os.O_CREAT | os.O_APPEND, MODE)
        try:
            _write_line(file, json.dumps(line).encode())
        finally:
            os.close(file)
        if is_new:
            _sync_folder()
    except OSError as error:
        raise Busy(UNWRITABLE, code="journal_unwritable") from error


def _write_line(file: int, line: bytes) -> None:
    size = os.fstat(file).st_size
    # A power failure may have cut the last line off.
    is_torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
    waiting = (b"\n" if is_torn else b"") + line + b"\n"
    while waiting:
        waiting = waiting[os.write(file, waiting) :]
    os.fsync(file)


def _sync_folder() -> None:
    folder = os.open(path().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
