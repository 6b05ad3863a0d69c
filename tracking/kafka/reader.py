"""Reads a topic as an event log, sharing its partitions with the other group members.

Offsets are committed when a batch is acknowledged. When a partition is reassigned, its new member
starts with what was not acknowledged; hits recorded by both count once.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import NamedTuple, cast, get_args

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as Received

from foundation.env import KafkaSettings
from foundation.metrics import prometheus
from foundation.shutdown import Stop
from tracking.hits import progress_notes
from tracking.hits.event_log import MAX_LINE_BYTES, BadRecord, Batch, Hit, Reason, parse
from tracking.hits.progress_notes import BadNote, SpoolNote
from tracking.kafka.client import (
    FAILURES,
    NOTE_KEY,
    Delivery,
    KafkaAway,
    Message,
    Trouble,
    make_consumer,
)
from tracking.kafka.reach import Reach
from tracking.kafka.retention import Retention

# A batch is what arrives in this time, up to the limit.
GATHER_SECONDS = 0.2
# How long the assignment of partitions and their first answer may take.
PATIENCE_SECONDS = 10.0
# The partitions were reassigned meanwhile; the new member starts at the last commit.
MOVED = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError._ASSIGNMENT_LOST,
}

log = structlog.get_logger(__name__)

# Figures that begin at 0 show their first rise.
for _reason in get_args(Reason):
    prometheus.DEAD_LETTERS.labels(_reason)


class Span(NamedTuple):
    """Part of a partition: from the first offset up to but not including the last."""

    first: int
    last: int


# By partition.
Spans = dict[int, Span]


class KafkaReader:
    """The event log (`tracking.hits.event_log.EventLog`) in a topic; every message is a record."""

    def __init__(self, kafka: KafkaSettings, *, stop: Stop, reach: Reach) -> None:
        self._kafka = kafka
        self._topic = kafka.topic
        self._stop = stop
        self._reach = reach
        self._trouble = Trouble()
        self._retention = Retention(kafka)
        self._dead_letters = _DeadLetters(kafka, reach)
        self._assigned: set[int] | None = None
        self._at_end: set[int] = set()
        self._unacknowledged: Spans = {}
        self._member: Consumer | None = None
        self._sound_at = time.monotonic()

    @property
    def _consumer(self) -> Consumer:
        """Our group member; a new one after the last was discarded."""
        if self._member is None:
            self._sound_at = time.monotonic()
            self._member = make_consumer(self._kafka, self._trouble)
            self._member.subscribe(
                [self._topic], on_assign=self._take_over, on_revoke=self._hand_over
            )
        return self._member

    @contextmanager
    def _attempt(self) -> Iterator[None]:
        """Errors inside raise KafkaAway.

        A member that failed, or that got nothing for a long time, is discarded, since it may have
        become unusable. The next one starts at the last commit.
        """
        try:
            yield
        except FAILURES as error:
            self._reach.tell(succeeded=False)
            silent = time.monotonic() - self._sound_at >= PATIENCE_SECONDS
            if silent or not isinstance(error, KafkaAway):
                self.close()
            raise self._trouble.explain(error) from None
        else:
            self._sound_at = time.monotonic()
            self._reach.tell(succeeded=True)

    def read(self, *, limit: int) -> Batch[Spans] | None:
        """None once every assigned partition was read to its end, or when told to stop.

        Raises KafkaAway if neither that nor a record arrived.
        """
        with self._attempt():
            self._go_back()
            return self._read(limit)

    def _read(self, limit: int) -> Batch[Spans] | None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._stop.is_set():
            messages = self._gather(limit)
            if messages:
                return self._batch(messages)
            if self._assigned is not None and self._at_end >= self._assigned:
                return None
            if time.monotonic() >= deadline:
                raise KafkaAway("The brokers gave neither partitions nor messages.")
        return None

    def acknowledge(self, batch: Batch[Spans]) -> None:
        self._dead_letters.deliver()
        with self._attempt():
            self._commit_all(batch)
        self._unacknowledged = {}

    def _commit_all(self, batch: Batch[Spans]) -> None:
        """Commit the partitions that are still assigned; others restart at the last commit."""
        offsets = [
            TopicPartition(self._topic, partition, span.last)
            for partition, span in batch.position.items()
            if partition in (self._assigned or ())
        ]
        errors = self._commit(offsets) if offsets else []
        for error in errors:
            if error.code() not in MOVED:
                raise KafkaAway(error)
        if errors:
            log.info("kafka_partitions_moved", reason=errors[0].name())
        elif offsets:
            self._retention.committed(offsets)

    def _commit(self, offsets: list[TopicPartition]) -> list[KafkaError]:
        """Returns the error, if any."""
        try:
            committed = self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            return [error.args[0]]
        return [each.error for each in committed if each.error]

    def set_aside(self, lines: Iterable[bytes], *, reason: Reason) -> int:
        return self._dead_letters.add(lines, reason=reason)

    def close(self) -> None:
        """Leave the group, so that the other members need not wait for the session timeout."""
        member, self._member = self._member, None
        if member is not None:
            with suppress(*FAILURES):
                member.close()
        self._assigned = None
        self._at_end = set()
        self._unacknowledged = {}

    def _take_over(self, _consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._assigned = {each.partition for each in partitions}
        self._at_end = set()
        log.info("kafka_partitions", partitions=sorted(self._assigned))

    def _hand_over(self, _consumer: Consumer, _partitions: Sequence[TopicPartition]) -> None:
        self._assigned = None
        self._at_end = set()

    def _go_back(self) -> None:
        """Rewind to the unacknowledged messages."""
        for partition, span in self._unacknowledged.items():
            if partition in (self._assigned or ()):
                self._at_end.discard(partition)
                self._consumer.seek(TopicPartition(self._topic, partition, span.first))
        self._unacknowledged = {}

    def _gather(self, limit: int) -> list[Received]:
        messages: list[Received] = []
        failure = None
        for message in self._consumer.consume(limit, GATHER_SECONDS):
            error = message.error()
            if error is None:
                messages.append(message)
                self._at_end.discard(_place(message).partition)
            elif error.code() == KafkaError._PARTITION_EOF:
                self._at_end.add(_place(message).partition)
            elif error.code() != KafkaError._MAX_POLL_EXCEEDED:
                failure = error
        failure = self._trouble.take() or failure
        if failure and not messages:
            raise KafkaAway(failure)
        return messages

    def _batch(self, messages: Sequence[Received]) -> Batch[Spans]:
        hits: list[Hit] = []
        bad: list[bytes] = []
        notes: list[SpoolNote] = []
        position: Spans = {}
        for message in messages:
            _sort(message, hits, bad, notes)
            partition, offset = _place(message)
            first, last = position.get(partition, (offset, offset))
            position[partition] = Span(min(first, offset), max(last, offset + 1))
        self._unacknowledged = position
        more = not self._at_end >= position.keys()
        return Batch(tuple(hits), tuple(bad), position, more, tuple(notes))


class Place(NamedTuple):
    partition: int
    offset: int


def _place(message: Received) -> Place:
    # Only an unsent message has none.
    return Place(cast(int, message.partition()), cast(int, message.offset()))


def _sort(message: Received, hits: list[Hit], bad: list[bytes], notes: list[SpoolNote]) -> None:
    value = message.value() or b""
    try:
        if message.key() == NOTE_KEY:
            notes.append(progress_notes.parse(value, partition=_place(message).partition))
        elif (hit := parse(value)) is not None:
            hits.append(hit)
    except (BadRecord, BadNote):
        bad.append(value[:MAX_LINE_BYTES])


class _DeadLetters:
    """Messages that can't be recorded, to be sent to the dead-letter topic."""

    def __init__(self, kafka: KafkaSettings, reach: Reach) -> None:
        self._kafka = kafka
        self._reach = reach
        self._waiting: list[bytes] = []

    @cached_property
    def _delivery(self) -> Delivery:
        """Created on demand: most readers never need it."""
        return Delivery(self._kafka, self._reach)

    def add(self, lines: Iterable[bytes], *, reason: Reason) -> int:
        """How many were delivered, all of them; raises KafkaAway otherwise.

        Unreadable ones are buffered: they are not read again.
        """
        added = list(lines)
        if reason == "unreadable":
            self._waiting += added
            self.deliver()
        else:
            self._send(added, reason)
        return len(added)

    def deliver(self) -> None:
        """Return once the buffer is empty; raises KafkaAway."""
        if self._waiting:
            self._send(self._waiting, "unreadable")
            self._waiting = []

    def _send(self, lines: Sequence[bytes], reason: Reason) -> None:
        headers = (("reason", reason.encode()),)
        messages = [Message(line, headers=headers) for line in lines]
        self._delivery.deliver(self._kafka.dead_letters, messages)
        prometheus.DEAD_LETTERS.labels(reason).inc(len(lines))
