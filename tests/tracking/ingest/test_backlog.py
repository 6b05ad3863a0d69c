"""How far counting is behind with Kafka, for people and for Prometheus."""

import itertools
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

pytest.importorskip("confluent_kafka")

from foundation.env import KafkaSettings
from foundation.shutdown import Stop
from tests.admin_pages import text_of
from tests.figures import told_by
from tests.kafka_cluster import Cluster
from tracking import heartbeats
from tracking.counting.record import note_complete
from tracking.hits.progress_notes import SpoolNote
from tracking.ingest import backlog, spool_progress
from tracking.ingest.loop import IngestLoop
from tracking.kafka.reach import Reach
from tracking.kafka.reader import KafkaReader
from tracking.models import CounterAudit, IngestLock
from tracking.spool.writer import SpoolWriter

pytestmark = pytest.mark.django_db(transaction=True)
topics = itertools.count()
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def kafka(kafka_cluster, settings, tmp_path):
    settings.KAFKA = KafkaSettings(kafka_cluster.brokers, f"behind-{next(topics)}", 2)
    settings.SPOOL_DIR = tmp_path
    kafka_cluster.create(settings.KAFKA.topic)
    return settings.KAFKA


@pytest.fixture
def closed_kafka(settings):
    cluster = Cluster()
    settings.KAFKA = KafkaSettings(cluster.brokers, "gone", 2)
    cluster.close()


@pytest.fixture
def put(kafka_cluster, kafka):
    def put(count):
        for number in range(count):
            kafka_cluster.send(kafka.topic, b"{}", partition=number % 4)
        kafka_cluster.flush()

    return put


def ingest(kafka):
    reader = KafkaReader(kafka, stop=Stop(), reach=Reach())
    IngestLoop(reader, Stop(), note=lambda *, moment: None).run(once=True)
    reader.close()


def figures():
    return told_by([*backlog.KafkaFigures().collect(), *backlog.spool_figures()])


def test_without_kafka_there_is_nothing_to_report(now):
    assert backlog.in_words(now=now) == ""
    assert figures() == {}


def test_the_lag_is_reported_once_there_is_one(now):
    assert told_by(backlog.lag_figures()) == {}
    note_complete(moment=now - MINUTE)
    assert 60 <= told_by(backlog.lag_figures())["ingest_lag_seconds",] < 120


def test_the_result_of_the_last_audit_is_reported_once_there_was_one(now):
    assert told_by(backlog.audit_figures()) == {}
    CounterAudit.objects.create(finished_at=now, differences=3)
    assert told_by(backlog.audit_figures()) == {
        ("counter_differences",): 3,
        ("counters_audited_timestamp_seconds",): now.timestamp(),
    }


def test_backups_are_not_reported_before_one_is_expected_or_made(now):
    heartbeats.note_seen("tasks", now=now)
    tasks = ("process_seen_timestamp_seconds", "tasks")
    assert told_by(backlog.process_figures()) == {tasks: now.timestamp()}
    heartbeats.begin_backups(due=now)
    heartbeats.note_seen(heartbeats.BACKUP_MADE, now=now - MINUTE)
    assert told_by(backlog.process_figures()) == {
        tasks: now.timestamp(),
        ("backup_due_timestamp_seconds",): now.timestamp(),
        ("backup_made_timestamp_seconds",): (now - MINUTE).timestamp(),
    }


def test_messages_wait_until_they_are_recorded(kafka, put, now):
    put(6)
    assert backlog.in_words(now=now) == "6 messages wait in Kafka."
    assert figures() == {("kafka_up",): 1, ("kafka_lag",): 6}
    ingest(kafka)
    put(1)
    assert backlog.in_words(now=now) == "1 message waits in Kafka."
    assert figures()["kafka_lag",] == 1


def test_a_topic_that_does_not_exist_yet_is_empty(kafka_cluster, settings):
    settings.KAFKA = KafkaSettings(kafka_cluster.brokers, "not-made-yet", 2)
    assert figures() == {("kafka_up",): 1, ("kafka_lag",): 0}


@pytest.mark.usefixtures("closed_kafka")
def test_it_says_that_kafka_does_not_answer(now):
    assert backlog.in_words(now=now) == "Kafka does not answer."
    assert figures() == {("kafka_up",): 0}


@pytest.mark.usefixtures("kafka")
def test_it_names_a_spool_without_news(now):
    spool_progress.note([SpoolNote("a-1", 0, 1, now), SpoolNote("b-2", 0, 1, now - 2 * MINUTE)])
    words = backlog.in_words(now=now)
    assert "No news of b-2: does forward_opens run there?" in words
    assert "a-1" not in words


@pytest.mark.usefixtures("kafka")
def test_it_names_few_of_many_spools(now):
    spool_progress.note([SpoolNote(f"host-{number}", 0, 1) for number in range(8)])
    assert "No news of host-0, host-1, host-2 and 5 more" in backlog.in_words(now=now)


def test_while_messages_wait_no_single_spool_is_named(put, now):
    put(1)
    spool_progress.note(
        [SpoolNote("a", 0, 1, now - 5 * MINUTE), SpoolNote("b", 0, 1, now - 5 * MINUTE)]
    )
    assert "No news" not in backlog.in_words(now=now)


@pytest.mark.usefixtures("kafka")
def test_the_metrics_say_how_late_each_spool_is(now):
    spool_progress.note([SpoolNote("a", 0, 1, now - MINUTE), SpoolNote("b", 0, 1)])
    found = figures()
    assert 60 <= found["spool_lag_seconds", "a"] < 120
    assert found["spool_lag_seconds", "b"] == float("inf")


@pytest.mark.usefixtures("kafka")
def test_prometheus_reads_them(client):
    assert "\nkafka_lag 0.0\n" in client.get("/metrics").text


def test_a_forwarded_spool_is_known_until_it_leaves(kafka, tmp_path):
    SpoolWriter(tmp_path, fsync_ms=0).close()
    call_command("forward_opens", once=True)
    ingest(kafka)
    [(spool, until)] = spool_progress.spools_complete_until().items()
    assert until is not None
    call_command("forward_opens", leave=True)
    ingest(kafka)
    assert spool_progress.spools_complete_until() == {}
    call_command("forward_opens", once=True)
    ingest(kafka)
    assert spool_progress.spools_complete_until().keys() == {spool}


def test_a_removed_spool_can_be_forgotten(kafka, now):
    spool_progress.note([SpoolNote("gone", number, 4, now) for number in range(4)])
    call_command("forward_opens", forget="gone")
    ingest(kafka)
    assert spool_progress.spools_complete_until() == {}


@pytest.mark.usefixtures("kafka")
@pytest.mark.parametrize("name", ["", "x" * 101])
def test_an_unknown_name_of_a_spool_is_refused(name):
    with pytest.raises(CommandError, match="1 to 100 characters"):
        call_command("forward_opens", forget=name)


def test_without_kafka_nothing_can_be_forwarded():
    with pytest.raises(CommandError, match="Set KAFKA_BROKERS"):
        call_command("forward_opens", once=True)


def test_the_admins_home_says_how_much_waits_while_counting_is_behind(put, now, admin_client):
    note_complete(moment=now)
    put(3)
    assert "wait in Kafka" not in text_of(admin_client.get("/admin/"))
    IngestLock.objects.update(complete_until=now - 10 * MINUTE)
    words = text_of(admin_client.get("/admin/"))
    assert "may be missing from every figure. 3 messages wait in Kafka." in words
