"""Sees that topics keep what people loaded no longer than it is needed.

Hits that are recorded are deleted where the broker can do that. Elsewhere only the topic's own
retention removes those of somebody who withdraws later, so that must be short.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cached_property

import structlog
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigEntry, ConfigResource

from foundation.env import KafkaSettings
from tracking.kafka.client import FAILURES, NOT_MADE_YET, Trouble, make_admin

HOUR_MS = 3_600_000
MOST_HOURS = 24
# Until somebody has looked at what could not be recorded, as in `SPOOL_DIR/rejected/`.
MOST_HOURS_OF_DEAD_LETTERS = 7 * 24
# For each request.
PATIENCE_SECONDS = 3.0
DELETE_SECONDS = 10.0
LOOK_SECONDS = 3600.0

log = structlog.get_logger(__name__)


def complaint(topic: str, *, hours: int, entries: Mapping[str, str]) -> str | None:
    """What is wrong with a topic's configuration, in a sentence that says what to do."""
    policy = entries.get("cleanup.policy", "delete")
    if "delete" not in policy:
        return (
            f"The topic {topic} never deletes messages (cleanup.policy={policy}): "
            "set its cleanup.policy to delete."
        )
    kept = _milliseconds(entries.get("retention.ms"))
    if 0 <= kept <= hours * HOUR_MS:
        return None
    how_long = f"for {kept / HOUR_MS:,.0f} hours" if kept >= 0 else "for ever"
    return (
        f"The topic {topic} keeps messages {how_long}: set its retention.ms to at most "
        f"{hours * HOUR_MS} ({hours} hours), so that what people loaded is gone by then."
    )


def _milliseconds(value: str | None) -> int:
    """Where a broker does not say, Kafka's own default."""
    try:
        return int(value or "")
    except ValueError:
        return 7 * 24 * HOUR_MS


class Retention:
    """How long a topic and its dead letters are kept; a failure never disturbs the reader."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._trouble = Trouble()
        # By partition: the first offset that is not recorded.
        self._recorded: dict[int, int] = {}
        self._asked: Sequence[Future[object]] = []
        self._next_deletion = 0.0
        self._next_look = time.monotonic() + LOOK_SECONDS

    @cached_property
    def _admin(self) -> AdminClient:
        return make_admin(self._kafka, self._trouble)

    def complaints(self) -> list[str]:
        """What is wrong with the topics' configuration; nothing where no broker can tell."""
        most_hours = {
            self._kafka.topic: MOST_HOURS,
            self._kafka.dead_letters: MOST_HOURS_OF_DEAD_LETTERS,
        }
        topics = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in most_hours]
        try:
            asked = self._admin.describe_configs(topics, request_timeout=PATIENCE_SECONDS)
        except FAILURES as error:
            log.warning("kafka_retention_unknown", detail=str(error)[:200])
            return []
        found = []
        for resource, answer in asked.items():
            entries = _configuration(resource.name, answer)
            if entries is not None:
                hours = most_hours[resource.name]
                found.append(complaint(resource.name, hours=hours, entries=entries))
        return [each for each in found if each]

    def committed(self, offsets: Iterable[TopicPartition]) -> None:
        """Delete what is recorded, now and then; look at the configuration again every hour."""
        self._recorded.update({each.partition: each.offset for each in offsets})
        now = time.monotonic()
        if now >= self._next_deletion:
            self._next_deletion = now + DELETE_SECONDS
            self._delete()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            for each in self.complaints():
                log.error("kafka_topic_keeps_too_long", detail=each)

    def _delete(self) -> None:
        """Ask for it; whether the broker did is only looked at before it is asked again."""
        for answer in self._asked:
            if not answer.done() or answer.exception() is not None:
                self._next_deletion = time.monotonic() + LOOK_SECONDS
                log.info("kafka_records_stay", detail=str(answer.done() and answer.exception()))
                self._asked = []
                return
        offsets = [
            TopicPartition(self._kafka.topic, partition, offset)
            for partition, offset in self._recorded.items()
        ]
        self._recorded = {}
        if not offsets:
            return
        with suppress(*FAILURES):
            asked = self._admin.delete_records(offsets, request_timeout=PATIENCE_SECONDS)
            self._asked = list(asked.values())


def _configuration(topic: str, answer: Future[dict[str, ConfigEntry]]) -> Mapping[str, str] | None:
    """None where no broker can tell, or the topic is not made yet."""
    try:
        entries = answer.result(2 * PATIENCE_SECONDS)
    except (*FAILURES, TimeoutError) as error:
        if not _is_not_made_yet(error):
            log.warning("kafka_retention_unknown", topic=topic, detail=str(error)[:200])
        return None
    return {name: str(entry.value) for name, entry in entries.items()}


def _is_not_made_yet(error: Exception) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() in NOT_MADE_YET
