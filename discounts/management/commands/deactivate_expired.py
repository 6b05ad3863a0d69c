"""Marks discount campaigns that have ended; the sweep also does it every minute."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from discounts.campaigns.services import mark_expired
from foundation.env import FILES


class Command(BaseCommand):
    help = "Mark discount campaigns that have ended as expired."
    requires_system_checks = [FILES]

    def handle(self, *args: object, **options: object) -> None:
        marked = mark_expired(now=timezone.now())
        self.stdout.write(f"Campaigns marked as expired: {marked}.")
