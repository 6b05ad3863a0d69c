"""Figures that are looked up in the database: one that can't be had takes no other with it."""

from collections.abc import Callable, Iterable, Iterator

import structlog
from django.db import Error, connection
from prometheus_client.core import Metric

from pixeltrack.metrics import gauge

Source = Callable[[], Iterable[Metric]]

log = structlog.get_logger(__name__)


class DatabaseFigures:
    """Asks each source, none of them where the database does not answer: each would wait for it."""

    def __init__(self, *sources: Source) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        answers = _database_answers()
        yield gauge("database_up", "Whether the database answers this process", answers)
        if answers:
            for source in self._sources:
                yield from _ask(source)


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
