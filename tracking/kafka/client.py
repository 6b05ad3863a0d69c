"""Kafka clients: their configuration and their errors."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka import Message as Received
from confluent_kafka.admin import AdminClient

from foundation.env import KafkaSettings
from tracking.kafka.reach import Reach

# Hits are keyed by their pixel, notes of forwarders (`tracking.hits.progress_notes`) by this.
NOTE_KEY = b"spool-note"
# Seconds until an unsuccessful delivery is abandoned and started again.
DELIVERY_SECONDS = 10
ANSWER_SECONDS = 5
ANY_PARTITION = -1
# librdkafka would log every connection attempt; the loop logs an outage once.
CRITICAL_ONLY = 2
NOT_MADE_YET = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC}


class KafkaAway(OSError):
    """Kafka failed; a retry may succeed."""

    def __init__(self, error: KafkaError | str, reason: KafkaError | None = None) -> None:
        super().__init__(" ".join(_in_words(each) for each in (error, reason) if each))


def _in_words(error: KafkaError | str) -> str:
    return error if isinstance(error, str) else f"{error.name()}: {error.str()}"


# The library's errors; it raises SystemError when it fails while reporting an error.
FAILURES = (KafkaException, BufferError, SystemError, KafkaAway)


class Trouble:
    """Errors that a client reports in the background: why connections fail, which no call returns.

    Without a callback the library raises fatal errors from the next call.
    """

    def __init__(self) -> None:
        self._reason: KafkaError | None = None

    def note(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._reason = error

    def take(self) -> KafkaError | None:
        """The errors since the last call."""
        reason, self._reason = self._reason, None
        return reason

    def explain(self, error: Exception) -> KafkaAway:
        """The error of a call, with the reason reported in the background."""
        failed = error.args[0] if isinstance(error, KafkaException) else str(error)
        return KafkaAway(failed, self.take())


class Message(NamedTuple):
    value: bytes
    key: bytes | None = None
    partition: int = ANY_PARTITION
    headers: tuple[tuple[str, bytes], ...] = ()


def make_consumer(kafka: KafkaSettings, trouble: Trouble, **more: object) -> Consumer:
    """A consumer of ingest's group without automatic commits."""
    return Consumer(
        {
            **_common(kafka, trouble),
            "group.id": kafka.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            # How often a missing topic is looked for.
            "topic.metadata.refresh.interval.ms": 10_000,
            "allow.auto.create.topics": True,
            "session.timeout.ms": kafka.session_seconds * 1000,
            "heartbeat.interval.ms": kafka.session_seconds * 1000 // 3,
            # How long a commit waits for the group coordinator.
            "coordinator.query.interval.ms": 2_000,
            "fetch.wait.max.ms": 200,
            **more,
        }
    )


def make_admin(kafka: KafkaSettings, trouble: Trouble) -> AdminClient:
    return AdminClient(cast(dict[str, str | int | float | bool], _common(kafka, trouble)))


def _common(kafka: KafkaSettings, trouble: Trouble) -> dict[str, object]:
    return {
        **kafka.security,
        "bootstrap.servers": kafka.brokers,
        "error_cb": trouble.note,
        "client.id": "pixeltrack",
        "log_level": CRITICAL_ONLY,
        "reconnect.backoff.max.ms": 2_000,
    }


class Delivery:
    """Sends messages and waits until all in-sync replicas have them."""

    def __init__(self, kafka: KafkaSettings, reach: Reach) -> None:
        self._kafka = kafka
        self._reach = reach
        self._trouble = Trouble()
        self._producer: Producer | None = None

    def partitions(self, topic: str) -> list[int]:
        """The partitions of a topic; raises KafkaAway."""
        with self._attempt() as producer:
            found = producer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
            if found.error or not found.partitions:
                raise KafkaAway(found.error or f"Topic {topic} has no partitions.")
            return sorted(found.partitions)

    def deliver(self, topic: str, messages: Iterable[Message]) -> None:
        """Deliver all messages; raises KafkaAway, after which some may have been delivered."""
        failures: list[KafkaError] = []

        def take_note(error: KafkaError | None, _: Received) -> None:
            if error:
                failures.append(error)

        with self._attempt() as producer:
            for message in messages:
                producer.produce(
                    topic,
                    message.value,
                    key=message.key,
                    partition=message.partition,
                    headers=list(message.headers),
                    on_delivery=take_note,
                )
            # Longer than the delivery timeout of a message.
            left = producer.flush(DELIVERY_SECONDS + ANSWER_SECONDS)
            if failures or left:
                raise KafkaAway(failures[0] if failures else "Not delivered in time.")
        # Brokers that only return metadata do not accept messages yet.
        self._reach.tell(succeeded=True)

    @contextmanager
    def _attempt(self) -> Iterator[Producer]:
        """The producer for one attempt; it is discarded if the attempt fails.

        A producer may become unusable: it was fenced, or the brokers lost its state. It reports
        this in many ways, or only by messages that time out. Creating another one takes
        milliseconds, and duplicates count once.
        """
        try:
            self._producer = self._producer or self._make_producer()
            yield self._producer
        except FAILURES as error:
            self._reach.tell(succeeded=False)
            self._let_go()
            raise self._trouble.explain(error) from None
        else:
            self._trouble.take()

    def _make_producer(self) -> Producer:
        return Producer(
            {
                **_common(self._kafka, self._trouble),
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "lz4",
                "message.timeout.ms": DELIVERY_SECONDS * 1000,
            }
        )

    def _let_go(self) -> None:
        """Discard the producer with all unsent messages."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(*FAILURES):
                producer.purge()
                # Reports the fate of messages, and connection errors.
                producer.poll(0)


def count_uncommitted(kafka: KafkaSettings, *, timeout: float) -> int:
    """Messages that ingest's group has not committed, over all partitions; raises KafkaAway.

    `timeout` is the limit in seconds for each request.
    """
    trouble = Trouble()
    try:
        consumer = make_consumer(kafka, trouble, **{"allow.auto.create.topics": False})
    except KafkaException as error:
        raise trouble.explain(error) from None
    try:
        found = consumer.list_topics(kafka.topic, timeout).topics[kafka.topic]
        if found.error and found.error.code() not in NOT_MADE_YET:
            raise KafkaAway(found.error)
        partitions = [TopicPartition(kafka.topic, number) for number in found.partitions]
        return sum(
            _uncommitted(consumer, each, timeout)
            for each in (consumer.committed(partitions, timeout) if partitions else ())
        )
    except FAILURES as error:
        raise trouble.explain(error) from None
    finally:
        consumer.close()


def _uncommitted(consumer: Consumer, committed: TopicPartition, timeout: float) -> int:
    if committed.error:
        raise KafkaAway(committed.error)
    first, end = consumer.get_watermark_offsets(committed, timeout, cached=False)
    # Without a commit the offset is negative; messages that Kafka has deleted no longer wait.
    return end - max(first, committed.offset)
