"""Compares the counters with the raw opens; exits with 1 if they differ."""

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from foundation.env import FILES
from tracking.upkeep import audit

MOST_LINES = 50
MOST_REPAIRS = 5


class Command(BaseCommand):
    help = "Compares counters with raw opens (exit code 1 on a difference); --repair corrects them."
    requires_system_checks = [FILES]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="correct the differences")

    def handle(self, *args: object, repair: bool, **options: object) -> None:
        difference = audit.find_differences()
        self._show(difference)
        if repair:
            difference = self._repair(difference)
        audit.note_outcome(differences=len(list(difference.lines())), now=timezone.now())
        if difference:
            raise SystemExit(1)
        self.stdout.write("Counters and raw opens agree.")

    def _repair(self, difference: audit.Difference) -> audit.Difference:
        # Ingest may have updated a wrong contact between the audit and the repair: audit again.
        for _ in range(MOST_REPAIRS):
            if not difference:
                break
            audit.repair(difference, now=timezone.now())
            difference = audit.find_differences()
        return difference

    def _show(self, difference: audit.Difference) -> None:
        lines = list(difference.lines())
        for line in lines[:MOST_LINES]:
            self.stdout.write(line)
        if len(lines) > MOST_LINES:
            self.stdout.write(f"and {len(lines) - MOST_LINES} more differences")
