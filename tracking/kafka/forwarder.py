"""Brings what the spool of one pixel host holds to Kafka, and tells how far it is."""

import secrets
import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from foundation.env import KafkaSettings
from foundation.metrics import figures as metrics
from tracking.counting.record import Outcome
from tracking.hits import event_log, progress_notes
from tracking.hits.event_log import Hit
from tracking.kafka.client import NOTE_KEY, Delivery, Message
from tracking.kafka.reach import Reach

NAME_FILE = ".name"


class Forwarder:
    """Delivers hits and notes of one spool; whatever it does may raise KafkaAway."""

    def __init__(self, kafka: KafkaSettings, *, spool: str, reach: Reach) -> None:
        self._topic = kafka.topic
        self._spool = spool
        self._delivery = Delivery(kafka, reach)
        self._begun = False

    def forward(self, hits: Sequence[Hit]) -> Outcome:
        """Deliver the hits, those of one pixel in their order."""
        self._begin()
        messages = [Message(event_log.to_line(hit), str(hit.pixel_id).encode()) for hit in hits]
        self._delivery.deliver(self._topic, messages)
        metrics.FORWARDED.inc(len(hits))
        return Outcome()

    def note(self, *, moment: datetime) -> None:
        """Tell that every hit from before this moment was delivered."""
        self._begin()
        self._tell(complete_until=moment)

    def leave(self) -> None:
        """Tell that no hit of this spool will come any more."""
        self._tell(leaves=True)

    def _begin(self) -> None:
        """Tell that there is this spool, before any of its hits comes."""
        if not self._begun:
            self._tell()
            self._begun = True

    def _tell(self, *, complete_until: datetime | None = None, leaves: bool = False) -> None:
        partitions = self._delivery.partitions(self._topic)
        note = progress_notes.encode(
            spool=self._spool,
            partitions=len(partitions),
            complete_until=complete_until,
            leaves=leaves,
        )
        messages = [Message(note, NOTE_KEY, partition) for partition in partitions]
        self._delivery.deliver(self._topic, messages)


def name_of(folder: Path) -> str:
    """The name of a spool, which stays with its folder; only its reader may ask."""
    path = folder / NAME_FILE
    if not path.exists():
        # Containers of several hosts may bear one name.
        new = folder / f"{NAME_FILE}.new"
        host = "".join(c for c in socket.gethostname() if c.isalnum() or c in "-._")[:60]
        new.write_text(f"{host}-{secrets.token_hex(4)}")
        new.rename(path)
    return path.read_text().strip()
