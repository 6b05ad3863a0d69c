"""Checks rules that no constraint can express; exits with 1 if any is broken."""

from django.core.management.base import BaseCommand

from foundation import database_fit
from foundation.env import FILES
from tracking.upkeep.consistency import problems


class Command(BaseCommand):
    help = (
        "Looks for rows that contradict each other or the keys (exit code 1 where there are any)."
    )
    requires_system_checks = [FILES]

    def handle(self, *args: object, **options: object) -> None:
        unfit = database_fit.problems()
        if unfit:
            # Without their tables the rows can't be checked.
            self.stdout.write("\n".join(unfit))
            raise SystemExit(1)
        found = list(problems())
        for what, count, examples in found:
            self.stdout.write(f"{what}: {count}, for example {', '.join(examples)}")
        if found:
            raise SystemExit(1)
        self.stdout.write("No contradictions found.")
