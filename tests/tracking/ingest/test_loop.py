"""The loop records every hit of the event log, whatever fails, and counts them."""

import uuid
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
)

from consent.journal import BEHIND, NotReplayed
from foundation import backoff
from foundation.errors import Busy
from foundation.metrics.prometheus import BAD_LINES, DROPPED, RECORDED
from foundation.shutdown import Stop
from tracking.counting.record import Outcome
from tracking.hits.classify import Kind
from tracking.hits.event_log import Batch, Hit, parse
from tracking.ingest import loop as ingest_loop
from tracking.ingest.loop import IngestLoop

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def hit(number):
    event_id = uuid.UUID(int=number, version=4)
    return Hit(event_id=event_id, at=NOW, pixel_id=uuid.UUID(int=7), user_agent="Thunderbird")


class Log:
    """An event log in memory, which can fail and be observed."""

    def __init__(self, *batches, bad_lines=()):
        self.waiting = [Batch(tuple(hits), tuple(bad_lines), n) for n, hits in enumerate(batches)]
        self.set_aside_lines = {"refused": [], "unreadable": []}
        self.failures = {"read": [], "acknowledge": [], "set_aside": []}
        self.when_empty = lambda: None
        self.limits = []

    def _fail(self, what):
        if self.failures[what]:
            raise self.failures[what].pop(0)

    def read(self, *, limit):
        self._fail("read")
        self.limits.append(limit)
        if not self.waiting:
            self.when_empty()
            return None
        return self.waiting[0]

    def acknowledge(self, batch):
        self._fail("acknowledge")
        assert self.waiting.pop(0) is batch

    def set_aside(self, lines, *, reason):
        self._fail("set_aside")
        self.set_aside_lines[reason] += lines
        return len(lines)

    def close(self):
        pass


class Database:
    """Records hits in memory; fails as told, or always for certain hits."""

    def __init__(self):
        self.recorded = []
        self.failures = []
        self.refuses = {}
        self.calls = 0

    def record(self, hits):
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        for one in hits:
            if one in self.refuses:
                raise self.refuses[one]
        new = [one for one in hits if one not in self.recorded]
        self.recorded += new
        dropped = Counter({"repeated": len(hits) - len(new)})
        return Outcome(Counter({Kind.HUMAN: len(new)}), dropped)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(ingest_loop, "IDLE_SECONDS", 0)
    monkeypatch.setattr(backoff, "SHORTEST_WAIT", 0)


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def steps_taken():
    return []


@pytest.fixture
def noted():
    return []


@pytest.fixture
def set_aside():
    return []


@pytest.fixture
def make_loop(database, steps_taken, noted, set_aside):
    def make(log, **changes):
        parts = {
            "events": log,
            "stop": Stop(),
            "record": database.record,
            "between": lambda *, now: steps_taken.append(now),
            "note": lambda *, moment: noted.append(moment),
            "note_set_aside": lambda lines, **what: set_aside.append((lines, what)),
            "clock": lambda: NOW,
        }
        return IngestLoop(**{**parts, **changes})

    return make


def messages(caplog):
    return [record.msg["event"] for record in caplog.records]


def test_everything_is_recorded_and_acknowledged(make_loop, database):
    log = Log([hit(1), hit(2)], [hit(3)])
    make_loop(log).run(once=True)
    assert database.recorded == [hit(1), hit(2), hit(3)]
    assert log.waiting == []


def test_a_batch_without_hits_is_acknowledged_without_the_database(make_loop, database):
    log = Log([], bad_lines=[b"x"])
    make_loop(log).run(once=True)
    assert (log.waiting, database.calls) == ([], 0)


AWAY = [
    OperationalError(2006, "Server has gone away"),
    OperationalError("database is locked"),
    InterfaceError("connection already closed"),
    ProgrammingError(1146, "Table does not exist"),
    Busy("busy"),
    ObjectDoesNotExist("no ingest lock"),
    OSError("no route to host"),
]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_without_the_database_the_batch_waits(make_loop, database, error):
    log = Log([hit(1), hit(2)])
    database.failures = [error] * 5
    make_loop(log).run(once=True)
    assert database.recorded == [hit(1), hit(2)]
    assert log.set_aside_lines == {"refused": [], "unreadable": []}
    assert log.waiting == []


def test_an_outage_and_its_end_are_each_logged_once(make_loop, database, caplog):
    database.failures = [OperationalError(2006, "gone")] * 5
    make_loop(Log([hit(1)])).run(once=True)
    assert messages(caplog) == ["ingest_waiting", "ingest_resumed"]


