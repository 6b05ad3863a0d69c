"""Deletes raw opens older than a number of days; counters stay."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foundation.env import FILES
from foundation.errors import DomainError
from tracking.upkeep.prune import prune_opens


class Command(BaseCommand):
    help = "Deletes raw opens older than --days (default: OPEN_RETENTION_DAYS); counters stay."
    requires_system_checks = [FILES]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=settings.OPEN_RETENTION_DAYS)

    def handle(self, *args: object, days: int | None, **options: object) -> None:
        if days is None:
            raise CommandError("Say how many days to keep: --days N, or set OPEN_RETENTION_DAYS.")
        try:
            removed = prune_opens(now=timezone.now(), keep_days=days)
        except DomainError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"{removed} raw opens were removed.")
