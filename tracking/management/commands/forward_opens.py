"""Forwards the hits of this machine's spool to Kafka; runs for ever, or with --once until empty."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pixeltrack import metrics_folder
from pixeltrack.stop import Stop, stop_on_signals

metrics_folder.share()

from tracking.ingest_loop import IngestLoop  # noqa: E402
from tracking.spool_reader import SpoolReader  # noqa: E402


class Command(BaseCommand):
    help = (
        "Forwards the spool to Kafka (KAFKA_BROKERS); one process at a time reads a spool, others "
        "wait. Opens stay in the spool until Kafka has them."
    )
    # A pixel host needs no database.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="leave when nothing is left")
        parser.add_argument(
            "--leave",
            action="store_true",
            help="the same, and tell ingest that no more will come from here",
        )

    def handle(self, *args, once, leave, **options):
        if not settings.KAFKA:
            raise CommandError("Set KAFKA_BROKERS: without Kafka ingest_opens reads the spool.")
        reader = SpoolReader(settings.SPOOL_DIR)
        with stop_on_signals() as stop:
            try:
                if reader.wait_for_turn(stop):
                    _forward(reader, stop, once=once or leave, leave=leave)
            finally:
                reader.close()


def _forward(reader: SpoolReader, stop: Stop, *, once: bool, leave: bool) -> None:
    # Its library is there only where it is needed.
    from tracking.kafka_client import KafkaAway
    from tracking.kafka_forward import Forwarder, name_of

    forwarder = Forwarder(settings.KAFKA, spool=name_of(settings.SPOOL_DIR))
    loop = IngestLoop(
        reader,
        stop,
        record=forwarder.forward,
        launch=lambda *, now: False,
        note=forwarder.note,
        name="forward",
        target="Kafka",
    )
    loop.run(once=once)
    if leave and not stop.is_set():
        try:
            forwarder.leave()
        except KafkaAway as error:
            raise CommandError(f"Kafka could not be told; run this again. {error}") from None
