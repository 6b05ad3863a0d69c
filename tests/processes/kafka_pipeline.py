"""The way of hits by Kafka: a pixel host's spool, its forwarder, and the ingesters."""

import itertools
import json
import re
import time
import uuid
from dataclasses import dataclass, field

from prometheus_client.multiprocess import MultiProcessCollector

from foundation.metrics import ended_processes
from tests.kafka_cluster import Cluster
from tests.processes.running import USER_AGENTS
from tracking.hits import event_log
from tracking.spool.writer import SpoolWriter

# The default of brokers, which is long enough for a busy machine.
GROUP_SESSION_SECONDS = "6"
numbers = itertools.count()


def hit(pixel, *, at=None, agent=USER_AGENTS[0], network=""):
    return event_log.encode(
        event_id=uuid.uuid4().hex,
        at=time.time() if at is None else at,
        pixel=str(pixel),
        user_agent=agent,
        network=network,
        purpose="",
    )


@dataclass
class Loaded:
    """The pixels whose hits were acknowledged, as `check` expects them."""

    answered: set = field(default_factory=set)
    failed: set = field(default_factory=set)


class Pipeline:
    """The spool of a pixel host, its forwarder, and the ingesters that read Kafka."""

    def __init__(self, site, cluster):
        self.site, self.cluster = site, cluster
        self.topic = f"opens-of-processes-{next(numbers)}"
        self.dead_letters = f"{self.topic}.dead-letters"
        if isinstance(cluster, Cluster):
            cluster.create(self.topic)
            cluster.create(self.dead_letters, partitions=1)
        self.loaded = Loaded()
        self.writer = SpoolWriter(site.spool, fsync_ms=0)

    def start(self, *command, **environment):
        return self.site.start(
            *command,
            **environment,
            KAFKA_BROKERS=self.cluster.brokers,
            KAFKA_TOPIC=self.topic,
            KAFKA_SESSION_SECONDS=GROUP_SESSION_SECONDS,
        )

    def run(self, *command):
        assert self.start(*command).wait(60) == 0, self.site.output()

    def load(self, pixels):
        """Record hits like the pixel."""
        for pixel in pixels:
            assert self.writer.append(hit(pixel))
            self.loaded.answered.add(pixel)

    def put_into_topic(self, pixels):
        """Send hits like a forwarder."""
        for number, pixel in enumerate(pixels):
            key = str(pixel).encode()
            self.cluster.send(self.topic, hit(pixel), key=key, partition=number % 4)
            self.loaded.answered.add(pixel)
        self.cluster.flush()

    def hits(self):
        """Key and record of all hits in the topic, repeats included."""
        found = [(m.key(), json.loads(m.value())) for m in self.cluster.messages(self.topic)]
        return [(key, record) for key, record in found if "id" in record]

    def is_drained(self):
        return not self.site.segments() and self.is_read()

    def is_read(self):
        committed = self.cluster.committed(self.topic, f"{self.topic}.ingest")
        return committed == len(self.cluster.messages(self.topic))

    def told_once_an_outage(self):
        """Whether the forwarder logged each outage once, and its end once."""
        told = re.findall(r"forward_(waiting|resumed)", self.site.output())
        return told and all(a != b for a, b in itertools.pairwise(told))

    def metric(self, name):
        with ended_processes.files(self.site.folder / "metrics") as files:
            families = MultiProcessCollector.merge([str(path) for path in files])
        found = [s for family in families for s in family.samples if s.name == name]
        return sum(sample.value for sample in found)
