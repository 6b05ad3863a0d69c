"""Free space on the disks a process writes to. Must not import Django."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily, Metric

from foundation.metrics.disk_forecast import reserve_of


class Room(NamedTuple):
    """Bytes and inodes of a disk available to an ordinary user."""

    free: int
    total: int
    free_inodes: int
    inodes: int


def room_of(folder: Path) -> Room:
    """Raises OSError if the folder does not exist."""
    disk = os.statvfs(folder)
    used = disk.f_blocks - disk.f_bfree
    # Without the blocks reserved for root.
    total = (used + disk.f_bavail) * disk.f_frsize
    return Room(disk.f_bavail * disk.f_frsize, total, disk.f_favail, disk.f_files)


class DiskFigures:
    """Each distinct disk, labelled with the first folder on it."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders

    def collect(self) -> Iterator[Metric]:
        rooms = self._rooms()
        meaning = "Bytes that may still be written to the disk of a folder"
        yield _by_folder(GaugeMetricFamily("disk_free_bytes", meaning, labels=["holds"]), rooms, 0)
        meaning = "Bytes of that disk, without what is kept for root"
        yield _by_folder(GaugeMetricFamily("disk_total_bytes", meaning, labels=["holds"]), rooms, 1)
        meaning = "Files that may still be made there"
        yield _by_folder(GaugeMetricFamily("disk_free_inodes", meaning, labels=["holds"]), rooms, 2)
        meaning = "Files that it has room for; 0 where it sets no limit"
        yield _by_folder(
            GaugeMetricFamily("disk_total_inodes", meaning, labels=["holds"]), rooms, 3
        )
        meaning = "Bytes that are to stay free there"
        reserve = GaugeMetricFamily("disk_reserve_bytes", meaning, labels=["holds"])
        for name, room in rooms.items():
            reserve.add_metric([name], reserve_of(room.total))
        yield reserve

    def _rooms(self) -> dict[str, Room]:
        rooms, seen = {}, set()
        for name, folder in self._folders.items():
            with suppress(OSError):
                device = folder.stat().st_dev
                if device not in seen:
                    rooms[name] = room_of(folder)
                seen.add(device)
        return rooms


def _by_folder(
    family: GaugeMetricFamily, rooms: Mapping[str, Room], part: int
) -> GaugeMetricFamily:
    for name, room in rooms.items():
        family.add_metric([name], room[part])
    return family
