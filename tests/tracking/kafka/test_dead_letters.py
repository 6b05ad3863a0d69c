"""Messages in the dead-letter topic can be recorded from there."""

import itertools
from datetime import timedelta
from io import StringIO

import pytest

pytest.importorskip("confluent_kafka")

from django.core.management import call_command

from foundation.env import KafkaSettings
from foundation.shutdown import Stop
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting import record
from tracking.hits import event_log
from tracking.ingest.loop import IngestLoop
from tracking.kafka.client import Delivery, KafkaAway, Message
from tracking.kafka.dead_letters import dead_letters
from tracking.kafka.reach import Reach
from tracking.kafka.reader import KafkaReader
from tracking.models import Open

topics = itertools.count()
YEAR = timedelta(days=365)


@pytest.fixture
def kafka(kafka_cluster):
    settings = KafkaSettings(kafka_cluster.brokers, f"letters-{next(topics)}", 2)
    kafka_cluster.create(settings.topic)
    return settings


def test_dead_letters_have_their_reason_and_can_be_read_repeatedly(kafka, kafka_cluster):
    kafka_cluster.create(kafka.dead_letters, partitions=2)
    messages = [
        Message(reason.encode(), partition=partition, headers=(("reason", reason.encode()),))
        for reason in ("ahead", "refused", "before_contact")
        for partition in (0, 1)
    ]
    by_hand = [Message(b"by hand"), Message(b"by hand", headers=(("reason", None),))]
    Delivery(kafka, Reach()).deliver(kafka.dead_letters, [*messages, *by_hand])
    for _ in range(2):
        found = sorted(dead_letters(kafka, reasons=event_log.OUT_OF_TIME))
        assert found == [b"ahead"] * 2 + [b"before_contact"] * 2


def test_an_empty_topic_and_unreachable_brokers_are_told_apart(kafka, kafka_cluster):
    kafka_cluster.create(kafka.dead_letters, partitions=1)
    assert list(dead_letters(kafka, reasons=event_log.OUT_OF_TIME)) == []
    nowhere = KafkaSettings("127.0.0.1:1", kafka.topic, 2)
    with pytest.raises(KafkaAway):
        list(dead_letters(nowhere, reasons=event_log.OUT_OF_TIME))


@pytest.mark.django_db(transaction=True)
def test_hits_of_a_wrong_time_are_recorded_from_the_topic_once(
    kafka, kafka_cluster, settings, tmp_path
):
    settings.KAFKA, settings.SPOOL_DIR = kafka, tmp_path
    kafka_cluster.create(kafka.dead_letters, partitions=1)
    contact = make_contact(make_campaign().groups.get(number=1), created_at=START)
    hit = make_hit(contact)
    Delivery(kafka, Reach()).deliver(kafka.topic, [Message(event_log.to_line(hit))])
    reader = KafkaReader(kafka, stop=Stop(), reach=Reach())
    # The clock of the counting host was a year behind.
    behind = IngestLoop(
        reader,
        Stop(),
        record=lambda hits: record.record(hits, now=hit.at - YEAR),
        note=lambda *, moment: None,
    )
    behind.run(once=True)
    reader.close()
    assert not Open.objects.exists()
    out = StringIO()
    for _ in range(2):
        call_command("record_set_aside", stdout=out)
    assert out.getvalue().splitlines() == [
        f"{kafka.dead_letters}: 1 recorded",
        f"{kafka.dead_letters}: 0 recorded, 1 repeated",
    ]
    assert Open.objects.get().event_id == hit.event_id