def test_another_reason_to_wait_is_told_too(make_loop, database, caplog):
    database.failures = [OperationalError("gone"), OperationalError("gone"), NotReplayed(BEHIND)]
    make_loop(Log([hit(1)])).run(once=True)
    assert messages(caplog) == ["ingest_waiting", "ingest_waiting", "ingest_resumed"]
    assert "replay_consent" in caplog.records[1].msg["detail"]
    assert database.recorded == [hit(1)]


def test_reading_the_log_does_not_end_an_outage_of_the_database(make_loop, database, caplog):
    away = [OperationalError(2006, "gone")] * 3

    def step(*, now):
        raise OperationalError(2006, "gone")

    database.failures = away
    make_loop(Log([hit(1)]), between=step).run(once=True)
    assert messages(caplog) == ["ingest_waiting", "ingest_resumed"]


def test_a_stop_without_the_database_leaves_the_batch(make_loop, database):
    log = Log([hit(1)])
    stop = Stop()

    def record(hits):
        stop.set()
        raise OperationalError(2006, "gone")

    make_loop(log, stop=stop, record=record).run()
    assert len(log.waiting) == 1


def test_a_stop_finishes_the_batch_and_begins_no_other(make_loop, database):
    log = Log([hit(1)], [hit(2)])
    stop = Stop()

    def record(hits):
        stop.set()
        return database.record(hits)

    make_loop(log, stop=stop, record=record).run()
    assert database.recorded == [hit(1)]
    assert [batch.hits for batch in log.waiting] == [(hit(2),)]


def test_without_once_it_waits_for_more(make_loop, database):
    log = Log()
    stop = Stop()
    asked = []

    def when_empty():
        asked.append(1)
        if len(asked) == 3:
            log.waiting.append(Batch((hit(1),), (), 0))
        if len(asked) == 6:
            stop.set()

    log.when_empty = when_empty
    make_loop(log, stop=stop).run()
    assert database.recorded == [hit(1)]


