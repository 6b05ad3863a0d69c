"""Reads the dead-letter topic from the beginning without changing anything."""

import time
from collections.abc import Collection, Iterator

from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition
from confluent_kafka import Message as Received

from foundation.env import KafkaSettings
from tracking.hits.event_log import Reason
from tracking.kafka.client import (
    ANSWER_SECONDS,
    FAILURES,
    NOT_MADE_YET,
    KafkaAway,
    Trouble,
    make_consumer,
)

GATHER = 500
GATHER_SECONDS = 0.2
# How long to wait for a message or the end of the topic.
PATIENCE_SECONDS = 10.0


def dead_letters(kafka: KafkaSettings, *, reasons: Collection[Reason]) -> Iterator[bytes]:
    """The messages set aside for one of these reasons; raises KafkaAway."""
    # It joins no group: it assigns the partitions itself and commits nothing.
    trouble = Trouble()
    consumer = make_consumer(kafka, trouble, **{"allow.auto.create.topics": False})
    try:
        found = consumer.list_topics(kafka.dead_letters, ANSWER_SECONDS).topics[kafka.dead_letters]
        if found.error and found.error.code() not in NOT_MADE_YET:
            raise KafkaAway(found.error)
        waiting = set(found.partitions)
        consumer.assign(
            [TopicPartition(kafka.dead_letters, number, OFFSET_BEGINNING) for number in waiting]
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting:
            if time.monotonic() >= deadline:
                raise KafkaAway("The brokers gave neither messages nor the end of the topic.")
            for message in consumer.consume(GATHER, GATHER_SECONDS):
                deadline = time.monotonic() + PATIENCE_SECONDS
                if _at_end(message):
                    waiting.discard(message.partition())
                elif _reason(message) in reasons:
                    yield message.value() or b""
    except FAILURES as error:
        raise trouble.explain(error) from None
    finally:
        consumer.close()


def _at_end(message: Received) -> bool:
    error = message.error()
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise KafkaAway(error)
    return error is not None


def _reason(message: Received) -> str:
    """Empty if there is none; a header may have no value."""
    reason = dict(message.headers() or ()).get("reason")
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else ""
