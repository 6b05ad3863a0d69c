"""Figures that are looked up in the database: one that can't be had takes no other with it."""

import threading
from collections.abc import Callable, Iterable, Iterator

import structlog
from django.db import Error, connection
from prometheus_client.core import Metric

from pixeltrack.metrics import gauge

PATIENCE_SECONDS = 2

Source = Callable[[], Iterable[Metric]]

_asking = threading.Lock()

log = structlog.get_logger(__name__)


class DatabaseFigures:
    """Asks each source, none of them where the database does not answer: each would wait for it.

    One at a time: a host that vanished answers nothing for a quarter of an hour, and would hold
    up another thread with each scrape.
    """

    def __init__(self, *sources: Source) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        if not _asking.acquire(timeout=PATIENCE_SECONDS):
            yield _up(False)
            return
        try:
            yield from self._look()
        finally:
            _asking.release()

    def _look(self) -> Iterator[Metric]:
        answers = _database_answers()
        yield _up(answers)
        if answers:
            for source in self._sources:
                yield from _ask(source)


def _up(answers: bool) -> Metric:
    return gauge("database_up", "Whether the database answers this process", answers)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        return False
    return True


def _ask(source: Source) -> list[Metric]:
    try:
        return list(source())
    except Error as error:
        log.warning("figures_missing", source=source.__name__, error=type(error).__name__)
        return []
