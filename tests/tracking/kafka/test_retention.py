"""Topics keep hits no longer than needed, whatever the brokers can do."""

from concurrent.futures import Future
from datetime import timedelta
from types import SimpleNamespace

import pytest
import structlog

pytest.importorskip("confluent_kafka")

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from django.core.management import CommandError, call_command

from foundation.env import KafkaSettings
from tracking.kafka import retention
from tracking.kafka.retention import HOUR_MS, Retention, complaint
from tracking.spool import rejected

KAFKA = KafkaSettings("127.0.0.1:1", "opens", 10)
WEEK_MS = 7 * 24 * HOUR_MS


def answered(result=None, error=None):
    future = Future()
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(KafkaException(KafkaError(error)))
    return future


class Brokers:
    """Brokers with the configurations of some topics, which may be unable to delete."""

    def __init__(self, *, topics=(), deletes=True):
        self.topics = dict(topics)
        self.deletes = deletes
        self.deleted = []

    def describe_configs(self, resources, **_):
        return {resource: self._describe(resource.name) for resource in resources}

    def _describe(self, topic):
        if topic not in self.topics:
            return answered(error=KafkaError.UNKNOWN_TOPIC_OR_PART)
        if self.topics[topic] is None:
            return answered(error=KafkaError._TIMED_OUT)
        entries = self.topics[topic].items()
        return answered({name: SimpleNamespace(value=value) for name, value in entries})

    def delete_records(self, offsets, **_):
        if not self.deletes:
            return {each: answered(error=KafkaError._UNSUPPORTED_FEATURE) for each in offsets}
        self.deleted += [(each.topic, each.partition, each.offset) for each in offsets]
        return {each: answered(SimpleNamespace(low_watermark=each.offset)) for each in offsets}


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(retention.time, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def make_retention(monkeypatch):
    def make(brokers):
        monkeypatch.setattr(retention, "make_admin", lambda kafka, trouble: brokers)
        return Retention(KAFKA)

    return make


@pytest.mark.parametrize(
    ("retention_ms", "hours", "said"),
    [
        ("86400000", 24, None),
        ("0", 24, None),
        ("86400001", 24, "keeps messages for 24 hours: set its retention.ms to at most 86400000"),
        ("604800000", 24, "keeps messages for 168 hours: set its retention.ms to at most 86400000"),
        ("604800000", 168, None),
        ("-1", 168, "keeps messages for ever: set its retention.ms to at most 604800000"),
    ],
)
def test_a_topic_that_keeps_too_long_is_told(retention_ms, hours, said):
    found = complaint("opens", hours=hours, entries={"retention.ms": retention_ms})
    assert (found is None) if said is None else (said in found)


@pytest.mark.parametrize("entries", [{}, {"retention.ms": "None"}, {"retention.ms": ""}])
def test_a_topic_whose_retention_nobody_tells_keeps_a_week(entries):
    assert "168 hours" in complaint("opens", hours=24, entries=entries)


@pytest.mark.parametrize(("policy", "is_fine"), [("compact", False), ("compact,delete", True)])
def test_a_topic_that_only_compacts_never_deletes(policy, is_fine):
    entries = {"cleanup.policy": policy, "retention.ms": "1000"}
    found = complaint("opens", hours=24, entries=entries)
    assert found is None if is_fine else "cleanup.policy to delete" in found


@pytest.mark.django_db
def test_ingest_does_not_start_while_a_topic_keeps_too_long(make_retention, settings):
    make_retention(Brokers(topics={"opens": {"retention.ms": str(WEEK_MS)}}))
    settings.KAFKA, settings.METRICS_PORT = KAFKA, None
    with pytest.raises(CommandError, match="The topic opens keeps messages for 168 hours: set its"):
        call_command("ingest_opens", once=True)


def test_dead_letters_are_kept_no_longer_than_lines_in_files():
    assert timedelta(hours=retention.MOST_HOURS_OF_DEAD_LETTERS) == rejected.KEPT


@pytest.mark.django_db
def test_ingest_does_not_start_while_dead_letters_are_kept_too_long(make_retention, settings):
    topics = {"opens": {"retention.ms": "1000"}, "opens.dead-letters": {"retention.ms": "-1"}}
    make_retention(Brokers(topics=topics))
    settings.KAFKA, settings.METRICS_PORT = KAFKA, None
    with pytest.raises(
        CommandError, match=r"The topic opens\.dead-letters keeps messages for ever"
    ):
        call_command("ingest_opens", once=True)


def test_dead_letters_may_be_kept_for_a_week_and_no_longer(make_retention):
    topics = {
        "opens": {"retention.ms": "1000"},
        "opens.dead-letters": {"retention.ms": str(WEEK_MS + HOUR_MS)},
    }
    [found] = make_retention(Brokers(topics=topics)).complaints()
    assert found.startswith("The topic opens.dead-letters keeps messages for 169 hours")
    topics["opens.dead-letters"] = {"retention.ms": str(WEEK_MS)}
    assert make_retention(Brokers(topics=topics)).complaints() == []


def test_topics_that_are_not_made_yet_are_no_complaint(make_retention):
    assert make_retention(Brokers()).complaints() == []


def test_where_no_broker_can_tell_it_is_logged(make_retention):
    with structlog.testing.capture_logs() as logs:
        assert make_retention(Brokers(topics={"opens": None})).complaints() == []
    assert [line["event"] for line in logs] == ["kafka_retention_unknown"]


def test_a_client_that_fails_to_ask_disturbs_nobody(make_retention, clock, monkeypatch):
    brokers = Brokers()
    kept = make_retention(brokers)

    def fail(*_, **__):
        raise KafkaException(KafkaError(KafkaError._FATAL))

    monkeypatch.setattr(brokers, "describe_configs", fail)
    monkeypatch.setattr(brokers, "delete_records", fail)
    clock.now += retention.LOOK_SECONDS
    kept.committed([TopicPartition("opens", 0, 1)])
    assert kept.complaints() == []


def test_what_is_recorded_is_deleted_now_and_then(make_retention, clock):
    brokers = Brokers()
    kept = make_retention(brokers)
    kept.committed([TopicPartition("opens", 0, 10)])
    clock.now += 1
    kept.committed([TopicPartition("opens", 0, 20), TopicPartition("opens", 1, 5)])
    assert brokers.deleted == [("opens", 0, 10)]
    clock.now += retention.DELETE_SECONDS
    kept.committed([TopicPartition("opens", 1, 6)])
    assert brokers.deleted[1:] == [("opens", 0, 20), ("opens", 1, 6)]


def test_brokers_that_cannot_delete_are_asked_again_after_an_hour(make_retention, clock):
    brokers = Brokers(deletes=False)
    kept = make_retention(brokers)
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            kept.committed([TopicPartition("opens", 0, 10)])
            clock.now += retention.DELETE_SECONDS
    assert [line["event"] for line in logs] == ["kafka_records_stay"]
    brokers.deletes = True
    clock.now += retention.LOOK_SECONDS
    kept.committed([TopicPartition("opens", 0, 11)])
    assert brokers.deleted == [("opens", 0, 11)]


def test_a_topic_that_is_changed_later_is_told_in_the_log(make_retention, clock):
    brokers = Brokers(topics={"opens": {"retention.ms": "1000"}})
    kept = make_retention(brokers)
    brokers.topics["opens"] = {"retention.ms": "-1"}
    clock.now += retention.LOOK_SECONDS
    with structlog.testing.capture_logs() as logs:
        kept.committed([TopicPartition("opens", 0, 1)])
    [line] = [line for line in logs if line["event"] == "kafka_topic_keeps_too_long"]
    assert "keeps messages for ever" in line["detail"]
