"""Where hits wait that go by way of Kafka: how many there, and which spools are not heard of."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from pixeltrack.env import KafkaSettings
from tracking.spools import spools_complete_until

# Somebody waits for the page or the figures meanwhile.
ANSWER_SECONDS = 2
LATE = timedelta(minutes=1)
NAMED = 3


def in_words(*, now: datetime) -> str:
    """Where the opens are that should be counted by now, for people; "" without Kafka."""
    if not settings.KAFKA:
        return ""
    waiting = _messages_waiting(settings.KAFKA)
    if waiting is None:
        return "Kafka does not answer."
    words = "1 message waits" if waiting == 1 else f"{waiting:,} messages wait"
    words += " in Kafka."
    late = _late_spools(spools_complete_until(), now=now, waiting=waiting)
    if late:
        more = f" and {len(late) - NAMED:,} more" if len(late) > NAMED else ""
        words += (
            f" No news of {', '.join(late[:NAMED])}{more}: does forward_opens run there? "
            "A spool that is gone for good: forward_opens --forget with its name."
        )
    return words


def _late_spools(until: Mapping[str, datetime | None], *, now: datetime, waiting: int) -> list[str]:
    """The spools that are late by themselves, not because what they sent still waits."""
    newest = max((moment for moment in until.values() if moment), default=now)
    expected = (newest if waiting else now) - LATE
    return sorted(spool for spool, moment in until.items() if moment is None or moment < expected)


class BacklogFigures:
    """The figures on it, for Prometheus."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if not settings.KAFKA:
            return
        waiting = _messages_waiting(settings.KAFKA)
        yield GaugeMetricFamily("kafka_up", "Whether Kafka answers", value=waiting is not None)
        if waiting is not None:
            meaning = "Messages in Kafka that ingest has not recorded, over all partitions"
            yield GaugeMetricFamily("kafka_lag", meaning, value=waiting)
        yield from _spool_figures()


def _spool_figures() -> Iterator[GaugeMetricFamily]:
    meaning = "How long ago the moment is until which all hits of a spool are recorded"
    ages = GaugeMetricFamily("spool_lag_seconds", meaning, labels=["spool"])
    try:
        until = spools_complete_until()
    except Error:
        # The figures are for seeing what is wrong: one that can't be had must not take the rest.
        return
    for spool, moment in until.items():
        age = float("inf") if moment is None else (timezone.now() - moment).total_seconds()
        ages.add_metric([spool], age)
    yield ages


def _messages_waiting(kafka: KafkaSettings) -> int | None:
    """Messages that ingest has not committed; None where Kafka does not answer."""
    # Its library is there only where it is needed.
    from tracking.kafka_client import KafkaAway, count_uncommitted

    try:
        return count_uncommitted(kafka, timeout=ANSWER_SECONDS)
    except KafkaAway:
        return None
