"""Backups by command, and the drill that restores the newest one next to the real data."""

import shutil

import pytest

from pixeltrack import backups
from tests import operate_document
from tests.processes.restoring import PROGRAMS
from tests.processes.running import PATIENCE_SECONDS, Readers, terminate

FEW = 40


@pytest.mark.parametrize("vendor", ["sqlite", "mysql", "postgresql"])
def test_the_commands_are_those_of_the_document(vendor):
    assert backups.BACK_UP[vendor] == operate_document.commands(f"backup-{vendor}").strip()
    assert backups.RESTORE[vendor] == operate_document.commands(f"restore-{vendor}").strip()


@pytest.mark.every_engine
def test_the_newest_backup_is_restored_and_checked(site, pixels, database, tmp_path):
    for program in PROGRAMS[database.vendor]:
        assert shutil.which(program), f"{program} is not installed"
    folder = tmp_path / "backups"
    web = site.start_web()
    assert len(Readers(site.port, pixels[:FEW]).finish().answered) == FEW
    assert site.manage("ingest_opens", "--once") == 0
    assert len(Readers(site.port, pixels[FEW : 2 * FEW]).finish().answered) == FEW
    journal = '{"number": 0, "entries": []}\n'
    (site.folder / "consent.journal").write_text(journal)
    for _ in range(2):
        assert site.manage("back_up", str(folder), "--keep", "1") == 0, site.output()
    assert terminate(web) == 0
    [copy] = backups.complete(folder)
    assert (copy / "consent.journal").read_text() == journal

    answers = tmp_path / "answers"
    answers.write_bytes(b"2026-11-28T10:00\n")
    drill = site.start("restore_drill", str(folder), PIXEL_ANSWERS=str(answers))
    assert drill.wait(PATIENCE_SECONDS) == 0, site.output()
    # Its own ingest compares nothing with nginx's answers here.
    assert [path.name for path in tmp_path.glob("answers*")] == ["answers"]
    assert "was restored and is complete" in site.output()
    # The real data is unchanged: the second half still waits in the spool.
    assert database.opens() == dict.fromkeys(pixels[:FEW], 1)
    assert site.segments()

    [content] = backups.complete(folder)[-1].glob("database.*")
    content.write_bytes(content.read_bytes()[: content.stat().st_size // 2])
    assert site.manage("restore_drill", str(folder)) == 1
    assert "is no good" in site.output()


@pytest.mark.every_engine
def test_a_drill_without_enough_space_says_so_and_creates_nothing(site, database, tmp_path):
    folder = tmp_path / "backups"
    assert site.manage("back_up", str(folder)) == 0, site.output()
    [copy] = backups.complete(folder)
    # A sparse file, larger than any disk.
    with (copy / "spool" / "large.jsonl").open("w") as file:
        file.truncate(2**43)
    assert site.manage("restore_drill", str(folder)) == 1
    assert f"The backup {copy.name} was not tried. There is no room for it" in site.output()
    assert "Nothing was touched." in site.output()


def test_a_failed_backup_leaves_nothing_that_looks_like_one(make_site, tmp_path):
    site = make_site(f"sqlite:///{tmp_path}/none/site.db")
    assert site.manage("back_up", str(tmp_path / "backups")) == 1
    assert "No backup was made." in site.output()
    assert backups.complete(tmp_path / "backups") == []
    assert site.manage("restore_drill", str(tmp_path / "backups")) == 1
    assert "There is no backup in" in site.output()
