"""Applies the present rules to opens that earlier ones decided."""

from django.core.management.base import BaseCommand

from tracking.reclassify import reclassify_opens


class Command(BaseCommand):
    help = "Decides every stored open by the present rules; counters follow. Ingest may run."

    def handle(self, *args, **options):
        self.stdout.write(f"{reclassify_opens()} hits were decided anew.")
