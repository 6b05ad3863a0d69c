"""Hits go through Kafka, whatever process dies: each is counted once."""

from urllib.request import urlopen

import pytest
from confluent_kafka import KafkaError

from tests.kafka_cluster import INIT_PRODUCER_ID, PRODUCE
from tests.kafka_process import Broker
from tests.processes.kafka_pipeline import Pipeline, hit
from tests.processes.running import free_port, kill, terminate, wait_until

pytestmark = pytest.mark.one_engine

FEW = 300


def test_a_killed_consumer_is_replaced_and_invalid_messages_block_nothing(
    pipeline, pixels, database, check
):
    pipeline.put_into_topic(pixels[:FEW])
    poison = [b"{poison", b"{poison", b"", hit(pixels[0], at=0)]
    for partition, value in enumerate(poison):
        pipeline.cluster.send(pipeline.topic, value, key=b"", partition=partition)
    pipeline.cluster.flush()
    ingesters = [pipeline.start("ingest_opens") for _ in range(2)]
    wait_until(database.opens, "the first opens")
    kill(ingesters.pop(0))
    pipeline.put_into_topic(pixels[FEW : 2 * FEW])
    wait_until(pipeline.is_drained, "the other one to finish")
    assert terminate(ingesters.pop()) == 0
    check(pipeline.site, pipeline.loaded)
    dead = pipeline.cluster.messages(pipeline.dead_letters)
    assert {message.value() for message in dead} == set(poison)
    assert {tuple(message.headers()) for message in dead} == {(("reason", b"unreadable"),)}
    assert pipeline.metric("kafka_dead_letters_total") == len(dead) >= len(poison)


@pytest.mark.soak
def test_brokers_go_away_and_come_back(pipeline, pixels, database, check):
    site, cluster = pipeline.site, pipeline.cluster
    forwarder, ingest = pipeline.start("forward_opens"), pipeline.start("ingest_opens")
    pipeline.load(pixels[:FEW])
    wait_until(database.opens, "the first opens")
    cluster.take_brokers_away()
    try:
        pipeline.load(pixels[FEW : 2 * FEW])
        wait_until(lambda: "forward_waiting" in site.output(), "the forwarder to notice")
        wait_until(lambda: "ingest_waiting" in site.output(), "the ingester to notice")
        pipeline.writer.close()
        assert site.segments()
    finally:
        cluster.bring_brokers_back()
    wait_until(lambda: len(database.opens()) == 2 * FEW, "all opens")
    assert terminate(forwarder) == 0
    wait_until(pipeline.is_drained, "everything to be read")
    assert terminate(ingest) == 0
    assert pipeline.told_once_an_outage()
    check(site, pipeline.loaded)


def test_a_killed_forwarder_loses_nothing_and_its_replays_change_nothing(
    pipeline, pixels, database, check
):
    pipeline.load(pixels[:FEW])
    forwarder = pipeline.start("forward_opens")
    wait_until(pipeline.hits, "the first hits")
    pipeline.load(pixels[FEW : 2 * FEW])
    kill(forwarder)
    pipeline.writer.close()
    pipeline.run("forward_opens", "--once")
    assert pipeline.site.segments() == []
    hits = pipeline.hits()
    assert len(hits) > len({record["id"] for _, record in hits}) == 2 * FEW
    assert all(key.decode() == record["pixel"] for key, record in hits)
    pipeline.run("ingest_opens", "--once")
    assert pipeline.is_drained()
    assert pipeline.metric("kafka_forwarded_total") >= 2 * FEW
    check(pipeline.site, pipeline.loaded)


LOST_STATE = (PRODUCE, KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER)
FENCED = (INIT_PRODUCER_ID, KafkaError.INVALID_PRODUCER_EPOCH)


@pytest.mark.soak
@pytest.mark.parametrize("failures", [[FENCED], [LOST_STATE, FENCED]])
def test_a_producer_with_a_fatal_error_is_replaced(pipeline, pixels, database, check, failures):
    pipeline.load(pixels[:FEW])
    if LOST_STATE in failures:
        # Only an active producer has anything to lose.
        forwarder = pipeline.start("forward_opens")
        wait_until(pipeline.hits, "the first hits")
    for request, error in failures:
        pipeline.cluster.fail(request, error)
    if LOST_STATE not in failures:
        forwarder = pipeline.start("forward_opens")
    pipeline.load(pixels[FEW : 2 * FEW])
    pipeline.writer.close()
    wait_until(lambda: not pipeline.site.segments(), "the spool to be emptied")
    assert terminate(forwarder) == 0
    assert "forward_waiting" in pipeline.site.output()
    assert "hit_refused" not in pipeline.site.output()
    pipeline.run("ingest_opens", "--once")
    check(pipeline.site, pipeline.loaded)


@pytest.fixture
def broker():
    """The only broker, which a test may freeze and kill."""
    broker = Broker()
    yield broker
    broker.close()


@pytest.fixture
def lonely_pipeline(site, broker):
    pipeline = Pipeline(site, broker)
    yield pipeline
    pipeline.writer.close()


def freeze(broker):
    broker.freeze()
    return broker.thaw


def kill_broker(broker):
    """It restarts with no topic, no group and no producer."""
    broker.kill()
    return broker.start


@pytest.mark.soak
@pytest.mark.parametrize("fail", [freeze, kill_broker])
def test_the_only_broker_freezes_or_restarts_empty(
    lonely_pipeline, broker, pixels, database, check, fail
):
    pipeline, site = lonely_pipeline, lonely_pipeline.site
    ports = {"forward_opens": free_port(), "ingest_opens": free_port()}
    forwarder, ingest = (pipeline.start(job, METRICS_PORT=str(ports[job])) for job in ports)
    pipeline.load(pixels[:FEW])
    wait_until(lambda: len(database.opens()) == FEW, "the first opens")
    wait_until(lambda: all(up(port) for port in ports.values()), "both to say that Kafka is up")
    mend = fail(broker)
    pipeline.load(pixels[FEW : 2 * FEW])
    wait_until(lambda: "forward_waiting" in site.output(), "the forwarder to give up")
    wait_until(lambda: "ingest_waiting" in site.output(), "the ingester to give up")
    wait_until(lambda: not any(up(port) for port in ports.values()), "both to say that it is not")
    mend()
    pipeline.load(pixels[2 * FEW : 3 * FEW])
    pipeline.writer.close()
    wait_until(lambda: len(database.opens()) == 3 * FEW, "all opens")
    wait_until(lambda: all(up(port) for port in ports.values()), "both to say that it is again")
    assert terminate(forwarder) == terminate(ingest) == 0
    assert pipeline.told_once_an_outage()
    check(site, pipeline.loaded)


def up(port):
    """What the metrics of a process say of Kafka."""
    text = urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20).read().decode()
    return "\nkafka_up 1.0\n" in f"\n{text}"
