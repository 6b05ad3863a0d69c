"""Reports the lag of counting and where hits wait, for people and for Prometheus."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from foundation.env import KafkaSettings
from foundation.metrics.prometheus import gauge
from tracking import heartbeats
from tracking.ingest.spool_progress import spools_complete_until
from tracking.kafka.reach import Reach, kafka_up
from tracking.models import CounterAudit, IngestLock

# A page or scrape waits for the answer.
ANSWER_SECONDS = 2
LATE = timedelta(minutes=1)
NAMED = 3


def in_words(*, now: datetime) -> str:
    """Describes where the opens wait that should be counted by now; "" without Kafka."""
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
    """The spools that are late themselves, not because their messages wait in Kafka."""
    newest = max((moment for moment in until.values() if moment), default=now)
    expected = (newest if waiting else now) - LATE
    return sorted(spool for spool, moment in until.items() if moment is None or moment < expected)


class KafkaFigures:
    """The messages waiting in Kafka, for Prometheus; nothing without Kafka.

    `reach` is the result of the process's own calls to Kafka, if it makes any.
    """

    def __init__(self, reach: Reach | None = None) -> None:
        self._reach = reach or Reach()

    def collect(self) -> Iterator[Metric]:
        if not settings.KAFKA:
            return
        waiting = _messages_waiting(settings.KAFKA)
        yield kafka_up(waiting is not None and self._reach.succeeded is not False)
        if waiting is not None:
            meaning = "Messages in Kafka that ingest has not recorded, over all partitions"
            yield gauge("kafka_lag", meaning, waiting)


def lag_figures() -> Iterator[Metric]:
    """From the database: the lag of counting; nothing if it never ran."""
    until = IngestLock.objects.values_list("complete_until", flat=True).filter(id=1).first()
    if until is not None:
        meaning = "Time since the moment until which all hits are recorded"
        yield gauge("ingest_lag_seconds", meaning, (timezone.now() - until).total_seconds())


def spool_figures() -> Iterator[Metric]:
    """From the database: the lag of each spool that is forwarded to Kafka."""
    if not settings.KAFKA:
        return
    meaning = "Time since the moment until which all hits of a spool are recorded"
    ages = GaugeMetricFamily("spool_lag_seconds", meaning, labels=["spool"])
    for spool, moment in spools_complete_until().items():
        age = float("inf") if moment is None else (timezone.now() - moment).total_seconds()
        ages.add_metric([spool], age)
    yield ages


def process_figures() -> Iterator[Metric]:
    """From the database: when processes were last seen, a backup was made and the next is due."""
    meaning = "When a kind of process was last seen at work"
    seen = GaugeMetricFamily("process_seen_timestamp_seconds", meaning, labels=["process"])
    moments = {name: moment.timestamp() for name, moment in heartbeats.last_seen().items()}
    made, due = (
        moments.pop(name, None) for name in (heartbeats.BACKUP_MADE, heartbeats.BACKUP_DUE)
    )
    for name, moment in moments.items():
        seen.add_metric([name], moment)
    yield seen
    if made is not None:
        yield gauge("backup_made_timestamp_seconds", "When the newest backup was made", made)
    if due is not None:
        yield gauge("backup_due_timestamp_seconds", "When the next backup is due", due)


def audit_figures() -> Iterator[Metric]:
    """From the database: the result of the last audit of the counters; nothing without one."""
    for finished_at, differences in CounterAudit.objects.values_list("finished_at", "differences"):
        meaning = "Counters that differed from the raw opens when they were last audited"
        yield gauge("counter_differences", meaning, differences)
        meaning = "When the counters were last audited"
        yield gauge("counters_audited_timestamp_seconds", meaning, finished_at.timestamp())


def _messages_waiting(kafka: KafkaSettings) -> int | None:
    """Messages that ingest has not committed; None if Kafka does not answer."""
    # The library is only installed where it is needed.
    from tracking.kafka.client import KafkaAway, count_uncommitted

    try:
        return count_uncommitted(kafka, timeout=ANSWER_SECONDS)
    except KafkaAway:
        return None
