"""The figures that Prometheus reads.

Must not import Django: the pixel counts here too. A process that called
`pixeltrack.metrics_folder.share` first shares its figures with the others.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from pixeltrack.metrics_folder import VARIABLE

PIXEL_HITS = Counter("pixel_hits", "Opens answered and kept in the spool")
PIXEL_UNWRITTEN = Counter("pixel_unwritten", "Opens answered that the spool refused")
RECORDED = Counter("ingest_recorded", "Hits recorded as opens, by kind", ["kind"])
DROPPED = Counter("ingest_dropped", "Hits that are no opens, by reason", ["reason"])
BAD_LINES = Counter("ingest_bad_lines", "Lines of an event log that are no record")
SET_ASIDE = Counter("ingest_set_aside", "Lines kept for a person to look at", ["reason"])
OUTAGES = Counter("ingest_outages", "Times that a database, spool or Kafka had to be waited for")
FORWARDED = Counter("kafka_forwarded", "Hits delivered from the spool to Kafka")
DEAD_LETTERS = Counter("kafka_dead_letters", "Messages put into the dead-letter topic", ["reason"])
UNCHECKED = Counter("rate_limit_unchecked", "Calls of the API that passed without being counted")
BATCH_SECONDS = Histogram("ingest_batch_seconds", "Time to record one batch")


class SpoolSize:
    """Looks at the spool folder when asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self):
        files = []
        for path in self._folder.glob("*.jsonl"):
            try:
                files.append(path.stat())
            except FileNotFoundError:
                continue
        oldest = min((f.st_mtime for f in files), default=time.time())
        yield _gauge("spool_bytes", "Bytes in segments", sum(f.st_size for f in files))
        yield _gauge("spool_segments", "Segments in the spool", len(files))
        yield _gauge(
            "spool_oldest_seconds",
            "Age of the last write to the oldest segment",
            max(0.0, time.time() - oldest),
        )


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def exposition(*, spool_dir: Path, others: Iterable[Collector] = ()) -> bytes:
    """All figures, of every process they are shared with, in Prometheus's text format.

    `others` look for theirs when asked.
    """
    looked_for = CollectorRegistry()
    for collector in (SpoolSize(spool_dir), *others):
        looked_for.register(collector)
    return generate_latest(_counted()) + generate_latest(looked_for)


def _counted() -> CollectorRegistry:
    if VARIABLE not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
