"""Backs up spool, database and journal, and restores them with the commands of docs/operate.md."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

# The spool first: hits recorded meanwhile are then in both, not in neither.
BACK_UP = {
    "sqlite": """sqlite3 "$DB" "VACUUM INTO '$BACKUP/database.sqlite3'\"""",
    "mysql": 'mariadb-dump --single-transaction --hex-blob "$DB" > "$BACKUP/database.sql"',
    "postgresql": 'pg_dump --format=custom --file="$BACKUP/database.dump" "$DB"',
}
RESTORE = {
    "sqlite": 'rm -f "$DB" "$DB-wal" "$DB-shm"\ncp "$BACKUP/database.sqlite3" "$DB"',
    "mysql": (
        r'mariadb -e "DROP DATABASE IF EXISTS \`$DB\`; '
        r'CREATE DATABASE \`$DB\` CHARACTER SET utf8mb4"'
        "\n"
        'mariadb "$DB" < "$BACKUP/database.sql"'
    ),
    "postgresql": (
        'dropdb --if-exists --force "$DB"\ncreatedb "$DB"\n'
        'pg_restore --exit-on-error --dbname="$DB" "$BACKUP/database.dump"'
    ),
}
DROP = {
    "sqlite": 'rm -f "$DB" "$DB-wal" "$DB-shm"',
    "mysql": r'mariadb -e "DROP DATABASE IF EXISTS \`$DB\`"',
    "postgresql": 'dropdb --if-exists --force "$DB"',
}
NAME = "%Y-%m-%d-%H%M%S"
COMPLETE = re.compile(r"\d{4}-\d\d-\d\d-\d{6}")
UNFINISHED = ".unfinished"
JOURNAL = "consent.journal"


class BackupFailed(Exception):
    """The message contains the failed program's own."""


@dataclass(frozen=True)
class Source:
    """What is copied: `database` are the settings of its connection."""

    spool: Path
    journal: Path
    database: Mapping
    vendor: str


def back_up(folder: Path, *, source: Source, now: datetime, keep: int) -> Path:
    """Create a backup and remove all but the newest `keep`; raises BackupFailed.

    A backup gets its final name only once it is complete.
    """
    unfinished = folder / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    _copy_spool(source.spool, unfinished / "spool")
    name = str(source.database["NAME"])
    run(BACK_UP[source.vendor], database=source.database, backup=unfinished, name=name)
    _copy_journal(source.journal, unfinished)
    whole = unfinished.rename(folder / now.strftime(NAME))
    for old in complete(folder)[:-keep]:
        shutil.rmtree(old)
    return whole


def complete(folder: Path) -> list[Path]:
    """The complete backups, oldest first."""
    return sorted(path for path in folder.glob("*") if COMPLETE.fullmatch(path.name))


def due_in(folder: Path, *, every: timedelta, now: datetime) -> timedelta:
    """The time until the next backup: a restart soon after the newest one must not make another."""
    whole = complete(folder)
    if not whole:
        return timedelta(0)
    newest = datetime.strptime(whole[-1].name, NAME).replace(tzinfo=UTC)
    return min(max(newest + every - now, timedelta(0)), every)


def _copy_spool(spool: Path, target: Path) -> None:
    """Segments that their reader finishes meanwhile vanish: their hits are in the database."""
    try:
        shutil.copytree(spool, target)
    except shutil.Error as error:
        left = [why for source, _, why in error.args[0] if Path(source).exists()]
        if left:
            raise BackupFailed(f"The spool could not be copied: {left[0]}") from None
    except OSError as error:
        raise BackupFailed(f"The spool could not be copied: {error.strerror}.") from None


def _copy_journal(journal: Path, target: Path) -> None:
    """Last, so that it lacks nothing that the copy of the database has."""
    try:
        shutil.copy2(journal, target / JOURNAL)
    except FileNotFoundError:
        # Nobody has decided anything yet.
        return
    except OSError as error:
        raise BackupFailed(f"The journal could not be copied: {error.strerror}.") from None


def run(commands: str, *, database: Mapping, backup: Path, name: str) -> None:
    """Run commands in a shell with the credentials of the settings; raises BackupFailed."""
    with TemporaryDirectory() as home:
        options = Path(home, ".my.cnf")
        options.touch(mode=0o600)
        options.write_text(_mysql_options(database))
        done = subprocess.run(  # noqa: S603 - commands of ours
            ["/bin/sh", "-ec", f"umask 077\n{commands}"],
            env={
                **os.environ,
                **_postgresql_options(database),
                "HOME": home,
                "DB": name,
                "BACKUP": str(backup),
            },
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise BackupFailed(done.stderr.strip() or f"It ended with {done.returncode}.")


# The modes' names in MariaDB's client; it verifies the name whenever it verifies the certificate.
MYSQL_TLS = {
    None: (),
    "DISABLED": ("skip-ssl",),
    "REQUIRED": ("ssl",),
    "VERIFY_CA": ("ssl", "ssl-verify-server-cert"),
    "VERIFY_IDENTITY": ("ssl", "ssl-verify-server-cert"),
}


def _mysql_options(database: Mapping) -> str:
    """The credentials in a file: anyone can read the arguments of a command."""
    given = database.get("OPTIONS", {})
    tls = given.get("ssl") or {}
    options = {name: database.get(name.upper()) for name in ("host", "port", "user", "password")}
    options |= {f"ssl-{name}": tls.get(name) for name in ("ca", "cert", "key")}
    lines = [f"{name}={_quoted(value)}" for name, value in options.items() if value]
    return "\n".join(["[client]", *lines, *MYSQL_TLS[given.get("ssl_mode")], ""])


def _quoted(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _postgresql_options(database: Mapping) -> dict[str, str]:
    options = database.get("OPTIONS", {})
    told = {
        "PGHOST": database.get("HOST"),
        "PGPORT": database.get("PORT"),
        "PGUSER": database.get("USER"),
        "PGPASSWORD": database.get("PASSWORD"),
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
        "PGSSLCERT": options.get("sslcert"),
        "PGSSLKEY": options.get("sslkey"),
        "PGSSLCRL": options.get("sslcrl"),
    }
    return {name: str(value) for name, value in told.items() if value}