@pytest.mark.parametrize(
    "error",
    [
        DataError("out of range"),
        IntegrityError("null"),
        ValueError("NUL"),
        OperationalError(1366, "Incorrect string value"),
        KeyError("a mistake"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("bad", [0, 3, 6])
def test_a_refused_hit_is_found_and_set_aside_and_the_others_are_recorded(
    make_loop, database, error, bad
):
    hits = [hit(number) for number in range(7)]
    database.refuses = {hits[bad]: error}
    log = Log(hits)
    make_loop(log).run(once=True)
    assert sorted(database.recorded, key=hits.index) == [h for h in hits if h != hits[bad]]
    assert [parse(line) for line in log.set_aside_lines["refused"]] == [hits[bad]]
    assert log.waiting == []


def test_an_outage_during_the_search_for_a_bad_hit_loses_nothing(make_loop, database):
    hits = [hit(number) for number in range(8)]
    database.refuses = {hits[5]: DataError("no")}
    away = [4]

    def record(some):
        away[0] -= 1
        if away[0] == 0:
            raise OperationalError(2006, "gone")
        return database.record(some)

    log = Log(hits)
    make_loop(log, record=record).run(once=True)
    assert {one.event_id for one in database.recorded} == {
        one.event_id for one in hits if one != hits[5]
    }
    assert len(database.recorded) == 7
    assert parse(log.set_aside_lines["refused"][-1]) == hits[5]


def test_a_refused_hit_that_can_not_be_set_aside_waits(make_loop, database):
    log = Log([hit(1)])
    database.refuses = {hit(1): DataError("no")}
    log.failures["set_aside"] = [OSError("disk full")] * 3
    make_loop(log).run(once=True)
    assert len(log.set_aside_lines["refused"]) == 1
    assert log.waiting == []


def test_unreadable_lines_are_set_aside(make_loop, set_aside):
    log = Log([hit(1)], bad_lines=[b"torn"])
    make_loop(log).run(once=True)
    assert log.set_aside_lines["unreadable"] == [b"torn"]
    assert set_aside == [(1, {"reason": "unreadable", "now": NOW})]


def test_lines_set_aside_that_can_not_be_counted_block_nothing(make_loop, database, caplog):
    def away(lines, **_):
        raise OperationalError("away")

    log = Log([hit(1)], bad_lines=[b"torn"])
    make_loop(log, note_set_aside=away).run(once=True)
    assert (database.recorded, log.waiting) == ([hit(1)], [])
    assert "set_aside_not_counted" in messages(caplog)


def test_unreadable_lines_that_can_not_be_set_aside_block_nothing(make_loop, database):
    log = Log([hit(1)], bad_lines=[b"torn"])
    log.failures["set_aside"] = [OSError("disk full")]
    make_loop(log).run(once=True)
    assert (database.recorded, log.waiting) == ([hit(1)], [])


@pytest.mark.parametrize("where", ["read", "acknowledge"])
def test_an_unreachable_log_is_waited_for(make_loop, database, where):
    log = Log([hit(1)])
    log.failures[where] = [OSError("away")] * 3
    make_loop(log).run(once=True)
    assert (database.recorded, log.waiting) == ([hit(1)], [])


def test_a_step_is_repeated_after_its_interval(make_loop, steps_taken, monkeypatch):
    log = Log()
    stop = Stop()
    asked = []
    seconds = [1000.0]
    monkeypatch.setattr(ingest_loop, "time", SimpleNamespace(monotonic=lambda: seconds[0]))

    def when_empty():
        asked.append(1)
        if len(asked) == 10:
            seconds[0] += ingest_loop.STEP_SECONDS
        if len(asked) == 20:
            stop.set()

    log.when_empty = when_empty
    make_loop(log, stop=stop).run()
    assert steps_taken == [NOW, NOW]


def test_a_step_that_is_not_the_last_goes_on_between_batches(make_loop, database):
    steps = [True, True, False]
    make_loop(Log([hit(1)], [hit(2)], [hit(3)]), between=lambda *, now: steps.pop(0)).run(once=True)
    assert steps == []
    assert len(database.recorded) == 3


def test_it_notes_until_when_everything_is_recorded(make_loop, database, noted):
    moments = iter(range(10))

    def note(*, moment):
        noted.append((moment, len(database.recorded)))

    make_loop(Log([hit(1)]), note=note, clock=lambda: next(moments)).run(once=True)
    assert noted == [(1, 1)]


def test_a_batch_that_left_hits_behind_is_not_noted(make_loop, database, noted):
    stop = Stop()

    def record(hits):
        stop.set()
        return database.record(hits)

    log = Log()
    log.waiting = [Batch((hit(1), hit(2)), (), 0, more=True)]
    make_loop(log, record=record, stop=stop).run()
    assert database.recorded
    assert noted == []


@pytest.mark.parametrize("error", [OperationalError(2006, "gone"), Busy("busy"), KeyError("bug")])
def test_a_step_that_fails_does_not_stop_ingest(make_loop, database, error):
    def step(*, now):
        raise error

    make_loop(Log([hit(1)]), between=step).run(once=True)
    assert database.recorded == [hit(1)]


def count(counter):
    return counter.collect()[0].samples[0].value


def test_it_counts_the_outcome_of_every_hit(make_loop):
    human, repeated = RECORDED.labels("human"), DROPPED.labels("repeated")
    before = [count(c) for c in (human, repeated, BAD_LINES)]
    make_loop(Log([hit(1), hit(2)], [hit(2)], bad_lines=[b"torn"])).run(once=True)
    after = [count(c) for c in (human, repeated, BAD_LINES)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [2, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_on_sqlite_a_commit_is_on_disk_before_it_is_acknowledged(vendor):
    if vendor != "sqlite":
        pytest.skip("other engines write through at commit by default")
    ingest_loop.record_durably([], now=None)
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 2


@pytest.mark.parametrize(
    ("limit", "hits", "seconds", "following"),
    [
        (5000, 5000, 0.9, 5000),
        (5000, 5000, 1.1, 2500),
        (150, 150, 30, 100),
        (100, 100, 30, 100),
        (2500, 2500, 0.2, 5000),
        (3000, 3000, 0.2, 5000),
        # A small batch tells little of a large one.
        (2500, 10, 0.01, 2500),
        (2500, 2500, 0.5, 2500),
    ],
)
def test_batches_are_halved_until_one_takes_at_most_a_second(limit, hits, seconds, following):
    assert ingest_loop.next_limit(limit, hits=hits, seconds=seconds) == following


def test_a_slow_database_gets_smaller_batches_so_that_decisions_are_in_force_soon(
    make_loop, database, monkeypatch
):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(ingest_loop.time, "monotonic", lambda: clock.now)

    def slowly(hits):
        clock.now += 1.5
        return database.record(hits)

    log = Log([hit(1)], [hit(2)])
    make_loop(log, record=slowly).run(once=True)
    assert log.limits == [1000, 500, 250]
