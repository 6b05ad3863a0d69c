"""Loads of shared pixels are counted once, and tell nobody from another."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from consent.modes import CLOCKS, Dropped
from foundation.metrics.prometheus import SHARED
from foundation.shutdown import Stop
from tests.consent.deciding import agree, tables_with, withdraw
from tests.threads import run_together
from tests.tracking.factories import GMAIL, LONG_BEFORE, SCANNER, START, make_contact, make_hit
from tests.tracking.sharing import load, loads_counted, share, shared_pixel, sharing_group
from tracking.counting import shared
from tracking.counting.record import CLOCK_TOLERANCE, record
from tracking.door.pixel import Pixel as Door
from tracking.hits.classify import Kind
from tracking.hits.event_log import to_line
from tracking.ingest.loop import IngestLoop
from tracking.models import (
    ContactOpens,
    GroupVersion,
    Open,
    OpensBySlot,
    SharedLoad,
    SharedLoadsByHour,
    UserAgent,
)
from tracking.spool.reader import SpoolReader
from tracking.upkeep import audit
from tracking.upkeep.prune import prune_shared_loads

pytestmark = pytest.mark.django_db
# What is durable on SQLite is set outside a transaction; nor is anything committed in one.
transactional = pytest.mark.django_db(transaction=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGENT = "Quaint/7.5 (of a recipient)"
NETWORK = "198.51.100.0/24"
NOW = START + 2 * HOUR


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch):
    """Each test counts as a process of its own."""
    monkeypatch.setattr(shared, "MEMORY", shared._Memory())


@pytest.fixture
def sharing(campaign):
    return sharing_group(campaign)


@pytest.fixture
def pixel(sharing):
    return shared_pixel(sharing)


def dropped(outcome):
    return {why: hits for why, hits in outcome.dropped.items() if hits}


def test_loads_are_counted_by_hour_kind_and_client(pixel):
    hits = [load(pixel, after=HOUR, agent=GMAIL) for _ in range(10)]
    hits += [load(pixel, after=HOUR) for _ in range(12)]
    hits += [load(pixel, after=3 * HOUR, agent=SCANNER)]
    outcome = record(hits)
    assert loads_counted() == {
        (1, Kind.PROXIED, "Gmail"): 10,
        (1, Kind.HUMAN, "Thunderbird"): 12,
        (3, Kind.MACHINE, "Other"): 1,
    }
    assert outcome.shared_by_kind == Counter({Kind.HUMAN: 12, Kind.PROXIED: 10, Kind.MACHINE: 1})
    assert (outcome.recorded, dropped(outcome)) == (0, {})


def test_a_load_is_no_open(pixel, sharing):
    record([load(pixel, after=HOUR) for _ in range(12)])
    assert not Open.objects.exists()
    assert not ContactOpens.objects.exists()
    assert not OpensBySlot.objects.exists()
    assert list(audit.find_differences().lines()) == []


def test_reports_know_that_something_changed(pixel, sharing):
    before = GroupVersion.objects.get(group_id=sharing.id).version
    record([load(pixel, after=HOUR)])
    assert GroupVersion.objects.get(group_id=sharing.id).version == before + 1


def test_nothing_in_the_database_tells_recipients_apart(pixel):
    hits = [load(pixel, after=HOUR, agent=AGENT, network=NETWORK, purpose="x") for _ in range(100)]
    record(hits)
    assert tables_with(AGENT, NETWORK, pixel) == {"tracking_sharedpixel"}
    assert tables_with(*[hit.event_id for hit in hits]) == {"tracking_sharedload"}
    assert {field.name for field in SharedLoad._meta.fields} == {"event_id", "day"}
    assert not UserAgent.objects.exists()


def test_a_contacts_own_pixel_is_dropped_in_this_mode(pixel, sharing):
    contact = sharing.contacts.first()
    outcome = record([make_hit(contact, agent=AGENT)])
    assert (outcome.recorded, dropped(outcome)) == (0, {Dropped.NOT_MEASURED: 1})
    assert tables_with(AGENT) == set()


# --- Once -------------------------------------------------------------------------------------


def test_a_repeated_load_changes_nothing(pixel):
    hits = [load(pixel, after=HOUR) for _ in range(12)]
    record([*hits, hits[0]])
    counted = loads_counted()
    outcome = record(hits)
    assert (loads_counted(), dropped(outcome)) == (counted, {"repeated": 12})
    assert counted == {(1, Kind.HUMAN, "Thunderbird"): 12}


def run_ingest(folder, lines):
    folder.mkdir(exist_ok=True)
    (folder / "one.jsonl").write_bytes(lines)
    IngestLoop(events=SpoolReader(folder), stop=Stop()).run(once=True)


@transactional
def test_the_same_segment_twice_counts_once(pixel, tmp_path, monkeypatch):
    monkeypatch.setattr("tracking.ingest.loop.timezone.now", lambda: NOW)
    lines = b"".join(to_line(load(pixel, after=HOUR)) + b"\n" for _ in range(12))
    before = SHARED.labels("human")._value.get()
    for _ in range(2):
        run_ingest(tmp_path / "spool", lines)
    assert loads_counted() == {(1, Kind.HUMAN, "Thunderbird"): 12}
    assert SHARED.labels("human")._value.get() == before + 12


@transactional
def test_two_ingesters_that_get_the_same_loads_count_each_once(pixel):
    hits = [load(pixel, after=n * HOUR / 30, agent=GMAIL) for n in range(90)]

    def ingest(offset, of):
        turned = hits[offset:] + hits[:offset]
        return lambda: [record(turned[n : n + of]) for n in range(0, len(turned), of)]

    assert run_together(ingest(0, 7), ingest(40, 11)) == []
    assert sum(loads_counted().values()) == SharedLoad.objects.count() == 90


@transactional
def test_loads_that_come_one_by_one_are_named_in_the_end(pixel):
    for _ in range(9):
        record([load(pixel, after=HOUR)])
    assert loads_counted() == {(1, Kind.HUMAN, "Other"): 9}
    record([load(pixel, after=HOUR)])
    assert loads_counted() == {(1, Kind.HUMAN, "Thunderbird"): 10}


@transactional
def test_what_was_not_committed_is_not_remembered(pixel):
    for _ in range(9):
        record([load(pixel, after=HOUR)])
    with transaction.atomic():
        record([load(pixel, after=HOUR)])
        transaction.set_rollback(True)
    assert loads_counted() == {(1, Kind.HUMAN, "Other"): 9}
    record([load(pixel, after=HOUR)])
    assert loads_counted() == {(1, Kind.HUMAN, "Thunderbird"): 10}


def test_the_database_holds_that_no_cell_is_small(sharing):
    row = {"group_id": sharing.id, "hour": 1, "kind": 2, "family": "Gmail", "loads": 9}
    with pytest.raises(IntegrityError), transaction.atomic():
        SharedLoadsByHour.objects.create(**row)


# --- Too old, and impossible times --------------------------------------------------------------


def test_loads_from_before_the_last_week_are_too_old(pixel):
    now = START + 7 * DAY + 10 * HOUR
    kept, late = load(pixel, after=-8 * HOUR), load(pixel, after=-10 * HOUR)
    outcome = record([kept, late], now=now)
    assert (outcome.shared_by_kind.total(), dropped(outcome)) == (1, {"too_old": 1})


def test_ids_go_after_a_week_and_their_replay_is_too_old(pixel):
    old, young = load(pixel, after=HOUR), load(pixel, after=DAY)
    record([old, young])
    counted = loads_counted()
    assert prune_shared_loads(now=START + 8 * DAY) == 1
    assert SharedLoad.objects.get().event_id == young.event_id
    outcome = record([old, young])
    assert (loads_counted(), dropped(outcome)) == (counted, {"too_old": 1, "repeated": 1})


def test_a_clock_that_went_back_brings_nothing_back(pixel):
    old = load(pixel, after=HOUR)
    record([old])
    prune_shared_loads(now=START + 20 * DAY)
    prune_shared_loads(now=START + 2 * DAY)
    assert dropped(record([old], now=START + 2 * DAY)) == {"too_old": 1}


@pytest.mark.parametrize("after", [2 * HOUR + 2 * CLOCK_TOLERANCE, -1500 * HOUR])
def test_loads_with_an_impossible_time_are_dropped_not_set_aside(pixel, after, monkeypatch):
    monkeypatch.setattr(shared, "KEPT_DAYS", 100)
    outcome = record([load(pixel, after=after, agent=AGENT)], now=NOW)
    assert (dropped(outcome), outcome.out_of_time) == ({"out_of_time": 1}, {})


# --- Modes --------------------------------------------------------------------------------------


def test_a_campaign_that_is_off_keeps_no_load(pixel, campaign):
    share(campaign, "off", now=START)
    hits = [load(pixel, after=-HOUR), load(pixel, after=HOUR)]
    assert dropped(record(hits)) == {Dropped.NOT_MEASURED: 2}
    assert not SharedLoad.objects.exists()


def test_a_load_from_before_the_mode_is_not_kept(pixel, campaign):
    share(campaign, "off", now=START)
    share(campaign, "shared", now=START + HOUR)
    hits = [load(pixel, after=HOUR), load(pixel, after=HOUR + CLOCKS)]
    assert record(hits).shared_by_kind.total() == 1


@pytest.mark.parametrize(("audience", "kept"), [("anybody", 0), ("agreed", 1)])
def test_a_pixel_of_who_was_not_asked_is_dropped_once_only_who_agreed_may_be_counted(
    campaign, audience, kept
):
    group = sharing_group(campaign)
    if audience == "agreed":
        for contact in group.contacts.all():
            agree(contact, now=LONG_BEFORE)
    pixel = shared_pixel(group, audience)
    share(campaign, "off", now=LONG_BEFORE, field="never_asked")
    assert record([load(pixel, after=HOUR)]).shared_by_kind.total() == kept


def test_the_installation_narrows_shared_pixels_too(pixel, settings):
    settings.TRACKING_MODE = "off"
    assert dropped(record([load(pixel, after=HOUR)])) == {Dropped.NOT_MEASURED: 1}


def test_who_withdrew_has_no_part_in_the_own_pixel(pixel, sharing):
    contact = sharing.contacts.first()
    withdraw(contact, now=START)
    assert dropped(record([make_hit(contact)])) == {Dropped.WITHDRAWN: 1}


def test_batches_without_shared_pixels_cost_nothing_more(group, django_assert_num_queries):
    contact = make_contact(group)
    hits = [make_hit(contact, after=n * HOUR) for n in range(4)]
    record(hits[:1])
    with django_assert_num_queries(0):
        assert shared.shared_hits([]) == []
    with connection.execute_wrapper(_no_shared_table):
        record(hits)


def _no_shared_table(execute, sql, params, many, context):
    assert "tracking_shared" not in sql
    return execute(sql, params, many, context)


# --- Through the doors ----------------------------------------------------------------------------


@transactional
def test_the_door_treats_it_like_any_pixel(pixel, tmp_path):
    records = []
    door = Door(append=lambda line: records.append(line) or True, trusted_proxies=0)
    for _ in range(10):
        door.answer(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": f"/pixel/{pixel}.gif",
                "HTTP_USER_AGENT": GMAIL,
                "REMOTE_ADDR": "198.51.100.7",
            }
        )
    run_ingest(tmp_path / "spool", b"".join(line + b"\n" for line in records))
    assert [key[1:] for key in loads_counted()] == [(Kind.PROXIED, "Gmail")]
    assert tables_with(NETWORK) == set()
