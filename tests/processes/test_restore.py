"""The backup of docs/operate.md restores every open, with exactly the commands of that page."""

import os
import shutil
import sqlite3
import subprocess
import threading
from contextlib import closing

import pytest

from tests import operate_document
from tests.processes.running import Readers, terminate

FEW = 60
# Of 100 kB each.
ROWS = 1200
LOOKS = ("audit_counters", "reconcile_budgets", "check_consistency", "rotate_keys --check")


@pytest.mark.every_engine
def test_whatever_is_lost_a_backup_restores_every_open_once(
    site, pixels, database, operator, tmp_path
):
    old, new = tmp_path / "old", tmp_path / "new"
    web = site.start_web()
    first, second, third = (set(pixels[n * FEW : (n + 1) * FEW]) for n in range(3))
    assert Readers(site.port, first).finish().answered == first
    operator.count()
    operator.copy_spool(old)
    operator.back_up_database(old)
    assert Readers(site.port, second).finish().answered == second
    # First the spool, then the database: what is counted in between is in both.
    operator.copy_spool(new)
    operator.count()
    operator.back_up_database(new)
    assert database.opens() == dict.fromkeys(first | second, 1)
    assert Readers(site.port, third).finish().answered == third
    assert terminate(web) == 0

    # The database is lost; the spool has what no backup has.
    operator.restore_database(new)
    operator.restore_spool(new)
    operator.count()
    assert database.opens() == dict.fromkeys(first | second | third, 1)
    operator.look("audit_counters")

    # All is lost, and the only copy of the database is older than that of the spool.
    shutil.rmtree(site.spool)
    operator.restore_database(old)
    assert database.opens() == dict.fromkeys(first, 1)
    operator.restore_spool(new)
    operator.count()
    assert database.opens() == dict.fromkeys(first | second, 1)
    operator.look(*LOOKS)


def test_a_backup_of_sqlite_ends_while_others_keep_writing(tmp_path):
    if shutil.which("sqlite3") is None:
        assert os.environ.get("CI") != "true", "sqlite3 is not installed"
        pytest.skip("sqlite3 is not installed")
    path, copy, stop = tmp_path / "site.db", tmp_path / "database.sqlite3", threading.Event()

    def write():
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA synchronous = OFF")
            while not stop.is_set():
                other.execute("INSERT INTO t VALUES (x'00')")
                other.commit()

    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (content)")
        database.executemany("INSERT INTO t VALUES (?)", [(bytes(100_000),)] * ROWS)
        database.commit()
        writer = threading.Thread(target=write)
        writer.start()
        try:
            command = operate_document.commands("backup-sqlite")
            environment = os.environ | {"DB": str(path), "BACKUP": str(tmp_path)}
            subprocess.run(["sh", "-ec", command], env=environment, check=True, timeout=30)
        finally:
            stop.set()
            writer.join()
    with closing(sqlite3.connect(copy)) as copied:
        [whole] = copied.execute("SELECT count(*) FROM t WHERE length(content) > 1").fetchone()
    assert whole == ROWS
