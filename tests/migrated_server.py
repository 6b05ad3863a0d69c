"""A migrated database on MariaDB or PostgreSQL, made once in a run and copied wherever needed."""

import fcntl
import os
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.db import connections

from tests.environment import SHARED
from tests.migrated import ROOT

URL = urlsplit(os.environ["DATABASE_URL"])
# Runs on the same server have one each, and their users may be limited to such names.
NAME = f"test_{URL.path.removeprefix('/')}_{SHARED.name.rpartition('-')[2]}"
MADE = SHARED / "migrated.made"


def copy_to(name):
    """A database of this name, in place of any that was there."""
    connection = connections["default"]
    with _locked():
        if not MADE.exists():
            _make(connection)
        _copy(connection, name)


def drop(name):
    connection = connections["default"]
    # A process under test may not have ended yet.
    force = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}{force}")


def clear_away():
    """What was copied from, once nobody copies any more."""
    if MADE.exists():
        drop(NAME)
        MADE.unlink()


@contextmanager
def _locked():
    with (SHARED / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(connection):
    _create(connection, NAME)
    try:
        _migrate()
    except subprocess.CalledProcessError:
        drop(NAME)
        raise
    MADE.touch()


def _create(connection, name, options=""):
    drop(name)
    if connection.vendor == "mysql":
        options = "CHARACTER SET utf8mb4"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)} {options}")


def _migrate():
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": URL._replace(path=f"/{NAME}").geturl()},
        check=True,
    )


def _copy(connection, name):
    quote = connection.ops.quote_name
    if connection.vendor == "postgresql":
        _create(connection, name, f"TEMPLATE {quote(NAME)}")
        return
    _create(connection, name)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"USE {quote(name)}")
        # Tables come in the order of their names, whatever they refer to.
        cursor.execute("SET foreign_key_checks = 0")
        cursor.execute(f"SHOW TABLES FROM {quote(NAME)}")
        for (table,) in cursor.fetchall():
            source = f"{quote(NAME)}.{quote(table)}"
            cursor.execute(f"SHOW CREATE TABLE {source}")
            cursor.execute(cursor.fetchone()[1])
            cursor.execute(f"INSERT INTO {quote(table)} SELECT * FROM {source}")
