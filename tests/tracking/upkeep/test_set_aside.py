"""Hits with an impossible time are set aside, and recorded once a clock was corrected."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation import backoff
from foundation.shutdown import Stop
from tests.figures import figure
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting import record as ingest
from tracking.counting.record import record
from tracking.hits import event_log
from tracking.ingest.loop import IngestLoop
from tracking.models import Open
from tracking.spool.reader import REJECTED, SpoolReader
from tracking.spool.writer import SpoolWriter
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
MS = timedelta(milliseconds=1)
NOW = START + timedelta(hours=2)
MADE = START - timedelta(days=1)


@pytest.fixture
def contact():
    return make_contact(make_campaign().groups.get(number=1), created_at=MADE)


def at(contact, moment, **fields):
    return make_hit(contact, after=moment - START, **fields)


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (NOW, None),
        (NOW + 5 * MINUTE, None),
        (NOW + 5 * MINUTE + MS, "ahead"),
        (datetime(2199, 12, 31, tzinfo=UTC), "ahead"),
        (MADE, None),
        (MADE - 5 * MINUTE, None),
        (MADE - 5 * MINUTE - MS, "before_contact"),
        (datetime(2000, 1, 1, tzinfo=UTC), "before_contact"),
    ],
)
def test_a_time_may_be_off_by_five_minutes(contact, moment, reason):
    hit = at(contact, moment)
    outcome = record([hit], now=NOW)
    assert outcome.out_of_time == ({reason: [hit]} if reason else {})
    assert Open.objects.count() == outcome.recorded == (reason is None)


def test_a_known_hit_is_accepted_at_any_time(contact):
    hit = at(contact, NOW + 9 * MINUTE)
    record([hit])
    outcome = record([hit], now=NOW)
    assert (outcome.dropped["repeated"], outcome.out_of_time) == (1, {})


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(-3_000, 3_000), max_size=12))
def test_every_hit_is_recorded_or_handed_back(contact, minutes):
    hits = [at(contact, NOW + n * MINUTE) for n in minutes]
    outcome = record(hits, now=NOW)
    kept = [hit for handed in outcome.out_of_time.values() for hit in handed]
    stored = set(
        Open.objects.filter(event_id__in=[h.event_id for h in hits]).values_list(
            "event_id", flat=True
        )
    )
    assert stored | {hit.event_id for hit in kept} == {hit.event_id for hit in hits}
    assert len(stored) + len(kept) == len(hits) == outcome.recorded + len(kept)


@pytest.fixture
def spool(tmp_path, settings, transactional_db):
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.KAFKA = None
    return settings.SPOOL_DIR


def ingest_all(folder, hits, *, now=NOW):
    writer = SpoolWriter(folder, fsync_ms=0)
    for hit in hits:
        assert writer.append(event_log.to_line(hit))
    writer.close()
    reader = SpoolReader(folder)
    assert reader.wait_for_turn(Stop())
    loop = IngestLoop(reader, Stop(), record=lambda some: ingest.record(some, now=now))
    loop.run(once=True)
    reader.close()


def kept_files(folder):
    return sorted((folder / REJECTED).glob("*.jsonl"))


def record_set_aside(*options):
    out = StringIO()
    call_command("record_set_aside", *options, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def three(contact):
    """Hits of now, of next year and of the year 2000."""
    moments = NOW, NOW + timedelta(days=365), datetime(2000, 6, 1, tzinfo=UTC)
    return [at(contact, moment) for moment in moments]


def test_ingest_sets_them_aside_by_reason_counts_them_and_goes_on(spool, three):
    before = [figure("ingest_set_aside_total", reason=why) for why in event_log.OUT_OF_TIME]
    ingest_all(spool, three)
    assert [open_.event_id for open_ in Open.objects.all()] == [three[0].event_id]
    assert list(spool.glob("*.jsonl")) == []
    kept = {
        path.name.partition("-")[0]: path.read_bytes().splitlines()[1:]
        for path in kept_files(spool)
    }
    assert kept == {
        "ahead": [event_log.to_line(three[1])],
        "before_contact": [event_log.to_line(three[2])],
    }
    after = [figure("ingest_set_aside_total", reason=why) for why in event_log.OUT_OF_TIME]
    assert [n - m for n, m in zip(after, before, strict=True)] == [1, 1]


def test_they_are_not_counted_until_a_clock_is_corrected_and_then_once(spool, three, time_machine):
    ingest_all(spool, three)
    time_machine.move_to(NOW, tick=False)
    [ahead, _, before, _] = record_set_aside()
    assert ahead.endswith(": 0 recorded")
    assert before.endswith(": 0 recorded")
    assert Open.objects.count() == 1
    # The clock of the counting host was a year behind.
    time_machine.move_to(three[1].at, tick=False)
    assert record_set_aside()[0].endswith(": 1 recorded")
    assert set(Open.objects.values_list("event_id", flat=True)) == {h.event_id for h in three[:2]}
    ingest_all(spool, three, now=three[1].at)
    assert Open.objects.count() == 2
    assert not audit.find_differences()


def test_a_known_error_of_a_clock_is_corrected_and_any_time_is_taken_where_asked(
    spool, three, time_machine
):
    time_machine.move_to(NOW, tick=False)
    ingest_all(spool, three)
    record_set_aside("--shift-minutes", str(-365 * 24 * 60))
    assert Open.objects.get(event_id=three[1].event_id).opened_at == NOW
    record_set_aside("--any-time")
    assert Open.objects.get(event_id=three[2].event_id).opened_at == three[2].at
    assert Open.objects.count() == 3
    assert not audit.find_differences()


def test_a_file_of_a_past_day_is_removed_once_all_of_it_is_recorded(spool, three, time_machine):
    ingest_all(spool, three)
    [ahead, before] = kept_files(spool)
    ahead.rename(ahead := ahead.with_name("ahead-2026-03-01.jsonl"))
    before.rename(before := before.with_name("before_contact-2026-03-01.jsonl"))
    time_machine.move_to(three[1].at, tick=False)
    lines = record_set_aside()
    assert "ahead-2026-03-01.jsonl is done with, and removed." in lines
    assert (ahead.exists(), before.exists()) == (False, True)


def test_foreign_lines_in_a_file_do_no_harm(spool, three):
    ingest_all(spool, three)
    [ahead, _] = kept_files(spool)
    ahead.write_bytes(b"{torn\n\n" + ahead.read_bytes())
    lines = record_set_aside("--any-time")
    assert "1 lines are no hit, or of no time a hit can have." in lines
    assert Open.objects.count() == 3
    assert ahead.exists()


def test_an_enormous_shift_is_refused_or_moves_nothing(spool, three):
    ingest_all(spool, three)
    with pytest.raises(CommandError, match="more than any clock"):
        record_set_aside("--shift-minutes", str(10**15))
    record_set_aside("--any-time", "--shift-minutes", str(10**9))
    assert Open.objects.count() == 1


def test_a_hit_that_can_not_be_set_aside_waits_in_the_log(spool, three, monkeypatch):
    real, failures = SpoolReader.set_aside, [OSError("disk full")] * 3

    def fail(self, lines, *, reason):
        if failures:
            raise failures.pop()
        return real(self, lines, reason=reason)

    monkeypatch.setattr(SpoolReader, "set_aside", fail)
    monkeypatch.setattr(backoff, "SHORTEST_WAIT", 0)
    ingest_all(spool, three)
    assert not failures
    assert sum(path.read_bytes().count(b"\n") for path in kept_files(spool)) == 2
    assert Open.objects.count() == 1
