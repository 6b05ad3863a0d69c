"""Hits go by way of Kafka, and whoever dies meanwhile: each is counted once."""

import itertools
import json
import time
import uuid
from dataclasses import dataclass, field

import pytest
from prometheus_client.multiprocess import MultiProcessCollector

from pixeltrack import metrics_ended
from tests.processes.running import USER_AGENTS, kill, terminate, wait_until
from tracking import eventlog
from tracking.spool import SpoolWriter

FEW = 300
GROUP_SESSION_SECONDS = "2"
numbers = itertools.count()


def hit(pixel, *, at=None):
    return eventlog.encode(
        event_id=uuid.uuid4().hex,
        at=time.time() if at is None else at,
        pixel=str(pixel),
        user_agent=USER_AGENTS[0],
        network="",
        purpose="",
    )


@dataclass
class Loaded:
    """The pixels whose hits were acknowledged, as `check` wants them."""

    answered: set = field(default_factory=set)
    failed: set = field(default_factory=set)


class Pipeline:
    """The spool of a pixel host, its forwarder, and the ingesters that read Kafka."""

    def __init__(self, site, cluster):
        self.site, self.cluster = site, cluster
        self.topic = f"opens-of-processes-{next(numbers)}"
        self.dead_letters = f"{self.topic}.dead-letters"
        cluster.create(self.topic)
        cluster.create(self.dead_letters, partitions=1)
        self.loaded = Loaded()
        self.writer = SpoolWriter(site.spool, fsync_ms=0)

    def start(self, *command):
        return self.site.start(
            *command,
            KAFKA_BROKERS=self.cluster.brokers,
            KAFKA_TOPIC=self.topic,
            KAFKA_SESSION_SECONDS=GROUP_SESSION_SECONDS,
        )

    def run(self, *command):
        assert self.start(*command).wait(60) == 0, self.site.output()

    def load(self, pixels):
        """Do as the pixel does."""
        for pixel in pixels:
            assert self.writer.append(hit(pixel))
            self.loaded.answered.add(pixel)

    def put_into_topic(self, pixels):
        """Do as a forwarder does."""
        for number, pixel in enumerate(pixels):
            key = str(pixel).encode()
            self.cluster.send(self.topic, hit(pixel), key=key, partition=number % 4)
            self.loaded.answered.add(pixel)
        self.cluster.flush()

    def hits(self):
        """Key and record of the hits in the topic, as often as they are there."""
        found = [(m.key(), json.loads(m.value())) for m in self.cluster.messages(self.topic)]
        return [(key, record) for key, record in found if "id" in record]

    def is_drained(self):
        messages = len(self.cluster.messages(self.topic))
        committed = self.cluster.committed(self.topic, f"{self.topic}.ingest")
        return not self.site.segments() and messages == committed

    def metric(self, name):
        with metrics_ended.files(self.site.folder / "metrics") as files:
            families = MultiProcessCollector.merge([str(path) for path in files])
        found = [s for family in families for s in family.samples if s.name == name]
        return sum(sample.value for sample in found)


@pytest.fixture
def pipeline(site, kafka_cluster):
    pipeline = Pipeline(site, kafka_cluster)
    yield pipeline
    pipeline.writer.close()


def test_a_killed_consumer_hands_over_and_poison_holds_nothing_up(
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
    assert site.output().count("forward_waiting") == 1
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
