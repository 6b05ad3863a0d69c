"""Records hits that were set aside because of their time, after the clock was corrected."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foundation.env import FILES
from tracking.checks import ROBOTS
from tracking.hits.event_log import OUT_OF_TIME
from tracking.management.decisions import heed_decisions
from tracking.spool import rejected
from tracking.spool.reader import REJECTED
from tracking.upkeep.set_aside import Taken, record_lines

STILL = "Still out of time, and kept: "


class Command(BaseCommand):
    help = (
        "Records hits that were set aside because they are ahead of the clock or from before "
        "their contact was made. What was recorded already counts once. Ingest may run."
    )
    requires_system_checks = [FILES, ROBOTS]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--shift-minutes", type=int, default=0, help="correct every time by so many minutes"
        )
        parser.add_argument(
            "--any-time", action="store_true", help="accept every time, however unlikely"
        )

    def handle(self, *args: object, shift_minutes: int, any_time: bool, **options: object) -> None:
        try:
            shift = timedelta(minutes=shift_minutes)
        except OverflowError:
            raise CommandError("--shift-minutes is more than any clock can be off.") from None
        heed_decisions()
        now = None if any_time else timezone.now()
        for name, lines, path in _sources():
            try:
                taken = record_lines(lines, now=now, shift=shift)
            except OSError as error:
                raise CommandError(f"{name} could not be read: {error}") from None
            self._tell(name, taken)
            if path and taken.settled and rejected.is_closed(path, now=datetime.now(UTC)):
                path.unlink()
                self.stdout.write(f"{name} is done with, and removed.")

    def _tell(self, name: str, taken: Taken) -> None:
        known = ", ".join(f"{count} {why}" for why, count in sorted(taken.dropped.items()) if count)
        self.stdout.write(f"{name}: {taken.recorded} recorded" + (f", {known}" if known else ""))
        if taken.out_of_time:
            reasons = sorted(taken.out_of_time.items())
            self.stdout.write(STILL + ", ".join(f"{count} {why}" for why, count in reasons))
        if taken.unreadable:
            self.stdout.write(f"{taken.unreadable} lines are no hit, or of no time a hit can have.")


def _sources() -> Iterator[tuple[str, Iterator[bytes], Path | None]]:
    """What to call a source, its lines, and its file if it is one."""
    for path in rejected.files(settings.SPOOL_DIR / REJECTED, reasons=OUT_OF_TIME):
        with path.open("rb") as lines:
            yield path.name, lines, path
    if settings.KAFKA:
        # The library is only installed where it is needed.
        from tracking.kafka.dead_letters import dead_letters

        kafka = settings.KAFKA
        yield kafka.dead_letters, dead_letters(kafka, reasons=OUT_OF_TIME), None
