"""Messages are delivered again after whatever Kafka did to the producer that delivers them."""

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
    # The brokers lost what they knew of the producer, or never knew it.
    (PRODUCE, KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER),
    (PRODUCE, KafkaError.UNKNOWN_PRODUCER_ID),
    # Another one took its place.
    (PRODUCE, KafkaError.INVALID_PRODUCER_EPOCH),
    (PRODUCE, KafkaError.PRODUCER_FENCED),
    (INIT_PRODUCER_ID, KafkaError.INVALID_PRODUCER_EPOCH),
    # For a while it may not.
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
    """What a forwarder does; whether it was told that the message is there."""
    try:
        partitions = delivery.partitions(kafka.topic)
        delivery.deliver(kafka.topic, [Message(value, partition=partitions[0])])
    except KafkaAway:
        return False
    return True


@pytest.mark.parametrize(("request_kind", "error"), FAILURES)
@pytest.mark.parametrize("begun", [True, False], ids=["in the middle", "at the start"])
def test_no_failure_outlives_its_cause(kafka, kafka_cluster, request_kind, error, begun):
    reach = Reach()
    delivery = Delivery(kafka, reach)
    told = [b"first"] if begun and send(delivery, kafka, b"first") else []
    kafka_cluster.fail(request_kind, error)
    told += [value for value in (b"1", b"2", b"3", b"4") if send(delivery, kafka, value)]
    assert reach.succeeded
    # One attempt may fail, or be all that notices.
    assert told[-2:] == [b"3", b"4"]
    assert set(told) <= {message.value() for message in kafka_cluster.messages(kafka.topic)}


def test_brokers_that_only_tell_of_a_topic_are_not_called_up(kafka):
    reach = Reach()
    delivery = Delivery(kafka, reach)
    delivery.partitions(kafka.topic)
    assert reach.succeeded is None
    assert send(delivery, kafka, b"taken")
    assert reach.succeeded


def test_what_fails_while_a_failure_is_told_is_a_failure_of_kafka(kafka, monkeypatch):
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


def test_a_topic_that_may_not_be_seen_is_no_topic_without_messages(kafka, kafka_cluster):
    kafka_cluster.refuse_topic(kafka.topic, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaAway):
        count_uncommitted(kafka, timeout=2)
