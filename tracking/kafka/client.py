"""How Kafka is spoken to: what clients are told, and how its failures show."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka import Message as Received

from foundation.env import KafkaSettings
from tracking.kafka.reach import Reach

# Hits are keyed by their pixel, notes of forwarders (`tracking.hits.progress_notes`) by this.
NOTE_KEY = b"spool-note"
# Until a delivery that did not succeed is given up and tried anew from the start.
DELIVERY_SECONDS = 10
ANSWER_SECONDS = 5
ANY_PARTITION = -1
# librdkafka would tell of every attempt to connect; an outage is logged once by who waits.
CRITICAL_ONLY = 2
NOT_MADE_YET = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC}


class KafkaAway(OSError):
    """Kafka did not do what was asked of it; in a moment it may."""

    def __init__(self, error: KafkaError | str, reason: KafkaError | None = None) -> None:
        super().__init__(" ".join(_in_words(each) for each in (error, reason) if each))


def _in_words(error: KafkaError | str) -> str:
    return error if isinstance(error, str) else f"{error.name()}: {error.str()}"


# How the library fails: it raises SystemError where it failed while it told of a failure.
FAILURES = (KafkaException, BufferError, SystemError, KafkaAway)


class Trouble:
    """What a client was told of its connections: why they fail, which no call of it says.

    Without somebody to tell the library raises fatal errors from whatever is called next.
    """

    def __init__(self) -> None:
        self._reason: KafkaError | None = None

    def note(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._reason = error

    def take(self) -> KafkaError | None:
        """What was told since it was last taken."""
        reason, self._reason = self._reason, None
        return reason

    def explain(self, error: Exception) -> KafkaAway:
        """The failure of a call, with the reason that was told meanwhile."""
        failed = error.args[0] if isinstance(error, KafkaException) else str(error)
        return KafkaAway(failed, self.take())


class Message(NamedTuple):
    value: bytes
    key: bytes | None = None
    partition: int = ANY_PARTITION
    headers: tuple[tuple[str, bytes], ...] = ()


def make_consumer(kafka: KafkaSettings, trouble: Trouble, **more: object) -> Consumer:
    """A member of ingest's group, which commits nothing by itself."""
    return Consumer(
        {
            **_common(kafka, trouble),
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
    """Sends messages, and knows when every broker in charge has them."""

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
        """Return once all are delivered; else raise KafkaAway, and some of them may be."""
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
            # Longer than any message is tried.
            left = producer.flush(DELIVERY_SECONDS + ANSWER_SECONDS)
            if failures or left:
                raise KafkaAway(failures[0] if failures else "Not delivered in time.")
        # Brokers that only tell of their topics take nothing yet.
        self._reach.tell(succeeded=True)

    @contextmanager
    def _attempt(self) -> Iterator[Producer]:
        """The producer for one attempt; a failed one leaves none behind.

        What brokers do may spoil a producer for good: it was fenced, or they lost what they knew
        of it. It tells so in many ways, or in none but messages that time out for ever. Another
        one is made in milliseconds, and what is sent twice counts once.
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
        """Drop the producer with all that it would still send."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(*FAILURES):
                producer.purge()
                # It tells what became of the messages, and of its connections.
                producer.poll(0)


def count_uncommitted(kafka: KafkaSettings, *, timeout: float) -> int:
    """Messages that ingest's group has not committed, over all partitions; raises KafkaAway.

    `timeout` is how many seconds each of the questions may take.
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
    # Without a commit the offset is negative; what Kafka has dropped by now waits no longer.
    return end - max(first, committed.offset)
