"""Whoever goes on while a backup is restored uses the database that is there now."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest
from django.db import OperationalError

from foundation.database.sqlite import base

OLD = 1_000_000_000


def make(path, content):
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE t (content TEXT)")
        made.execute("INSERT INTO t VALUES (?)", [content])
        made.commit()
    return path


@pytest.fixture
def file(tmp_path):
    return make(tmp_path / "site.db", "today")


@pytest.fixture
def backup(tmp_path):
    return make(tmp_path / "backup.db", "yesterday")


@pytest.fixture
def database(file, settings, django_db_blocker):
    options = {**settings.DATABASES["default"], "OPTIONS": {}, "NAME": str(file)}
    found = base.DatabaseWrapper(
        options | {"TIME_ZONE": None, "AUTOCOMMIT": True, "CONN_HEALTH_CHECKS": True}, alias="other"
    )
    with django_db_blocker.unblock():
        yield found
        found.close()


def content(database):
    """As it is at the start of a request, or of a batch."""
    database.health_check_done = False
    with database.cursor() as cursor:
        return cursor.execute("SELECT content FROM t").fetchone()[0]


def test_a_file_that_was_replaced_is_opened_anew(database, file, backup):
    assert content(database) == "today"
    os.utime(backup, (OLD, OLD))
    backup.rename(file)
    assert content(database) == "yesterday"


def test_a_file_that_is_being_copied_is_left_alone(database, file, backup):
    assert content(database) == "today"
    file.unlink()
    shutil.copyfile(backup, file)
    with pytest.raises(OperationalError, match="is being replaced"):
        content(database)
    os.utime(file, (OLD, OLD))
    assert content(database) == "yesterday"


def later(monkeypatch, seconds):
    now = base.time.monotonic() + seconds
    monkeypatch.setattr(base.time, "monotonic", lambda: now)


def test_a_whole_file_that_others_write_to_all_the_time_is_taken(
    database, file, backup, monkeypatch
):
    assert content(database) == "today"
    file.unlink()
    shutil.copyfile(backup, file)
    with pytest.raises(OperationalError, match="is being replaced"):
        content(database)
    later(monkeypatch, base.SETTLED_SECONDS)
    os.utime(file)
    assert content(database) == "yesterday"


@pytest.mark.parametrize("length", [0, 50, 5000])
def test_a_file_that_is_cut_off_is_left_alone_however_long(
    database, file, backup, monkeypatch, length
):
    assert content(database) == "today"
    file.unlink()
    file.write_bytes(backup.read_bytes()[:length])
    with pytest.raises(OperationalError, match="is being replaced"):
        content(database)
    later(monkeypatch, 10 * base.SETTLED_SECONDS)
    os.utime(file)
    with pytest.raises(OperationalError, match="is being replaced"):
        content(database)


def test_a_file_that_is_gone_is_not_made_anew(database, file):
    assert content(database) == "today"
    file.unlink()
    with pytest.raises(OperationalError, match="is being replaced"):
        content(database)
    assert not file.exists()


def test_a_file_that_stays_keeps_its_connection(database):
    content(database)
    kept = database.connection
    assert content(database) == "today"
    assert database.connection is kept
