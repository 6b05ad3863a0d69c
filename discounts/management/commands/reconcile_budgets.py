"""Compares budgets and daily counts with the usages; exits with 1 if they differ."""

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from discounts import reconcile
from foundation.env import FILES

MOST_LINES = 50


class Command(BaseCommand):
    help = "Compares budgets with usages (exit code 1 on a difference); --repair corrects them."
    requires_system_checks = [FILES]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="correct the differences")

    def handle(self, *args: object, repair: bool, **options: object) -> None:
        differences = reconcile.find_differences()
        self._show(differences)
        if repair and differences:
            reconcile.repair(differences, now=timezone.now())
            differences = reconcile.find_differences()
            self._show_left(differences)
        if differences:
            raise SystemExit(1)
        self.stdout.write("Budgets and usages agree.")

    def _show(self, differences: reconcile.Differences) -> None:
        lines = list(differences.lines())
        for line in lines[:MOST_LINES]:
            self.stdout.write(line)
        if len(lines) > MOST_LINES:
            self.stdout.write(f"and {len(lines) - MOST_LINES} more differences")

    def _show_left(self, differences: reconcile.Differences) -> None:
        if differences:
            self.stdout.write("These could not be repaired:")
            self._show(differences)
