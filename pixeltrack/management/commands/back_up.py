"""Backs up spool, database and journal into a folder, once or periodically."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection
from django.utils import timezone

from foundation.shutdown import stop_on_signals
from pixeltrack import backups
from tracking import heartbeats

log = structlog.get_logger(__name__)

FAILED = (backups.BackupFailed, OSError)
# The longest delay after a failure.
RETRY = timedelta(hours=1)


class Command(BaseCommand):
    help = "Back up spool, database and journal into a new folder of FOLDER (docs/operate.md)."
    # It must start, and retry, while the database is down.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=int, default=14, help="how many backups to keep (14)")
        again = parser.add_mutually_exclusive_group()
        again.add_argument("--every", type=float, metavar="HOURS", help="repeat after so long")
        again.add_argument(
            "--expect-next",
            type=float,
            metavar="HOURS",
            help="end, and be missed if none follows after so long (for a timer; 0: none will)",
        )

    def handle(
        self,
        *,
        folder: Path,
        keep: int,
        every: float | None,
        expect_next: float | None,
        **options: object,
    ) -> None:
        if keep < 1:
            raise CommandError("Keep at least 1 copy.")
        if every is None:
            try:
                _back_up(
                    folder, keep, None if expect_next is None else timedelta(hours=expect_next)
                )
            except FAILED as error:
                raise CommandError(f"No backup was made. {error}") from None
            return
        interval = timedelta(hours=every)
        with stop_on_signals() as stop:
            wait = backups.due_in(folder, every=interval, now=timezone.now())
            _note(heartbeats.begin_backups, due=timezone.now() + wait)
            while not stop.wait(wait.total_seconds()):
                wait = interval
                with suppress(*FAILED):
                    _back_up(folder, keep, interval)
                    continue
                wait = min(interval, RETRY)


def _back_up(folder: Path, keep: int, interval: timedelta | None) -> None:
    """Make a backup and report it and the next one; raises with a reason in FAILED."""
    began = timezone.now()
    if interval:
        _note(heartbeats.begin_backups, due=began)
    try:
        made = backups.back_up(folder, source=_source(), now=began, keep=keep)
    except FAILED as error:
        log.error("backup_failed", error=str(error)[:500])
        raise
    log.info("backup_made", path=str(made))
    _note(heartbeats.note_backup, began=began, ended=timezone.now(), interval=interval)


def _source() -> backups.Source:
    return backups.Source(
        spool=settings.SPOOL_DIR,
        journal=settings.CONSENT_JOURNAL,
        database=connection.settings_dict,
        vendor=connection.vendor,
    )


def _note(write: Callable[..., None], **what: object) -> None:
    """For the alert; a backup is still valid if this fails."""
    try:
        write(**what)
    except Error as error:
        log.warning("backup_not_recorded", error=type(error).__name__)
    finally:
        # The next one may be a day away.
        connection.close()
