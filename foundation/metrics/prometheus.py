"""The metrics that Prometheus scrapes.

Must not import Django: the pixel counts here too. A process that first calls
`foundation.metrics.shared_folder.share` shares its metrics with the others.
"""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from foundation.metrics import ended_processes
from foundation.metrics.shared_folder import VARIABLE

HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
TASK_BUCKETS = (1, 5, 15, 60, 300, 900, 3600)

PIXEL_HITS = Counter("pixel_hits", "Opens answered and kept in the spool")
PIXEL_UNWRITTEN = Counter(
    "pixel_unwritten", "Opens answered that could not be written to the spool"
)
RECORDED = Counter("ingest_recorded", "Hits recorded as opens, by kind", ["kind"])
SHARED = Counter("ingest_shared", "Loads of shared pixels, which are no opens, by kind", ["kind"])
DROPPED = Counter("ingest_dropped", "Hits that are no opens, by reason", ["reason"])
BAD_LINES = Counter("ingest_bad_lines", "Invalid lines of an event log")
SET_ASIDE = Counter("ingest_set_aside", "Lines set aside for inspection", ["reason"])
OUTAGES = Counter(
    "ingest_outages", "Times that ingest or forward had to wait for a database, spool or Kafka"
)
FORWARDED = Counter("kafka_forwarded", "Hits delivered from the spool to Kafka")
DEAD_LETTERS = Counter("kafka_dead_letters", "Messages put into the dead-letter topic", ["reason"])
UNCHECKED = Counter(
    "rate_limit_unchecked", "API calls that were not rate limited because Redis was down"
)
BATCH_SECONDS = Histogram("ingest_batch_seconds", "Time to record one batch")
APPLIED = Counter("discount_applied", "Discounts given")
SPENT = Counter(
    "discount_spent_minor",
    "Discounts given, in units of 10**-digits of the currency",
    ["currency", "digits"],
)
REFUSED = Counter("discount_refused", "Discounts refused, by reason", ["code"])
CANCELLED = Counter("discount_cancelled", "Discounts cancelled")
HTTP_REQUESTS = Counter(
    "http_requests", "Requests answered, without pixels", ["method", "route", "status"]
)
HTTP_SECONDS = Histogram(
    "http_request_seconds", "Time to answer one", ["method", "route"], buckets=HTTP_BUCKETS
)
TASK_RUNS = Counter("task_runs", "Background jobs that ended, by result", ["task", "outcome"])
TASK_SECONDS = Histogram(
    "task_seconds", "Time from the start to the end of one", ["task"], buckets=TASK_BUCKETS
)

log = structlog.get_logger(__name__)


class SpoolSize:
    """Reads the size of the spool folder on each scrape."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        files = {}
        for path in self._folder.glob("*.jsonl"):
            with suppress(FileNotFoundError):
                files[path] = path.stat()
        by_age = sorted(files, key=lambda path: files[path].st_mtime)
        waiting = next((path for path in by_age if not _is_held(path)), None)
        age = time.time() - files[waiting].st_mtime if waiting else 0.0
        yield gauge("spool_bytes", "Bytes in segments", sum(f.st_size for f in files.values()))
        yield gauge("spool_segments", "Segments in the spool", len(files))
        yield gauge(
            "spool_oldest_seconds",
            "Age of the last write to the oldest segment that is finished",
            max(0.0, age),
        )


def _is_held(path: Path) -> bool:
    """Whether its writer is alive: such a segment may be read completely and quiet while no open
    comes.
    """
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def exposition(collectors: Iterable[Collector] = ()) -> bytes:
    """The metrics of all sharing processes in Prometheus's text format.

    Includes the metrics of `collectors`; a collector that fails is skipped and logged.
    """
    return _counted() + b"".join(_found(collector) for collector in collectors)


def _found(collector: Collector) -> bytes:
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        return generate_latest(registry)
    except Exception:
        log.exception("metrics_unavailable", collector=type(collector).__name__)
        return b""


def _counted() -> bytes:
    if VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    with ended_processes.files(Path(os.environ[VARIABLE])) as files:
        return generate_latest(_Shared(files))


def counted(name: str) -> float:
    """The total of one counter, given by its Prometheus name, over all sharing processes."""
    if VARIABLE not in os.environ:
        return _sum(REGISTRY, name)
    with ended_processes.files(Path(os.environ[VARIABLE])) as files:
        return _sum(_Shared(files), name)


def _sum(figures: Collector, name: str) -> float:
    found = (sample for family in figures.collect() for sample in family.samples)
    return sum(sample.value for sample in found if sample.name == name)


class _Shared:
    """The metrics in the files of prometheus_client."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = [str(path) for path in files]

    def collect(self) -> Iterable[Metric]:
        merged: Iterable[Metric] = MultiProcessCollector.merge(self._files)
        return merged
