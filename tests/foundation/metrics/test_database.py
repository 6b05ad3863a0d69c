"""Metrics from the database: while it answers, while it does not, and with errors."""

import threading

import pytest
from django.db import ProgrammingError, connection
from structlog.testing import capture_logs

from foundation.database.deadlines import TimedQueries
from foundation.metrics.database import DatabaseFigures
from foundation.metrics.prometheus import gauge
from tests.figures import told_by


def fixed():
    yield gauge("answer", "It", 42)


def broken():
    yield gauge("half", "Told before it breaks", 1)
    raise ProgrammingError("no such table")


@pytest.mark.django_db
def test_a_failing_metric_affects_no_other_one():
    with capture_logs() as events:
        told = told_by(DatabaseFigures(broken, fixed).collect())
    assert told == {("database_up",): 1, ("answer",): 42}
    assert [event["source"] for event in events] == ["broken"]


@pytest.fixture
def _away(monkeypatch, tmp_path, django_db_blocker):
    """New connections to the database fail; open ones stay."""
    with django_db_blocker.unblock():
        alone = connection.copy()
        alone.settings_dict["NAME"] = str(tmp_path / "absent" / "x.db")
        monkeypatch.setattr("foundation.metrics.database.connection", alone)
        yield
        alone.close()


@pytest.mark.usefixtures("_away")
def test_an_unreachable_database_gets_no_queries():
    asked = []
    assert told_by(DatabaseFigures(lambda: asked.append(1) or fixed()).collect()) == {
        ("database_up",): 0
    }
    assert asked == []


@pytest.mark.usefixtures("spare_connection")
def test_a_hanging_database_does_not_block_a_scrape(monkeypatch):
    release = threading.Event()
    patient = TimedQueries(0.01)
    monkeypatch.setattr("foundation.metrics.database._first_question", patient)
    monkeypatch.setattr("foundation.metrics.database._greet", lambda: release.wait(60))
    for _ in range(2):
        assert told_by(DatabaseFigures(fixed).collect()) == {("database_up",): 0}
    release.set()


@pytest.mark.usefixtures("spare_connection")
def test_figures_that_take_too_long_are_left_out(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr("foundation.metrics.database._all_others", TimedQueries(0.01))
    told = told_by(DatabaseFigures(lambda: release.wait(60) and fixed()).collect())
    assert told == {("database_up",): 1}
    release.set()
