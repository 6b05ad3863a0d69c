"""A transaction that conflicted with another one is repeated, a limited number of times."""

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, OperationalError, connection, transaction

from foundation.database import transactions
from foundation.database.transactions import ATTEMPTS, Conflict, in_transaction
from foundation.errors import Busy, InvalidInput

pytestmark = pytest.mark.django_db(transaction=True)
DEADLOCK = OperationalError(1213, "Deadlock found")


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch):
    monkeypatch.setattr(transactions, "LONGEST_WAIT", 0)


def failing(times, error):
    """A write that fails a number of times before it succeeds, and how often it was run."""
    runs = []

    @in_transaction
    def write():
        runs.append(1)
        Group.objects.create(name="kept")
        if len(runs) <= times:
            raise error
        return len(runs)

    return write, runs


@pytest.mark.parametrize("error", [DEADLOCK, OperationalError("database is locked"), Conflict()])
def test_a_conflicting_transaction_is_repeated_as_a_whole(error):
    write, _ = failing(ATTEMPTS - 1, error)
    assert write() == ATTEMPTS
    assert Group.objects.filter(name="kept").count() == 1


@pytest.mark.parametrize("error", [DEADLOCK, Conflict()])
def test_after_the_last_attempt_the_call_may_be_repeated(error):
    write, runs = failing(ATTEMPTS, error)
    with pytest.raises(Busy) as caught:
        write()
    assert caught.value.code == "busy"
    assert len(runs) == ATTEMPTS
    assert not Group.objects.filter(name="kept").exists()


def test_long_waits_are_not_repeated(monkeypatch):
    monkeypatch.setattr(transactions, "GIVE_UP_AFTER", -1)
    write, runs = failing(ATTEMPTS, DEADLOCK)
    with pytest.raises(Busy):
        write()
    assert len(runs) == 1


@pytest.mark.parametrize(
    "error", [OperationalError(2006, "gone away"), DatabaseError("x"), InvalidInput("no")]
)
def test_other_errors_are_not_repeated(error):
    write, runs = failing(1, error)
    with pytest.raises(type(error)):
        write()
    assert len(runs) == 1
    assert not Group.objects.filter(name="kept").exists()


def test_inside_another_transaction_nothing_is_repeated():
    write, runs = failing(1, Conflict())
    with pytest.raises(Busy), transaction.atomic():
        write()
    assert len(runs) == 1
    assert not connection.in_atomic_block
