"""The figures that Prometheus reads.

Must not import Django: the pixel counts here too. Web and ingest processes that share a spool
share these figures, through files in memory (prometheus_client's multi-process mode): a full
disk must not stop the counting of what it cost.
"""

import hashlib
import os
import tempfile
import time
from pathlib import Path

from pixeltrack import env

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def _prepare_folder() -> None:
    """Name and make the folder before prometheus_client, which asks once, is imported."""
    folder = Path(env.text(FOLDER_VARIABLE) or _default_folder())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ours = folder.stat().st_uid == os.geteuid()
    except OSError:
        ours = False
    if not ours:
        raise env.SettingsError(f"{FOLDER_VARIABLE} must be a folder of this user's own.")
    os.environ[FOLDER_VARIABLE] = str(folder)


def _default_folder() -> Path:
    base = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    spool = hashlib.sha256(str(env.pixel_settings().spool_dir).encode()).hexdigest()[:12]
    return base / f"pixeltrack-{os.geteuid()}-{spool}"


_prepare_folder()

from prometheus_client import (  # noqa: E402
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily  # noqa: E402

PIXEL_HITS = Counter("pixel_hits", "Opens answered and kept in the spool")
PIXEL_UNWRITTEN = Counter("pixel_unwritten", "Opens answered that the spool refused")
RECORDED = Counter("ingest_recorded", "Hits recorded as opens, by kind", ["kind"])
DROPPED = Counter("ingest_dropped", "Hits that are no opens, by reason", ["reason"])
BAD_LINES = Counter("ingest_bad_lines", "Lines of an event log that are no record")
SET_ASIDE = Counter("ingest_set_aside", "Lines kept for a person to look at", ["reason"])
OUTAGES = Counter("ingest_outages", "Times that ingest had to wait for the database or the log")
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


def exposition(*, spool_dir: Path) -> bytes:
    """All figures, of every process that shares this spool, in Prometheus's text format."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    registry.register(SpoolSize(spool_dir))
    return generate_latest(registry)
