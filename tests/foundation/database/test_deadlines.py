"""No caller waits longer for a database than intended, and a late answer does no harm."""

import threading

import pytest
from django.db import connection, connections

from foundation.database.deadlines import NoAnswer, TimedQueries

pytestmark = pytest.mark.django_db


def ours():
    return connections["default"]


def test_the_query_sees_what_the_caller_wrote():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE seen (n INTEGER)")
        cursor.execute("INSERT INTO seen VALUES (42)")

    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SELECT n FROM seen")
            return cursor.fetchone()

    assert TimedQueries(30).ask(ask) == (42,)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE seen")


def test_errors_of_the_query_are_raised():
    patient = TimedQueries(30)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            patient.ask(lambda: 1 / 0)
    assert patient.ask(lambda: 1) == 1


class Hanging:
    """A query that is answered when the test says so."""

    def __init__(self):
        self.go, self.closed = threading.Event(), threading.Event()

    def __call__(self):
        ours().close = self.closed.set
        self.go.wait(60)


@pytest.fixture
def hanging(spare_connection):
    hanging = Hanging()
    yield hanging
    hanging.go.set()


def test_after_a_late_answer_the_connection_is_closed_and_meanwhile_no_query_is_sent(hanging):
    patient, lent = TimedQueries(0.01), ours()
    with pytest.raises(NoAnswer):
        patient.ask(hanging)
    assert ours() is not lent
    with pytest.raises(NoAnswer):
        patient.ask(lambda: 1)
    hanging.go.set()
    assert hanging.closed.wait(30)
    assert TimedQueries(30).ask(lambda: 1) == 1
