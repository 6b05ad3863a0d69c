"""The contract of every event log with ingest, however it stores records."""

import itertools

import pytest

from foundation.env import KafkaSettings
from foundation.shutdown import Stop
from tracking.hits import event_log
from tracking.kafka.reach import Reach
from tracking.spool.reader import SpoolReader
from tracking.spool.writer import SpoolWriter

TOPICS = itertools.count()
PIXEL = "2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11"


class SpoolBackend:
    """What the tests need: a way to append, and logs that read what was appended."""

    def __init__(self, request):
        tmp_path = request.getfixturevalue("tmp_path")
        self._folder = tmp_path / "spool"
        self._writer = SpoolWriter(self._folder, fsync_ms=0)

    def append(self, line):
        assert self._writer.append(line)

    def log(self):
        return SpoolReader(self._folder)

    def close(self):
        self._writer.close()


class KafkaBackend:
    """The same with a separate topic."""

    def __init__(self, request):
        self._cluster = request.getfixturevalue("kafka_cluster")
        self._kafka = KafkaSettings(self._cluster.brokers, f"opens-{next(TOPICS)}", 2)
        self._cluster.create(self._kafka.topic)

    def append(self, line):
        self._cluster.send(self._kafka.topic, line, key=PIXEL)
        self._cluster.flush()

    def log(self):
        from tracking.kafka.reader import KafkaReader

        return KafkaReader(self._kafka, stop=Stop(), reach=Reach())

    def close(self):
        pass


@pytest.fixture(params=[SpoolBackend, KafkaBackend], ids=["spool", "kafka"])
def backend(request):
    backend = request.param(request)
    yield backend
    backend.close()


@pytest.fixture
def log(backend):
    log = backend.log()
    yield log
    log.close()


def record(number):
    return event_log.encode(
        event_id=f"{number:032x}",
        at=1_790_000_000,
        pixel=PIXEL,
        user_agent="Thunderbird",
        network="",
        purpose="",
    )


def numbers(batch):
    return sorted(hit.event_id.int & 0xFFFFFFFF for hit in batch.hits)


def test_an_empty_log_has_nothing_new(log):
    assert log.read(limit=10) is None


def test_appended_records_are_read(backend, log):
    backend.append(record(1))
    backend.append(record(2))
    assert numbers(log.read(limit=10)) == [1, 2]


def test_records_that_were_not_acknowledged_are_read_again(backend, log):
    backend.append(record(1))
    log.read(limit=10)
    assert numbers(log.read(limit=10)) == [1]


def test_acknowledged_records_are_not_read_again(backend, log):
    backend.append(record(1))
    log.acknowledge(log.read(limit=10))
    assert log.read(limit=10) is None
    backend.append(record(2))
    assert numbers(log.read(limit=10)) == [2]


def test_a_batch_holds_no_more_than_asked_for_and_the_rest_follows(backend, log):
    for number in range(5):
        backend.append(record(number))
    seen = []
    while batch := log.read(limit=2):
        assert len(batch.hits) <= 2
        seen += numbers(batch)
        assert batch.more or len(seen) == 5
        log.acknowledge(batch)
    assert sorted(seen) == list(range(5))


def test_a_log_that_was_closed_before_acknowledging_loses_nothing(backend, log):
    backend.append(record(1))
    log.read(limit=10)
    log.close()
    again = backend.log()
    assert numbers(again.read(limit=10)) == [1]
    again.close()


def test_invalid_lines_come_with_the_batch_and_lose_no_record(backend, log):
    backend.append(record(1))
    backend.append(b"{broken}")
    backend.append(record(2))
    batch = log.read(limit=10)
    assert numbers(batch) == [1, 2]
    assert batch.bad_lines == (b"{broken}",)
    log.acknowledge(batch)
    assert log.read(limit=10) is None


def test_lines_that_were_set_aside_are_not_read_again(backend, log):
    assert log.set_aside([record(1)], reason="refused") == 1
    assert log.set_aside([b"{broken}"], reason="unreadable") == 1
    assert log.read(limit=10) is None
