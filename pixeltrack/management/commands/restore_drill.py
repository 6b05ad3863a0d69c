"""Restores the newest backup into a scratch database and checks that it is complete."""

import os
import shutil
import subprocess
import sys
from argparse import SUPPRESS
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection

from pixeltrack import backups, drill_room

# The commands of docs/operate.md for restoring and checking.
STEPS = (
    "migrate --noinput --verbosity 0",
    "replay_consent",
    "ingest_opens --once",
    "audit_counters",
    "reconcile_budgets",
    "check_consistency",
    "rotate_keys --check",
)
ELSEWHERE = ("KAFKA_BROKERS", "REDIS_URL", "METRICS_PORT")

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Restore the newest backup of FOLDER into a database of its own, count what its spool "
        "holds, check everything and drop that database again."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        # The environment of the process with the scratch database.
        parser.add_argument("--look", action="store_true", help=SUPPRESS)

    def handle(self, *, folder: Path, look: bool, **options: object) -> None:
        if look:
            _look()
            return
        copies = backups.complete(folder)
        if not copies:
            raise CommandError(f"There is no backup in {folder}.")
        with TemporaryDirectory() as scratch:
            if lack := _lack(copies[-1], Path(scratch)):
                log.error("restore_drill_failed", path=str(copies[-1]), error=lack)
                raise CommandError(f"The backup {copies[-1].name} was not tried. {lack}")
            try:
                _drill(copies[-1], Path(scratch))
            except backups.BackupFailed as error:
                log.error("restore_drill_failed", path=str(copies[-1]), error=str(error)[:500])
                raise CommandError(f"The backup {copies[-1].name} is no good. {error}") from None
        log.info("restore_drill_passed", path=str(copies[-1]))
        self.stdout.write(f"The backup {copies[-1].name} was restored and is complete.")


def _lack(copy: Path, scratch: Path) -> str:
    """Which space is missing; "" if unknown: the drill itself then reports it."""
    try:
        return drill_room.lacking(copy, scratch)
    except (Error, OSError) as error:
        log.warning("restore_drill_room_unknown", error=type(error).__name__)
        return ""


def _drill(copy: Path, scratch: Path) -> None:
    vendor, name = connection.vendor, _scratch_name(scratch)
    run = partial(backups.run, database=connection.settings_dict, backup=copy, name=name)
    try:
        run(backups.RESTORE[vendor])
        shutil.copytree(copy / "spool", scratch / "spool")
        _have_looked(scratch, name)
    finally:
        run(backups.DROP[vendor])


def _scratch_name(scratch: Path) -> str:
    if connection.vendor == "sqlite":
        return str(scratch / "drill.sqlite3")
    return f"{connection.settings_dict['NAME']}_drill"


def _look() -> None:
    for step in STEPS:
        try:
            call_command(*step.split())
        except (CommandError, SystemExit) as error:
            if error.args != (0,):
                raise CommandError(f"{step} failed: {error}") from None


def _have_looked(scratch: Path, name: str) -> None:
    done = subprocess.run(  # noqa: S603 - commands of ours
        [sys.executable, "manage.py", "restore_drill", "--look", str(scratch)],
        cwd=settings.BASE_DIR,
        env=os.environ | _surroundings(scratch, name),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise backups.BackupFailed(done.stdout.strip()[-400:])


def _surroundings(scratch: Path, name: str) -> dict[str, str]:
    """An environment without access to the real database, spool, Kafka or Redis."""
    return {
        **dict.fromkeys(ELSEWHERE, ""),
        **_database(name),
        "SPOOL_DIR": str(scratch / "spool"),
        "METRICS_DIR": str(scratch / "metrics"),
        # The tally belongs to the spool in use, not to a copy.
        "PIXEL_ANSWERS": str(scratch / "answers"),
        "LOG_DIR": "-",
    }


def _database(name: str) -> dict[str, str]:
    """Replaces the database's name and keeps the connection settings."""
    if connection.vendor == "sqlite":
        return {"DATABASE_URL": f"sqlite:///{name}"}
    if url := os.environ.get("DATABASE_URL"):
        return {"DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
    return {"MYSQL_DATABASE": name}
