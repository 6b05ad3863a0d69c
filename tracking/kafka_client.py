"""How Kafka is spoken to: what clients are told, and how its failures show."""

from collections.abc import Iterable
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from pixeltrack.env import KafkaSettings

# Hits are keyed by their pixel, notes of forwarders (`tracking.spool_notes`) by this.
NOTE_KEY = b"spool-note"
# Until a delivery that did not succeed is given up and tried anew from the start.
DELIVERY_SECONDS = 10
ANSWER_SECONDS = 5
ANY_PARTITION = -1
# librdkafka would tell of every attempt to connect; an outage is logged once by who waits.
CRITICAL_ONLY = 2


class KafkaAway(OSError):
    """Kafka did not do what was asked of it; in a moment it may."""

    def __init__(self, error: KafkaError | str) -> None:
        super().__init__(error if isinstance(error, str) else f"{error.name()}: {error.str()}")


class Message(NamedTuple):
    value: bytes
    key: bytes | None = None
    partition: int = ANY_PARTITION
    headers: tuple[tuple[str, bytes], ...] = ()


def make_consumer(kafka: KafkaSettings, **more: object) -> Consumer:
    """A member of ingest's group, which commits nothing by itself."""
    return Consumer(
        {
            **_common(kafka),
            "group.id": kafka.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            # A topic that does not exist yet is looked for this often.
            "topic.metadata.refresh.interval.ms": 10_000,
            "allow.auto.create.topics": True,
            "session.timeout.ms": kafka.session_seconds * 1000,
            "heartbeat.interval.ms": kafka.session_seconds * 1000 // 3,
            # How long a commit waits for the group's coordinator.
            "coordinator.query.interval.ms": 2_000,
            "fetch.wait.max.ms": 200,
            **more,
        }
    )


def _common(kafka: KafkaSettings) -> dict[str, object]:
    return {
        "bootstrap.servers": kafka.brokers,
        "client.id": "pixeltrack",
        "log_level": CRITICAL_ONLY,
        "reconnect.backoff.max.ms": 2_000,
    }


class Delivery:
    """Sends messages, and knows when every broker in charge has them."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._producer = self._make_producer()

    def _make_producer(self) -> Producer:
        return Producer(
            {
                **_common(self._kafka),
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "lz4",
                "message.timeout.ms": DELIVERY_SECONDS * 1000,
            }
        )

    def partitions(self, topic: str) -> list[int]:
        """The partitions of a topic; raises KafkaAway."""
        try:
            found = self._producer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
        except KafkaException as error:
            raise KafkaAway(error.args[0]) from None
        if found.error or not found.partitions:
            raise KafkaAway(found.error or f"Topic {topic} has no partitions.")
        return sorted(found.partitions)

    def deliver(self, topic: str, messages: Iterable[Message]) -> None:
        """Return once all are delivered; else raise KafkaAway, and some of them may be."""
        failures: list[KafkaError] = []
        try:
            for message in messages:
                self._producer.produce(
                    topic,
                    message.value,
                    key=message.key,
                    partition=message.partition,
                    headers=list(message.headers),
                    on_delivery=lambda error, _: error and failures.append(error),
                )
        except KafkaException as error:
            failures.append(error.args[0])
        except BufferError:
            failures.append(KafkaError(KafkaError._QUEUE_FULL))
        # Longer than any message is tried: afterwards nothing is under way any more.
        left = self._producer.flush(DELIVERY_SECONDS + ANSWER_SECONDS)
        if failures or left:
            self._give_up(failures)

    def _give_up(self, failures: list[KafkaError]) -> None:
        if not failures or any(error.fatal() for error in failures):
            # It would refuse everything from now on, or still send what is tried anew.
            self._producer.purge()
            self._producer = self._make_producer()
        raise KafkaAway(failures[0] if failures else "Messages were not delivered in time.")


def count_uncommitted(kafka: KafkaSettings, *, timeout: float) -> int:
    """Messages that ingest's group has not committed, over all partitions; raises KafkaAway.

    `timeout` is how many seconds each of the questions may take.
    """
    consumer = make_consumer(kafka, **{"allow.auto.create.topics": False})
    try:
        found = consumer.list_topics(kafka.topic, timeout).topics[kafka.topic]
        partitions = [TopicPartition(kafka.topic, number) for number in found.partitions]
        return sum(
            _uncommitted(consumer, each, timeout)
            for each in (consumer.committed(partitions, timeout) if partitions else ())
        )
    except KafkaException as error:
        raise KafkaAway(error.args[0]) from None
    finally:
        consumer.close()


def _uncommitted(consumer: Consumer, committed: TopicPartition, timeout: float) -> int:
    first, end = consumer.get_watermark_offsets(committed, timeout, cached=False)
    # Without a commit the offset is negative; what Kafka has dropped by now waits no longer.
    return end - max(first, committed.offset)
