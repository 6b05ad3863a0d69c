"""Records the hits that wait in the spool; runs for ever, or with --once until it is empty."""

from django.conf import settings
from django.core.management.base import BaseCommand

from pixeltrack import metrics_folder
from pixeltrack.stop import stop_on_signals

metrics_folder.share()

from tracking.ingest_loop import IngestLoop  # noqa: E402
from tracking.spool_reader import SpoolReader  # noqa: E402


class Command(BaseCommand):
    help = "Records opens from the spool; one process at a time reads it, others wait."
    # It must start, and wait, while the database is away.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="leave when nothing is left")

    def handle(self, *args, once, **options):
        reader = SpoolReader(settings.SPOOL_DIR)
        with stop_on_signals() as stop:
            try:
                if reader.wait_for_turn(stop):
                    IngestLoop(reader, stop).run(once=once)
            finally:
                reader.close()
