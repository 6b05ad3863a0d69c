"""An SQLite connection that sees when another file has taken the place of its own.

Restoring a backup replaces the file. A process that went on would read and write the old one, which
nobody sees any more.
"""

import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from django.db import OperationalError
from django.db.backends.sqlite3 import base

# A file that was written to more recently may still be being copied, unless it has been whole for
# as long: then others use it already, and write to it all the time.
SETTLED_SECONDS = 3.0
HEADER = 100
MAGIC = b"SQLite format 3\0"
REPLACED = "the file of the database is being replaced"


class _File(NamedTuple):
    """A file at a path, by what stays the same as long as it is not replaced."""

    path: str
    device: int
    number: int


# Since when this process knows files to be whole (`time.monotonic`).
_whole_since: dict[_File, float] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    """With CONN_HEALTH_CHECKS whoever had a file that was replaced gets the new one."""

    _file: _File | None = None

    def get_new_connection(self, conn_params: dict) -> sqlite3.Connection:
        """Raises OperationalError while a file that was there before is being replaced."""
        path = str(self.settings_dict["NAME"])
        if self._file is not None and self._file.path == path:
            _refuse_unsettled(self._file)
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        self._file = None if self.is_in_memory_db() else _file_at(path)
        return connection

    def is_usable(self) -> bool:
        return self._file is None or self._file == _file_at(self._file.path)


def _file_at(path: str) -> _File | None:
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        return None
    return _File(path, found.st_dev, found.st_ino)


def _refuse_unsettled(known: _File) -> None:
    """A missing file would be made anew, and a half copied one be written to."""
    there = _file_at(known.path)
    if there == known:
        return
    if there is None or not _is_settled(there):
        raise OperationalError(REPLACED)


def _is_settled(file: _File) -> bool:
    path = Path(file.path)
    if time.time() - path.stat().st_mtime >= SETTLED_SECONDS:
        return True
    if not _is_whole(path):
        _whole_since.pop(file, None)
        return False
    now = time.monotonic()
    return now - _whole_since.setdefault(file, now) >= SETTLED_SECONDS


def _is_whole(path: Path) -> bool:
    """Whether it has as many pages as its header says (https://www.sqlite.org/fileformat2.html)."""
    with path.open("rb") as file:
        header = file.read(HEADER)
    if len(header) < HEADER or not header.startswith(MAGIC):
        return False
    # A page of 65,536 bytes is written as 1.
    page = int.from_bytes(header[16:18]) or 1
    size = 65_536 if page == 1 else page
    return path.stat().st_size >= size * int.from_bytes(header[28:32])
