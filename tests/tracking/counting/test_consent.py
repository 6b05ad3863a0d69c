"""Ingest keeps nothing of people who may not be measured, and counts why."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns import services
from consent import queries
from consent.installation import note_installation
from consent.models import ConsentState
from consent.modes import CLOCKS, Dropped
from contacts.change import erase_contact
from foundation.metrics.prometheus import DROPPED
from foundation.shutdown import Stop
from tests.consent.deciding import agree, tables_with, withdraw
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting import record as recording
from tracking.counting.record import _network_hash, record
from tracking.hits.event_log import Hit, to_line
from tracking.ingest.loop import IngestLoop
from tracking.models import Open, UserAgent
from tracking.spool.reader import SpoolReader
from tracking.upkeep import audit, reclassify, set_aside

pytestmark = pytest.mark.django_db
# What is durable on SQLite is set outside a transaction.
transactional = pytest.mark.django_db(transaction=True)
AGENT = "Quaint/7.5 (of the person who withdrew)"
NETWORK = "198.51.100.0/24"
HOUR = timedelta(hours=1)
OPENED = START + HOUR


@pytest.fixture
def ann(group):
    return make_contact(group, email="ann@example.com", pixels=2)


@pytest.fixture
def bob(group):
    return make_contact(group, email="bob@example.com")


def differences():
    return list(audit.find_differences().lines())


def not_kept(outcome):
    return Counter({why: n for why, n in outcome.dropped.items() if n})


def test_who_withdrew_is_measured_no_more(ann, bob):
    withdraw(ann, now=OPENED - HOUR)
    outcome = record([make_hit(ann), make_hit(ann, pixel=1), make_hit(bob)])
    assert outcome.recorded == 1
    assert not_kept(outcome) == Counter({Dropped.WITHDRAWN: 2})
    assert Open.objects.get().contact_id == bob.uuid


def test_what_was_opened_before_a_withdrawal_but_is_counted_later_is_dropped(ann):
    withdraw(ann, now=OPENED + HOUR)
    assert not_kept(record([make_hit(ann)])) == Counter({Dropped.WITHDRAWN_MEANWHILE: 1})


def test_opens_counted_before_a_withdrawal_stay(ann):
    record([make_hit(ann)])
    withdraw(ann, now=OPENED + HOUR)
    record([make_hit(ann, after=3 * HOUR)])
    assert Open.objects.count() == 1
    assert differences() == []


def test_a_yes_never_reaches_back(group, settings):
    settings.NEVER_ASKED = "off"
    ann = make_contact(group, email="ann@example.com", scheduled_at=None)
    agree(ann, now=OPENED)
    hits = [make_hit(ann, after=HOUR + at) for at in (-HOUR, CLOCKS / 2, CLOCKS, 2 * HOUR)]
    outcome = record(hits)
    assert outcome.recorded == 2
    assert not_kept(outcome) == Counter({Dropped.NOT_MEASURED: 2})


def test_agreeing_again_does_not_bring_back_what_was_refused(ann):
    withdraw(ann, now=OPENED)
    agree(ann, now=OPENED + 2 * HOUR, proof="form 7")
    hits = [make_hit(ann, after=after) for after in (2 * HOUR, 4 * HOUR)]
    assert record(hits).recorded == 1


@pytest.mark.parametrize("level", ["TRACKING_MODE", "NEVER_ASKED"])
def test_an_installation_that_is_off_keeps_nothing(ann, bob, settings, level):
    agree(ann, now=START)
    setattr(settings, level, "off")
    outcome = record([make_hit(ann, after=2 * HOUR), make_hit(bob, after=2 * HOUR)])
    assert outcome.recorded == (level == "NEVER_ASKED")


@pytest.mark.parametrize("field", ["tracking_mode", "never_asked"])
def test_a_campaign_narrows_and_what_it_missed_does_not_come_back(ann, campaign, field):
    def change(mode, now):
        services.update_campaign(campaign_id=campaign.id, changes={field: mode}, now=now)

    change("off", START + HOUR / 2)
    assert record([make_hit(ann)]).recorded == 0
    change(None, START + 2 * HOUR)
    outcome = record([make_hit(ann), make_hit(ann, after=3 * HOUR)])
    assert (outcome.recorded, outcome.dropped[Dropped.NOT_MEASURED]) == (1, 1)


def test_a_wider_setting_of_the_installation_does_not_reach_back(ann, settings):
    note_installation(now=START - HOUR)
    settings.TRACKING_MODE = "off"
    note_installation(now=START + HOUR / 2)
    settings.TRACKING_MODE = "individual"
    # Until ingest has noted when, the narrower one holds.
    assert record([make_hit(ann)]).recorded == 0
    note_installation(now=START + 2 * HOUR)
    note_installation(now=START + 5 * HOUR)
    outcome = record([make_hit(ann), make_hit(ann, after=3 * HOUR)])
    assert (outcome.recorded, outcome.dropped[Dropped.NOT_MEASURED]) == (1, 1)


def test_an_address_is_heard_in_every_campaign(ann):
    other = make_contact(make_campaign("Summer").groups.first(), email="ANN@example.com")
    withdraw(ann, now=START)
    assert record([make_hit(other)]).recorded == 0


def test_contacts_without_an_address_are_heard_too(group):
    by_key, by_nothing = make_contact(group, external_id="crm-1"), make_contact(group)
    for contact in (by_key, by_nothing):
        withdraw(contact, now=START)
    assert record([make_hit(by_key), make_hit(by_nothing)]).recorded == 0


def test_a_decision_that_comes_between_two_looks_is_heard(ann, monkeypatch):
    looked = []

    def resolve(agents, **options):
        looked.append(agents)
        found = resolving(agents, **options)
        withdraw(ann, now=START)
        return found

    resolving = recording.user_agents.resolve
    monkeypatch.setattr(recording.user_agents, "resolve", resolve)
    outcome = record([make_hit(ann)])
    assert (len(looked), outcome.recorded, outcome.dropped[Dropped.WITHDRAWN]) == (1, 0, 1)


def test_a_contact_that_is_made_between_two_looks_is_counted(ann, bob, monkeypatch):
    """Its user agent could not be stored yet."""
    hit = make_hit(bob, agent=AGENT)
    pixels = [bob.pixels.first()]
    bob.pixels.all().delete()

    def resolve(agents, **options):
        found = resolving(agents, **options)
        while pixels:
            pixels.pop().save(force_insert=True)
        return found

    resolving = recording.user_agents.resolve
    monkeypatch.setattr(recording.user_agents, "resolve", resolve)
    assert record([hit, make_hit(ann)]).recorded == 2
    assert UserAgent.objects.filter(value=AGENT).exists()
    assert differences() == []


def test_no_user_agent_of_an_erased_person_is_stored(ann):
    withdraw(ann, now=START)
    hit = make_hit(ann, agent=AGENT)
    erase_contact(contact_id=ann.uuid, now=START + HOUR)
    assert record([hit]).recorded == 0
    assert not UserAgent.objects.filter(value=AGENT).exists()


def test_who_agrees_after_the_due_time_is_measured_from_the_next_mail_on(group, settings):
    settings.NEVER_ASKED = "off"
    ann = make_contact(group, email="ann@example.com")
    next_mail = make_contact(
        make_campaign("Summer").groups.first(), email="ann@example.com", scheduled_at=OPENED
    )
    agree(ann, now=START + HOUR / 2)
    outcome = record([make_hit(ann, agent=AGENT), make_hit(next_mail)])
    assert (outcome.recorded, outcome.dropped[Dropped.NOT_MEASURED]) == (1, 1)
    assert Open.objects.get().contact_id == next_mail.uuid
    assert not UserAgent.objects.filter(value=AGENT).exists()
    assert differences() == []


@pytest.mark.parametrize("scheduled_at", [None, timezone.now() + HOUR])
def test_hits_before_the_due_time_of_who_agreed_are_not_lost(group, settings, scheduled_at):
    settings.NEVER_ASKED = "off"
    ann = make_contact(group, email="ann@example.com", scheduled_at=scheduled_at)
    agree(ann, now=START)
    assert record([make_hit(ann)]).recorded == 1
    assert differences() == []


def test_asking_costs_few_queries_and_fewer_before_anybody_decided(
    group, django_assert_num_queries
):
    contacts = [make_contact(group, email=f"n{n}@example.com") for n in range(9)]
    subjects = [queries.subject_of(contact) for contact in contacts]
    with django_assert_num_queries(2):
        queries.read_allowances(subjects)
    withdraw(contacts[0])
    with django_assert_num_queries(4):
        queries.read_allowances(subjects)


# --- Through the spool ------------------------------------------------------------------------


def run_ingest(folder, hits):
    folder.mkdir(exist_ok=True)
    lines = b"".join(to_line(hit) + b"\n" for hit in hits)
    (folder / "one.jsonl").write_bytes(lines)
    reader = SpoolReader(folder)
    try:
        IngestLoop(reader, Stop()).run(once=True)
    finally:
        reader.close()


def hundred_loads(contact, *, since):
    pixels = list(contact.pixels.all())
    return [
        Hit(uuid.uuid4(), since + timedelta(seconds=n), pixels[n % 2].uuid, AGENT, NETWORK)
        for n in range(100)
    ]


@transactional
def test_nothing_of_a_person_who_withdrew_is_in_a_full_dump(ann, bob, tmp_path):
    withdraw(ann, now=OPENED)
    before = DROPPED.labels("withdrawn")._value.get()
    hits = hundred_loads(ann, since=OPENED + 2 * timedelta(seconds=1))
    far_ahead = Hit(uuid.uuid4(), timezone.now() + 9 * HOUR, hits[0].pixel_id, AGENT, NETWORK)
    with structlog.testing.capture_logs() as logs:
        run_ingest(tmp_path / "spool", [*hits, far_ahead, make_hit(bob)])

    assert Open.objects.get().contact_id == bob.uuid
    assert DROPPED.labels("withdrawn")._value.get() == before + 101
    assert {"event": "hits_without_consent", "withdrawn": 101, "log_level": "info"} in logs
    assert str(ann.uuid) not in str(logs)
    traces = [AGENT, _network_hash(NETWORK), NETWORK, *(hit.event_id for hit in hits)]
    assert tables_with(*traces) == set()
    # Who it is stays, and that it gets mail; nothing that was loaded.
    assert tables_with(ann.uuid) == {"campaigns_contact", "tracking_pixel"}
    assert not list((tmp_path / "spool").rglob("*.jsonl"))


@transactional
def test_the_search_of_a_dump_finds_what_is_kept(ann, tmp_path):
    hits = hundred_loads(ann, since=OPENED)
    run_ingest(tmp_path / "spool", hits)
    assert "tracking_useragent" in tables_with(AGENT)
    assert tables_with(_network_hash(NETWORK)) == tables_with(hits[0].event_id) == {"tracking_open"}
    assert tables_with(ann.uuid) > {"tracking_open", "tracking_contactopens"}


@transactional
def test_counters_stay_exact_and_upkeep_brings_nothing_back(ann, bob, tmp_path):
    record([make_hit(ann), make_hit(bob)])
    withdraw(ann, now=OPENED + HOUR)
    run_ingest(tmp_path / "spool", hundred_loads(ann, since=OPENED + 2 * HOUR))
    assert differences() == []
    Open.objects.update(rule=99)
    reclassify.reclassify_opens()
    audit.repair(audit.find_differences(), now=timezone.now())
    assert differences() == []
    assert Open.objects.filter(contact_id=ann.uuid).count() == 1
    assert not UserAgent.objects.filter(value=AGENT).exists()


@transactional
def test_lines_that_were_set_aside_are_dropped_alike(ann, bob):
    withdraw(ann, now=OPENED)
    hits = [*hundred_loads(ann, since=OPENED + HOUR), make_hit(bob)]
    taken = set_aside.record_lines(map(to_line, hits), now=None)
    assert (taken.recorded, taken.dropped["withdrawn"], taken.settled) == (1, 100, True)


@transactional
def test_commands_that_count_refuse_a_database_that_lacks_decisions(ann):
    withdraw(ann)
    ConsentState.objects.update(number=0)
    for command in (["record_set_aside"], ["ingest_opens", "--once"]):
        with pytest.raises(CommandError, match="replay_consent first"):
            call_command(*command)
