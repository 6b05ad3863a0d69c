"""Re-encrypts all stored values with the first key of FERNET_KEY; exits with 1 if it can't."""

from collections.abc import Iterator

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.env import FILES
from foundation.errors import Busy
from foundation.personal_data.key_rotation import Keys, Progress, Table, look, rotate, tables

# The number of rows between two progress lines.
SAID_EVERY = 20_000
MOST_NAMED = 50
INTERRUPTED = "{} Run it again: what is done stays done."


class Command(BaseCommand):
    help = (
        "Re-encrypts everything with the first key of FERNET_KEY, while everything runs. "
        "--check counts what still needs another key (exit code 1 where there is any)."
    )
    requires_system_checks = [FILES]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only count, change nothing")

    def handle(self, *args: object, check: bool, **options: object) -> None:
        keys = Keys(settings.FERNET_KEYS)
        walk = look if check else rotate
        try:
            outcomes = [self._walk(table, walk(table, keys=keys), check) for table in tables()]
        except Busy as busy:
            raise CommandError(INTERRUPTED.format(busy.detail)) from None
        old = sum(old for old, _ in outcomes)
        unreadable = sum(unreadable for _, unreadable in outcomes)
        if unreadable:
            self.stdout.write(f"{unreadable:,} values are decrypted by no key of FERNET_KEY.")
        if check and old:
            self.stdout.write(f"{old:,} values still need a key that is not the first.")
        if unreadable or (check and old):
            raise SystemExit(1)
        self.stdout.write("Everything is encrypted with the first key.")

    def _walk(self, table: Table, batches: Iterator[Progress], check: bool) -> tuple[int, int]:
        """Process one table; returns how many values needed an older key, and how many are
        unreadable.
        """
        total = table.count()
        rows = old = unreadable = 0
        for batch in batches:
            for key, column in batch.unreadable[: max(0, MOST_NAMED - unreadable)]:
                self.stdout.write(f"{table.name} {key}: no key decrypts {column}")
            before, rows = rows, rows + batch.rows
            old, unreadable = old + batch.old, unreadable + len(batch.unreadable)
            if before // SAID_EVERY < rows // SAID_EVERY:
                self.stdout.write(f"{table.name}: {rows:,} of {total:,} rows")
        if unreadable > MOST_NAMED:
            self.stdout.write(f"{table.name}: and {unreadable - MOST_NAMED:,} more")
        what = "need an older key" if check else "re-encrypted"
        self.stdout.write(f"{table.name}: {rows:,} rows, {old:,} values {what}")
        return old, unreadable
