"""Looks for what no constraint can forbid; exit code 1 where it finds any."""

from django.core.management.base import BaseCommand

from tracking.consistency import problems


class Command(BaseCommand):
    help = "Looks for rows that contradict each other (exit code 1 where there are any)."

    def handle(self, *args, **options):
        found = list(problems())
        for what, count, examples in found:
            self.stdout.write(f"{what}: {count}, for example {', '.join(examples)}")
        if found:
            raise SystemExit(1)
        self.stdout.write("Nothing contradicts anything.")
