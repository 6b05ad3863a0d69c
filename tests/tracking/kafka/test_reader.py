"""The reader of a topic, beyond the contract of every event log."""

import itertools
from functools import partial

import pytest

pytest.importorskip("confluent_kafka")

from confluent_kafka import KafkaError

from foundation.env import KafkaSettings
from foundation.shutdown import Stop
from tests.kafka_cluster import OFFSET_COMMIT
from tracking.hits import event_log, progress_notes
from tracking.hits.progress_notes import SpoolNote
from tracking.kafka import reader as kafka_reader
from tracking.kafka.client import NOTE_KEY, Delivery, KafkaAway, make_consumer
from tracking.kafka.reach import Reach
from tracking.kafka.reader import KafkaReader

topics = itertools.count()


@pytest.fixture
def kafka(kafka_cluster):
    settings = KafkaSettings(kafka_cluster.brokers, f"read-{next(topics)}", 2)
    kafka_cluster.create(settings.topic)
    kafka_cluster.create(settings.dead_letters, partitions=1)
    return settings


@pytest.fixture
def stop():
    return Stop()


@pytest.fixture
def make_reader(kafka, stop):
    made = []

    def make():
        made.append(KafkaReader(kafka, stop=stop, reach=Reach()))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


@pytest.fixture
def send(kafka_cluster, kafka):
    def send(*values, partition=0, key=b""):
        for value in values:
            kafka_cluster.send(kafka.topic, value, key=key, partition=partition)
        kafka_cluster.flush()

    return send


@pytest.fixture
def committed(kafka_cluster, kafka):
    return lambda: kafka_cluster.committed(kafka.topic, kafka.group)


@pytest.fixture
def dead_letters(kafka_cluster, kafka):
    return lambda: [message.value() for message in kafka_cluster.messages(kafka.dead_letters)]


def record(number):
    return event_log.encode(
        event_id=f"{number:032x}",
        at=1_790_000_000,
        pixel="2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11",
        user_agent="",
        network="",
        purpose="",
    )


def test_an_offset_is_committed_when_its_batch_is_acknowledged(make_reader, send, committed):
    send(record(1), record(2))
    reader = make_reader()
    batch = reader.read(limit=10)
    assert (len(batch.hits), committed()) == (2, 0)
    reader.acknowledge(batch)
    assert committed() == 2


def test_notes_of_forwarders_come_with_the_batch(make_reader, send):
    send(progress_notes.encode(spool="a", partitions=4), partition=2, key=NOTE_KEY)
    send(b'{"spool": 7}', partition=2, key=NOTE_KEY)
    batch = make_reader().read(limit=10)
    assert batch.notes == (SpoolNote("a", 2, 4),)
    assert (batch.hits, batch.bad_lines) == ((), (b'{"spool": 7}',))


def test_it_is_read_to_its_end_once_all_partitions_are(make_reader, send):
    for partition in range(4):
        send(record(partition), partition=partition)
    reader = make_reader()
    seen = []
    while batch := reader.read(limit=1):
        seen += batch.hits
        reader.acknowledge(batch)
    assert len(seen) == 4


def test_a_message_without_a_value_is_a_bad_line(make_reader, send):
    send(None)
    assert make_reader().read(limit=10).bad_lines == (b"",)


def test_a_stop_waits_for_nothing(make_reader, stop):
    stop.set()
    assert make_reader().read(limit=10) is None


def test_dead_letters_are_delivered_before_the_offset_is_committed(
    make_reader, send, committed, dead_letters, monkeypatch
):
    send(b"{poison")
    reader = make_reader()
    batch = reader.read(limit=10)

    def fail(*_):
        raise KafkaAway("away")

    with monkeypatch.context() as patched:
        patched.setattr(Delivery, "deliver", fail)
        with pytest.raises(KafkaAway):
            reader.set_aside(batch.bad_lines, reason="unreadable")
        with pytest.raises(KafkaAway):
            reader.acknowledge(batch)
        assert committed() == 0
    reader.acknowledge(batch)
    assert dead_letters() == [b"{poison"]
    assert committed() == 1


def test_a_refused_line_is_set_aside_once_however_often_it_is_read(
    make_reader, dead_letters, monkeypatch
):
    reader = make_reader()

    def fail(*_):
        raise KafkaAway("away")

    with monkeypatch.context() as patched:
        patched.setattr(Delivery, "deliver", fail)
        with pytest.raises(KafkaAway):
            reader.set_aside([record(1)], reason="refused")
    assert reader.set_aside([record(1)], reason="refused") == 1
    assert dead_letters() == [record(1)]


def test_a_commit_after_partitions_moved_blocks_nothing(
    make_reader, send, committed, kafka_cluster
):
    send(record(1))
    reader = make_reader()
    batch = reader.read(limit=10)
    kafka_cluster.fail(OFFSET_COMMIT, KafkaError.ILLEGAL_GENERATION)
    reader.acknowledge(batch)
    assert committed() == 0
    send(record(2))
    # What is read again and what is new may come one after the other.
    for _ in range(10):
        reader.acknowledge(reader.read(limit=10))
        if committed() == 2:
            break
    assert committed() == 2


def test_a_commit_that_fails_is_tried_again(make_reader, send, committed, kafka_cluster):
    send(record(1))
    reader = make_reader()
    batch = reader.read(limit=10)
    kafka_cluster.fail(OFFSET_COMMIT, KafkaError.GROUP_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaAway):
        reader.acknowledge(batch)
    reader.acknowledge(batch)
    assert committed() == 1


def test_a_consumer_that_is_blocked_too_long_is_replaced_and_joins_again(
    make_reader, send, committed, monkeypatch
):
    patient = partial(make_consumer, **{"max.poll.interval.ms": 2000})
    with monkeypatch.context() as patched:
        patched.setattr(kafka_reader, "make_consumer", patient)
        held_up = make_reader()
    send(record(1))
    batch = held_up.read(limit=10)
    other = make_reader()
    [hit] = other.read(limit=10).hits
    assert (hit,) == batch.hits
    held_up.acknowledge(batch)
    other.close()
    send(record(2))
    assert held_up.read(limit=10).hits
