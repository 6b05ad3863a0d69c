"""Repeats decisions, erasures and forgettings that a restored database lacks."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent import journal
from contacts.replay import replay_journals


class Command(BaseCommand):
    help = (
        "Records decisions about consent that are in the journal but not in the database, and "
        "erases and forgets again, as after restoring a backup. Repeating it changes nothing."
    )

    # A journal that lies where it was once is a complaint, and an argument here.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "journals",
            nargs="*",
            type=Path,
            help="the journals of all hosts that record decisions; CONSENT_JOURNAL by default",
        )

    def handle(self, *args: object, journals: list[Path], **options: object) -> None:
        own = journal.path()
        try:
            replayed = replay_journals(journals or [own] * own.exists())
        except OSError as error:
            raise CommandError(f"The journal can't be read: {error.strerror}.") from None
        self.stdout.write(
            f"{replayed.decisions} decisions recorded, {replayed.erasures} contacts erased."
        )
        if replayed.forgotten:
            self.stdout.write(f"{replayed.forgotten} contacts forgotten.")
        if replayed.unreadable:
            self.stdout.write(
                f"{replayed.unreadable} agreements were left out: their text is in no journal."
            )
