"""Forwards the spool of one pixel host to Kafka and reports its progress."""

import secrets
import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from foundation.env import KafkaSettings
from foundation.metrics import prometheus
from tracking.counting.record import Outcome
from tracking.hits import event_log, progress_notes
from tracking.hits.event_log import Hit
from tracking.kafka.client import NOTE_KEY, Delivery, Message
from tracking.kafka.reach import Reach

NAME_FILE = ".name"


class Forwarder:
    """Delivers hits and notes of one spool; all methods may raise KafkaAway."""

    def __init__(self, kafka: KafkaSettings, *, spool: str, reach: Reach) -> None:
        self._topic = kafka.topic
        self._spool = spool
        self._delivery = Delivery(kafka, reach)
        self._begun = False

    def forward(self, hits: Sequence[Hit]) -> Outcome:
        """Deliver the hits; those of one pixel stay in order."""
        self._begin()
        messages = [Message(event_log.to_line(hit), str(hit.pixel_id).encode()) for hit in hits]
        self._delivery.deliver(self._topic, messages)
        prometheus.FORWARDED.inc(len(hits))
        return Outcome()

    def note(self, *, moment: datetime) -> None:
        """Report that every hit before this moment was delivered."""
        self._begin()
        self._tell(complete_until=moment)

    def leave(self) -> None:
        """Report that this spool will send no more hits."""
        self._tell(leaves=True)

    def _begin(self) -> None:
        """Announce this spool before any of its hits."""
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
    """The name of a spool, stored in its folder; only the spool's reader may call this."""
    path = folder / NAME_FILE
    if not path.exists():
        # Containers on several hosts may have the same host name.
        new = folder / f"{NAME_FILE}.new"
        host = "".join(c for c in socket.gethostname() if c.isalnum() or c in "-._")[:60]
        new.write_text(f"{host}-{secrets.token_hex(4)}")
        new.rename(path)
    return path.read_text().strip()
