"""Checks the disk space for a restore drill, beside what must stay free on each disk.

For a database server on another machine nothing can be checked.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from django.db import Error, connection
from django.template.defaultfilters import filesizeformat

from foundation.metrics.disk import room_of
from foundation.metrics.disk_forecast import reserve_of

HERE = {"", "localhost", "127.0.0.1", "::1"}
# A restored database takes about as much space as the one in use.
SIZE = {
    "mysql": (
        "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables "
        "WHERE table_schema = DATABASE()"
    ),
    "postgresql": "SELECT pg_database_size(current_database())",
}
FOLDER = {"mysql": "SELECT @@datadir", "postgresql": "SHOW data_directory"}


def lacking(copy: Path, scratch: Path) -> str:
    """Why a backup can't be restored into this scratch folder, in a sentence; "" if it can."""
    wanted: Counter[int] = Counter()
    folders: dict[int, Path] = {}
    for folder, size in _needs(copy, scratch):
        device = folder.stat().st_dev
        wanted[device] += size
        folders.setdefault(device, folder)
    return next(filter(None, (_lack(folders[disk], size) for disk, size in wanted.items())), "")


def _lack(folder: Path, size: int) -> str:
    room = room_of(folder)
    reserve = reserve_of(room.total)
    if room.free >= size + reserve:
        return ""
    wanted, kept, free = map(filesizeformat, (size, reserve, room.free))
    return (
        f"There is no room for it on the disk of {folder}: it takes {wanted}, {kept} are to stay "
        f"free, and {free} are. Nothing was touched."
    )


def _needs(copy: Path, scratch: Path) -> Iterator[tuple[Path, int]]:
    """Bytes by folder; the database also counts what the spool holds."""
    spool = _size_of(copy / "spool")
    yield scratch, spool
    if connection.vendor == "sqlite":
        yield scratch, spool + (copy / "database.sqlite3").stat().st_size
    elif (folder := _server_folder()) is not None:
        yield folder, spool + int(_ask(SIZE[connection.vendor]))


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _server_folder() -> Path | None:
    """The server's data folder; None if it is on another machine or unknown."""
    host = str(connection.settings_dict.get("HOST", ""))
    if host not in HERE and not host.startswith("/"):
        return None
    # PostgreSQL shows it only to privileged users; for a server in a container the path does not
    # exist here.
    with suppress(Error, OSError):
        folder = Path(str(_ask(FOLDER[connection.vendor])))
        return folder if folder.is_dir() else None
    return None


def _ask(question: str) -> str | int | Decimal:
    with connection.cursor() as cursor:
        cursor.execute(question)
        answer: str | int | Decimal = cursor.fetchone()[0]
        return answer
