"""Backup commands connect to the database as the settings say, with TLS."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.database.options import MYSQL_MODES, POSTGRES_FILES
from pixeltrack import backups

LOGIN = {"HOST": "db", "PORT": "3307", "USER": "ann", "PASSWORD": 'p"\\w'}


def told(tmp_path, commands, **options):
    """The arguments of the backup commands, written where the backup would be."""
    target = tmp_path / "told"
    database = {**LOGIN, "OPTIONS": options}
    backups.run(commands, database=database, backup=target, name="pixeltrack")
    return target.read_text().splitlines()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (None, []),
        ("DISABLED", ["skip-ssl"]),
        ("REQUIRED", ["ssl"]),
        ("VERIFY_CA", ["ssl", "ssl-verify-server-cert"]),
        ("VERIFY_IDENTITY", ["ssl", "ssl-verify-server-cert"]),
    ],
)
def test_a_backup_of_mysql_uses_the_tls_of_the_settings(tmp_path, mode, words):
    options = {"ssl": {"ca": "/etc/ca.pem"}} | ({"ssl_mode": mode} if mode else {})
    lines = told(tmp_path, 'cat "$HOME/.my.cnf" > "$BACKUP"', **options)
    assert lines == [
        "[client]",
        'host="db"',
        'port="3307"',
        'user="ann"',
        'password="p\\"\\\\w"',
        'ssl-ca="/etc/ca.pem"',
        *words,
    ]


def test_every_tls_mode_of_mysql_is_supported():
    assert set(backups.MYSQL_TLS) == {None, *MYSQL_MODES}


def test_a_backup_of_postgresql_uses_the_tls_of_the_settings(tmp_path):
    files = {name: f"/etc/{name}" for name in POSTGRES_FILES}
    lines = told(tmp_path, 'env | grep "^PGSSL" > "$BACKUP"', sslmode="verify-full", **files)
    assert sorted(lines) == sorted(
        ["PGSSLMODE=verify-full", *(f"PG{name.upper()}=/etc/{name}" for name in POSTGRES_FILES)]
    )


@pytest.mark.parametrize(
    ("newest", "hours"),
    [(None, 0), ("2026-11-28-100000", 22), ("2026-11-27-100000", 0), ("2026-11-29-100000", 24)],
    ids=["none yet", "two hours old", "two days old", "from a clock that was ahead"],
)
def test_a_start_soon_after_a_backup_makes_no_other_one(tmp_path, newest, hours):
    if newest:
        (tmp_path / newest).mkdir()
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    wait = backups.due_in(tmp_path, every=timedelta(hours=24), now=now)
    assert wait == timedelta(hours=hours)
