"""Previews how the current rules classify opens that earlier rules decided; --apply does it."""

from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from foundation.env import FILES
from reports.reclassify_preview import Change, Standing, preview_reclassification
from tracking.checks import ROBOTS
from tracking.hits.classify import Kind
from tracking.upkeep.reclassify import reclassify_opens

HINT = "Nothing was changed. manage.py reclassify_opens --apply classifies them again."


class Command(BaseCommand):
    help = (
        "Shows what the current rules would change of every stored open, by campaign and kind; "
        "--apply classifies them again and updates the counters. Ingest may run."
    )
    requires_system_checks = [FILES, ROBOTS]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--apply", action="store_true", help="apply the changes instead of only showing them"
        )

    def handle(self, *args: object, apply: bool, **options: object) -> None:
        preview = preview_reclassification(now=timezone.now())
        for change in preview.changes:
            for line in _lines(change):
                self.stdout.write(line)
        self.stdout.write(f"{preview.hits} hits are classified differently by the current rules.")
        if apply:
            self.stdout.write(f"{reclassify_opens()} hits were classified again.")
        elif preview.hits:
            self.stdout.write(HINT)


def _lines(change: Change) -> Iterator[str]:
    before, after = change.before, change.after
    yield f"Campaign {change.campaign.id}, {change.campaign}:"
    for kind in reversed(Kind):
        name = kind.name.lower()
        opens = _step(before.opens[kind], after.opens[kind])
        contacts = [s.figures.unique_by_kind[kind] for s in (before, after)]
        yield f"  {name}: opens {opens}, contacts {_step(*contacts)}"
    unique = [s.figures.unique_opens for s in (before, after)]
    yield f"  unique opens {_step(*unique)}, open rate {_step(*map(_rates, (before, after)))}"


def _step(before: object, after: object) -> str:
    return f"{before} -> {after}" if before != after else f"{before} as before"


def _rates(standing: Standing) -> str:
    rates = standing.figures.open_rate, standing.figures.open_rate_with_machine
    return " to ".join("none" if rate is None else f"{rate:.1%}" for rate in rates)
