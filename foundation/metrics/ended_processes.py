"""Merges the counters of ended processes into a few files.

prometheus_client leaves a file for each ended process; its `mark_process_dead` removes only those
of live gauges, which are not used here. A crash at any point loses nothing and counts nothing
twice. Must not import Django.
"""

import fcntl
import os
import secrets
import shutil
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

LOCK = ".lock"
# Within the folder: the merged files, and their replacement while it is being written.
ENDED, NEW, OLD = "ended", "ended.new", "ended.old"


@contextmanager
def files(folder: Path) -> Iterator[list[Path]]:
    """The files of all processes, unchanged while the block runs.

    A file that is just being created is empty.
    """
    with _locked(folder, fcntl.LOCK_SH):
        found = [*folder.glob("*.db"), *(folder / ENDED).glob("*.db")]
        yield [path for path in found if path.stat().st_size]


def add_up(folder: Path) -> None:
    """Merge the files of ended processes; a failure is left to the next start."""
    with suppress(OSError), _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
        ended = _settled(folder)
        dead = [path for path in folder.glob("*.db") if _is_dead(path)]
        for path in dead:
            # The process id may have been reused.
            path.rename(ended / f"{path.stem}-{secrets.token_hex(8)}.db")
        if dead:
            _replace(folder, ended)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    with (folder / LOCK).open("w") as file:
        fcntl.flock(file, how)
        yield


def _settled(folder: Path) -> Path:
    """The folder of merged files, in a consistent state whatever was interrupted before."""
    ended, new = folder / ENDED, folder / NEW
    if new.exists() and not ended.exists():
        new.rename(ended)
    ended.mkdir(exist_ok=True)
    for litter in (new, folder / OLD):
        shutil.rmtree(litter, ignore_errors=True)
    return ended


def _is_dead(path: Path) -> bool:
    try:
        os.kill(int(path.stem.rpartition("_")[2]), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return False


def _replace(folder: Path, ended: Path) -> None:
    """Replace the ended processes' files by their sums."""
    by_kind = defaultdict(list)
    for path in ended.glob("*.db"):
        if _is_readable(path):
            by_kind[path.stem.rpartition("_")[0]].append(str(path))
    new = folder / NEW
    new.mkdir()
    for kind, paths in by_kind.items():
        _write(new / f"{kind}_sum.db", MultiProcessCollector.merge(paths, accumulate=False))
    ended.rename(folder / OLD)
    new.rename(ended)
    shutil.rmtree(folder / OLD)


def _is_readable(path: Path) -> bool:
    """Whether its process finished writing it."""
    try:
        return bool(list(MmapedDict.read_all_values_from_file(path)))
    except (struct.error, RuntimeError, ValueError):
        return False


def _write(path: Path, families: Iterable[Metric]) -> None:
    sums = MmapedDict(path)
    for family in families:
        for sample in family.samples:
            names, values = list(sample.labels), list(sample.labels.values())
            key = mmap_key(family.name, sample.name, names, values, family.documentation)
            sums.write_value(key, sample.value, 0.0)
    sums.close()
