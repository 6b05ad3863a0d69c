"""Messages are delivered after any failure of their producer."""

import itertools

import pytest

pytest.importorskip("confluent_kafka")

from confluent_kafka import KafkaError

from foundation.env import KafkaSettings
from tests.kafka_cluster import INIT_PRODUCER_ID, PRODUCE
from tracking.kafka import client as kafka_client
from tracking.kafka.client import Delivery, KafkaAway, Message, count_uncommitted
from tracking.kafka.reach import Reach

topics = itertools.count()
FAILURES = [
    # The brokers do not know the producer, or not any more.
    (PRODUCE, KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER),
    (PRODUCE, KafkaError.UNKNOWN_PRODUCER_ID),
    # Another producer took its place.
    (PRODUCE, KafkaError.INVALID_PRODUCER_EPOCH),
    (PRODUCE, KafkaError.PRODUCER_FENCED),
    (INIT_PRODUCER_ID, KafkaError.INVALID_PRODUCER_EPOCH),
    # It is not authorized for a while.
    (PRODUCE, KafkaError.TOPIC_AUTHORIZATION_FAILED),
    (INIT_PRODUCER_ID, KafkaError.CLUSTER_AUTHORIZATION_FAILED),
    (PRODUCE, KafkaError.INVALID_RECORD),
    (PRODUCE, KafkaError.UNKNOWN),
]


@pytest.fixture
def kafka(kafka_cluster):
    settings = KafkaSettings(kafka_cluster.brokers, f"deliver-{next(topics)}", 2)
    kafka_cluster.create(settings.topic)
    return settings


def send(delivery, kafka, value):
    """Send like a forwarder; returns whether the delivery was confirmed."""
    try:
        partitions = delivery.partitions(kafka.topic)
        delivery.deliver(kafka.topic, [Message(value, partition=partitions[0])])
    except KafkaAway:
        return False
    return True


@pytest.mark.parametrize(("request_kind", "error"), FAILURES)
@pytest.mark.parametrize("begun", [True, False], ids=["in the middle", "at the start"])
def test_every_failure_ends_with_its_cause(kafka, kafka_cluster, request_kind, error, begun):
    reach = Reach()
    delivery = Delivery(kafka, reach)
    told = [b"first"] if begun and send(delivery, kafka, b"first") else []
    kafka_cluster.fail(request_kind, error)
    told += [value for value in (b"1", b"2", b"3", b"4") if send(delivery, kafka, value)]
    assert reach.succeeded
    # One attempt may fail.
    assert told[-2:] == [b"3", b"4"]
    assert set(told) <= {message.value() for message in kafka_cluster.messages(kafka.topic)}


def test_brokers_that_only_describe_a_topic_do_not_count_as_available(kafka):
    reach = Reach()
    delivery = Delivery(kafka, reach)
    delivery.partitions(kafka.topic)
    assert reach.succeeded is None
    assert send(delivery, kafka, b"taken")
    assert reach.succeeded


def test_an_error_while_a_failure_is_described_is_a_failure_of_kafka(kafka, monkeypatch):
    class Broken:
        def __init__(self, _):
            pass

        def list_topics(self, *_, **__):
            raise SystemError("returned a result with an exception set")

        def purge(self):
            raise SystemError("again")

    reach = Reach()
    delivery = Delivery(kafka, reach)
    with monkeypatch.context() as patched:
        patched.setattr(kafka_client, "Producer", Broken)
        assert not send(delivery, kafka, b"1")
        assert reach.succeeded is False
    assert send(delivery, kafka, b"2")


def test_a_failure_says_why_there_is_no_connection(kafka):
    nobody = KafkaSettings("127.0.0.1:1", kafka.topic, 2)
    with pytest.raises(KafkaAway, match="Connection refused"):
        Delivery(nobody, Reach()).partitions(kafka.topic)


def test_a_topic_without_permission_is_not_an_empty_topic(kafka, kafka_cluster):
    kafka_cluster.refuse_topic(kafka.topic, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaAway):
        count_uncommitted(kafka, timeout=2)
