"""The database or the disk is unavailable for a while; the pixel keeps answering."""

import resource
import shutil
import sqlite3
import subprocess
from contextlib import contextmanager, suppress

import pytest

from tests.processes.running import Readers, terminate, wait_until

FEW = 300


@contextmanager
def locked(path):
    """Locks a SQLite database against all others."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def cut(wire):
    wire.cut()
    yield
    wire.mend()


@pytest.fixture
def outage(database, wire):
    """A context in which the processes can't reach the database."""
    return lambda: cut(wire) if wire else locked(database.name)


@pytest.mark.every_engine
def test_without_the_database_pixels_are_answered_and_counted_later(
    make_site, pixels, database, wire, outage, check
):
    site = make_site(database.url(wire and wire.port))
    web = site.start_web()
    ingest = site.start_ingest()
    before = Readers(site.port, pixels[:FEW])
    wait_until(database.opens, "the first opens")
    with outage():
        during = Readers(site.port, pixels[FEW : 2 * FEW]).finish()
        if wire:
            wait_until(lambda: "ingest_waiting" in site.output(), "the ingester to notice")
    readers = Readers(site.port, pixels[2 * FEW : 3 * FEW]).finish()
    readers.answered |= before.finish().answered | during.answered
    assert len(readers.answered) == 3 * FEW
    terminate(web)
    wait_until(lambda: not site.segments(), "the spool to be finished")
    assert terminate(ingest) == 0
    check(site, readers)


def test_processes_start_without_the_database(make_site, pixels, database, wire, outage, check):
    site = make_site(database.url(wire and wire.port))
    with outage():
        web = site.start_web()
        ingest = site.start_ingest()
        readers = Readers(site.port, pixels[:FEW]).finish()
    terminate(web)
    wait_until(lambda: not site.segments(), "the spool to be finished")
    assert terminate(ingest) == 0
    assert len(readers.answered) == FEW
    check(site, readers)


@pytest.fixture
def tiny_disk(site):
    """A file system of one megabyte for the spool; only root can mount one."""
    site.spool.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(site.spool)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a file system needs the super-user")
    yield
    site.close()
    subprocess.run(["umount", str(site.spool)], check=True)


def check_sum(site, database, pixels, readers, unwritten):
    """Each answer is a stored open or counted in the metric of lost ones."""
    opens = database.opens()
    assert readers.answered == set(pixels)
    assert unwritten > 0
    assert len(readers.answered) == len(opens) + unwritten
    assert set(opens.values()) == {1}
    assert site.manage("audit_counters") == 0, site.output()


@pytest.mark.usefixtures("tiny_disk")
def test_on_a_full_disk_every_answer_is_stored_or_counted_as_unwritten(site, pixels, database):
    web = site.start_web()
    filler = site.spool / "filler"
    with filler.open("wb") as file, suppress(OSError):
        file.write(b"x" * 900_000)
    during = Readers(site.port, pixels[: 3 * FEW]).finish()
    assert 0 < site.metric("pixel_unwritten_total") < 3 * FEW
    filler.unlink()
    readers = Readers(site.port, pixels[3 * FEW : 4 * FEW]).finish()
    readers.answered |= during.answered
    unwritten = site.metric("pixel_unwritten_total")
    terminate(web)
    assert site.manage("ingest_opens", "--once") == 0, site.output()
    assert site.segments() == []
    check_sum(site, database, pixels[: 4 * FEW], readers, unwritten)


@pytest.mark.soak
def test_beyond_a_quota_every_answer_is_stored_or_counted_as_unwritten(site, pixels, database):
    """Limits the size of files, and prevents new ones: needs no root."""
    limit = 128 * 1024
    web = site.start_web(
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    first = Readers(site.port, pixels[:FEW]).finish()
    aside = site.spool.rename(site.folder / "aside")
    site.spool.touch()
    during = Readers(site.port, pixels[FEW : 3 * FEW]).finish()
    assert 0 < site.metric("pixel_unwritten_total") < 2 * FEW
    site.spool.unlink()
    aside.rename(site.spool)
    readers = Readers(site.port, pixels[3 * FEW : 4 * FEW]).finish()
    readers.answered |= first.answered | during.answered
    unwritten = site.metric("pixel_unwritten_total")
    terminate(web)
    assert site.manage("ingest_opens", "--once") == 0, site.output()
    assert site.segments() == []
    check_sum(site, database, pixels[: 4 * FEW], readers, unwritten)


@contextmanager
def late_database(make_site, database, wire, tmp_path):
    """A site that starts without its database, and a function that starts the database."""
    if wire:
        wire.cut()
        yield make_site(database.url(wire.port)), wire.mend
        return
    folder = tmp_path / "late"

    def come():
        folder.mkdir()
        shutil.copy(database.name, folder / "site.db")

    yield make_site(f"sqlite:///{folder}/site.db"), come


def test_without_the_database_long_jobs_wait_in_one_process(make_site, database, wire, tmp_path):
    with late_database(make_site, database, wire, tmp_path) as (site, come):
        tasks = site.start("db_worker")
        wait_until(lambda: "tasks_waiting" in site.output(), "the worker to notice")
        come()
        wait_until(lambda: "tasks_resumed" in site.output(), "the worker to go on")
        if wire:
            wire.cut()
            wait_until(lambda: site.output().count("tasks_waiting") == 2, "it to notice again")
        assert terminate(tasks) == 0
        assert site.output().count("tasks_waiting") == (2 if wire else 1)
        assert "Traceback" not in site.output()
