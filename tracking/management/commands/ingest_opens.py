"""Records the hits in the spool, or in Kafka if KAFKA_BROKERS is set.

Runs until stopped, or with --once until nothing is left.
"""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation import database_fit
from foundation.env import KafkaSettings
from foundation.metrics.database import DatabaseFigures
from foundation.metrics.disk import DiskFigures
from foundation.metrics.prometheus import SpoolSize
from foundation.metrics.server import expose
from foundation.shutdown import Stop, stop_on_signals
from tracking.counting import campaign_slots
from tracking.door.unrecorded import Door, DoorFigures
from tracking.ingest.backlog import KafkaFigures, lag_figures, spool_figures
from tracking.ingest.loop import IngestLoop, collect_less_garbage
from tracking.kafka.reach import Reach
from tracking.management.decisions import heed_decisions
from tracking.spool.reader import REJECTED, SpoolReader
from tracking.upkeep.set_aside import Cleaning


class Command(BaseCommand):
    help = (
        "Records opens from the spool, which one process at a time reads, or from Kafka "
        "(KAFKA_BROKERS), whose partitions any number of processes share."
    )
    # It must start, and wait, while the database is down.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="exit when nothing is left")

    def handle(self, *args: object, once: bool, **options: object) -> None:
        from_database = DatabaseFigures(lag_figures, spool_figures)
        reach = Reach()
        door = DoorFigures(settings.PIXEL_ANSWERS)
        disk = DiskFigures({"spool": settings.SPOOL_DIR})
        kafka = KafkaFigures(reach)
        expose(SpoolSize(settings.SPOOL_DIR), disk, door, kafka, from_database)
        database_fit.log_problems()
        collect_less_garbage()
        with stop_on_signals() as stop:
            if settings.KAFKA:
                _read_kafka(settings.KAFKA, stop, reach, once=once)
            else:
                _read_spool(stop, once=once)


def _read_spool(stop: Stop, *, once: bool) -> None:
    door = Door(settings.PIXEL_ANSWERS, settings.SPOOL_DIR)
    reader = SpoolReader(settings.SPOOL_DIR, before_removal=door.before_removal)
    try:
        if reader.wait_for_turn(stop):
            door.watch()
            cleaning = Cleaning(settings.SPOOL_DIR / REJECTED)
            between = partial(_take_step, cleaning)
            IngestLoop(reader, stop, prepare=heed_decisions, between=between).run(once=once)
    finally:
        reader.close()


def _take_step(cleaning: Cleaning, *, now: datetime) -> bool:
    more = campaign_slots.take_step(now=now)
    cleaning.take_step(now=now)
    return more


def _read_kafka(kafka: KafkaSettings, stop: Stop, reach: Reach, *, once: bool) -> None:
    # The library is only installed where it is needed.
    from tracking.kafka.reader import KafkaReader
    from tracking.kafka.retention import Retention

    if complaints := Retention(kafka).complaints():
        raise CommandError(" ".join(complaints))
    reader = KafkaReader(kafka, stop=stop, reach=reach)
    try:
        # Other members and pixel hosts may hold more hits; only the forwarders' notes tell.
        IngestLoop(reader, stop, prepare=heed_decisions, note=lambda *, moment: None).run(once=once)
    finally:
        reader.close()
