"""Forwards the hits of this machine's spool to Kafka.

Runs until stopped, or with --once until nothing is left.
"""

from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.metrics.disk import DiskFigures
from foundation.metrics.prometheus import SpoolSize
from foundation.metrics.server import expose
from foundation.shutdown import Stop, stop_on_signals
from tracking.door.unrecorded import Door, DoorFigures
from tracking.hits.progress_notes import MAX_NAME
from tracking.ingest.loop import IngestLoop
from tracking.kafka.reach import Reach
from tracking.spool import rejected
from tracking.spool.reader import REJECTED, SpoolReader

if TYPE_CHECKING:
    from tracking.kafka.forwarder import Forwarder

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Forwards the spool to Kafka (KAFKA_BROKERS); one process at a time reads a spool, others "
        "wait. Opens stay in the spool until Kafka has them."
    )
    # A pixel host needs no database.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--once", action="store_true", help="exit when nothing is left")
        ways.add_argument(
            "--leave",
            action="store_true",
            help="the same, and tell ingest that no more will come from here",
        )
        ways.add_argument(
            "--forget", metavar="SPOOL", help="tell ingest that this spool is gone for good"
        )

    def handle(
        self, *args: object, once: bool, leave: bool, forget: str | None, **options: object
    ) -> None:
        if not settings.KAFKA:
            raise CommandError("Set KAFKA_BROKERS: without Kafka ingest_opens reads the spool.")
        # Kafka's library is only installed where it is needed.
        from tracking.kafka.forwarder import Forwarder, name_of

        if forget is not None:
            if not 0 < len(forget) <= MAX_NAME:
                raise CommandError(f"Give the spool's name: 1 to {MAX_NAME} characters.")
            _tell_end(Forwarder(settings.KAFKA, spool=forget, reach=Reach()))
            return
        reach = Reach()
        disk = DiskFigures({"spool": settings.SPOOL_DIR})
        expose(SpoolSize(settings.SPOOL_DIR), disk, DoorFigures(settings.PIXEL_ANSWERS), reach)
        door = Door(settings.PIXEL_ANSWERS, settings.SPOOL_DIR)
        reader = SpoolReader(settings.SPOOL_DIR, before_removal=door.before_removal)
        with stop_on_signals() as stop:
            try:
                if reader.wait_for_turn(stop):
                    door.watch()
                    name = name_of(settings.SPOOL_DIR)
                    forwarder = Forwarder(settings.KAFKA, spool=name, reach=reach)
                    _loop(reader, stop, forwarder).run(once=once or leave)
                    if leave and not stop.is_set():
                        _tell_end(forwarder)
            finally:
                reader.close()


def _loop(reader: SpoolReader, stop: Stop, forwarder: "Forwarder") -> IngestLoop:
    return IngestLoop(
        reader,
        stop,
        record=forwarder.forward,
        between=_remove_old,
        note=forwarder.note,
        # A pixel host has no database.
        note_set_aside=lambda lines, *, reason, now: None,
        name="forward",
        target="Kafka",
    )


def _remove_old(*, now: datetime) -> bool:
    """A pixel host has no database that could tell whose the lines are."""
    if old := rejected.remove_old(settings.SPOOL_DIR / REJECTED, now=now):
        log.info("set_aside_removed", files=old)
    return False


def _tell_end(forwarder: "Forwarder") -> None:
    try:
        forwarder.leave()
    except OSError as error:
        raise CommandError(f"Kafka could not be told; try again. {error}") from None
