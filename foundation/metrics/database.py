"""Metrics computed from the database; one that fails does not affect the others."""

from collections.abc import Callable, Iterable, Iterator

import structlog
from django.db import Error, connection
from prometheus_client.core import Metric

from foundation.database.deadlines import NoAnswer, TimedQueries
from foundation.metrics.prometheus import gauge

# Prometheus gives up after ten.
GREETING_SECONDS, FIGURES_SECONDS = 2, 6

Source = Callable[[], Iterable[Metric]]

_first_question, _all_others = TimedQueries(GREETING_SECONDS), TimedQueries(FIGURES_SECONDS)

log = structlog.get_logger(__name__)


class DatabaseFigures:
    """Runs each source; none if the database does not answer, since each would wait for it."""

    def __init__(self, *sources: Source) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        answers = _database_answers()
        yield _up(answers)
        if answers:
            yield from _figures(self._sources)


def _up(answers: bool) -> Metric:
    return gauge("database_up", "Whether the database answers this process", answers)


def _database_answers() -> bool:
    try:
        _first_question.ask(_greet)
    except NoAnswer:
        return False
    except Error:
        connection.close()
        return False
    return True


def _greet() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _figures(sources: Iterable[Source]) -> list[Metric]:
    try:
        return _all_others.ask(lambda: [figure for source in sources for figure in _ask(source)])
    except NoAnswer:
        log.warning("metrics_unavailable", error="NoAnswer")
        return []


def _ask(source: Source) -> list[Metric]:
    try:
        return list(source())
    except Error as error:
        log.warning("metrics_unavailable", source=source.__name__, error=type(error).__name__)
        return []
