"""The space on each disk is reported once, whatever is stored on it."""

import os

from foundation.metrics.disk import DiskFigures
from foundation.metrics.disk_forecast import reserve_of


def figures(folders):
    return {
        (family.name, *sample.labels.values()): sample.value
        for family in DiskFigures(folders).collect()
        for sample in family.samples
    }


def test_it_is_the_space_that_the_system_reports(tmp_path):
    told, disk = figures({"spool": tmp_path}), os.statvfs(tmp_path)
    unit = disk.f_frsize
    assert told["disk_total_bytes", "spool"] == unit * (
        disk.f_blocks - disk.f_bfree + disk.f_bavail
    )
    assert 0 < told["disk_free_bytes", "spool"] < told["disk_total_bytes", "spool"]
    assert told["disk_total_inodes", "spool"] == disk.f_files
    assert told["disk_free_inodes", "spool"] <= disk.f_files
    assert told["disk_reserve_bytes", "spool"] == reserve_of(told["disk_total_bytes", "spool"])


def test_folders_on_one_disk_are_reported_once_and_a_missing_one_is_not(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    told = figures({"away": tmp_path / "x", "spool": tmp_path / "a", "logs": tmp_path / "b"})
    assert {name for _, name in told} == {"spool"}
