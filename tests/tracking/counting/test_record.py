"""Recording hits on the real database: exact, once, and in any order."""

import uuid
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import Contact
from foundation.timestamps import to_ms
from tests.reports import naive
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    SCANNER,
    START,
    THUNDERBIRD,
    make_contact,
    make_hit,
)
from tracking.counting import fold, tables
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import ERASED, REPEATED, TOO_OLD, UNKNOWN, record
from tracking.hits.classify import Kind, classify
from tracking.hits.event_log import Hit
from tracking.hits.mail_clients import describe
from tracking.models import (
    ContactOpens,
    FirstOpensByMinute,
    IngestLock,
    Open,
    OpensByMinute,
    UserAgent,
)
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def contact(group):
    return make_contact(group, pixels=2)


def opens_of(group):
    return sum(row.opens for row in OpensByMinute.objects.filter(group_id=group.id, kind__gt=0))


def agree():
    return list(audit.find_differences().lines()) == []


def test_a_hit_becomes_an_open_with_its_rule(contact):
    hit = make_hit(contact, agent=GMAIL, network="192.0.2.0/24", purpose="")
    assert record([hit]).recorded == 1
    stored = Open.objects.get()
    assert stored.event_id == hit.event_id
    assert stored.opened_at == hit.at
    assert (stored.kind, stored.rule) == (Kind.PROXIED, classify(GMAIL).code)
    assert UserAgent.objects.get(id=stored.user_agent_id).value == GMAIL


def test_a_network_is_stored_as_a_keyed_hash_only(contact):
    record([make_hit(contact, network="192.0.2.0/24")])
    assert "192" not in Open.objects.get().network
    assert len(Open.objects.get().network) == 32


def test_a_replayed_batch_changes_nothing(contact, group):
    batch = [make_hit(contact), make_hit(contact, after=timedelta(hours=2))]
    record(batch)
    again = record(batch)
    assert (again.recorded, again.dropped[REPEATED]) == (0, 2)
    assert opens_of(group) == 2
    assert agree()


def test_an_event_that_comes_twice_in_one_batch_is_recorded_once(contact, group):
    hit = make_hit(contact)
    outcome = record([hit, hit])
    assert (outcome.recorded, outcome.dropped[REPEATED]) == (1, 1)
    assert opens_of(group) == 1


def test_a_hit_of_an_unknown_pixel_is_dropped_and_stores_nothing(contact):
    stray = Hit(uuid.uuid4(), START, uuid.uuid4(), user_agent="Stranger/1.0")
    assert record([stray]).dropped == Counter({UNKNOWN: 1})
    assert not UserAgent.objects.exists()


def test_an_unknown_pixel_does_not_use_up_an_event_id(contact):
    event_id = uuid.uuid4()
    stray = Hit(event_id, START, uuid.uuid4())
    assert record([stray, make_hit(contact, event_id=event_id)]).recorded == 1


def test_a_hit_of_an_erased_contact_is_dropped(contact, group):
    record([make_hit(contact)])
    Contact.objects.filter(uuid=contact.uuid).update(erased_at=START)
    outcome = record([make_hit(contact, after=timedelta(hours=5))])
    assert outcome.dropped == Counter({ERASED: 1})
    assert opens_of(group) == 1


def test_a_hit_older_than_the_horizon_is_dropped(contact):
    IngestLock.objects.update(pruned_before=START + timedelta(hours=2))
    assert record([make_hit(contact)]).dropped == Counter({TOO_OLD: 1})


def test_an_empty_batch_is_accepted():
    assert record([]).recorded == 0


def test_several_pixels_of_one_mail_are_one_open(contact, group):
    record([make_hit(contact, pixel=0), make_hit(contact, pixel=1, after=timedelta(hours=1))])
    assert Open.objects.count() == 2
    assert opens_of(group) == 1


def test_a_later_hit_may_raise_an_open_but_never_lower_it(contact, group):
    for agent in (APPLE_PRIVACY, GMAIL, THUNDERBIRD, SCANNER):
        record([make_hit(contact, agent=agent)])
        assert agree()
    assert ContactOpens.objects.get().best_kind == Kind.HUMAN
    assert {row.kind for row in OpensByMinute.objects.filter(opens__gt=0)} == {Kind.HUMAN}


def test_an_earlier_hit_that_comes_late_moves_the_first_open(contact, group):
    record([make_hit(contact, after=timedelta(hours=3))])
    record([make_hit(contact, after=timedelta(hours=1))])
    first = FirstOpensByMinute.objects.get(counted__gt=0)
    assert first.minute == to_ms(START + timedelta(hours=1)) // 60_000
    assert agree()


def test_one_contact_counts_once_among_unique_opens(contact, group):
    record([make_hit(contact, after=timedelta(hours=n)) for n in range(1, 6)])
    assert sum(row.counted for row in FirstOpensByMinute.objects.all()) == 1
    assert opens_of(group) == 5


def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(group):
    contacts = [make_contact(group) for _ in range(40)]
    counts = []
    for chunk in (contacts[:2], contacts[2:]):
        hits = [make_hit(contact, agent=GMAIL) for contact in chunk]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            record(hits)
        counts.append(len(captured))
    # The first batch also stores the user agent: one insert and one look at its id. Two write
    # down what moved, for reports to follow. Pixels and their contacts are read apart, since many
    # contacts have several.
    assert counts[1] <= counts[0] <= 29


AGENTS = [THUNDERBIRD, GMAIL, APPLE_PRIVACY, SCANNER]
moments = st.integers(-30, 400)
plans = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 1), moments, st.integers(0, 3)),
    min_size=1,
    max_size=20,
)


# On SQLite, which is fast, many orders are tried; on the others a few.
@settings(
    max_examples=60 if connection.vendor == "sqlite" else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plan=plans, cut=st.integers(0, 20), fixed_at=st.integers(0, 3), data=st.data())
def test_any_order_batching_and_replay_gives_the_same_counters(campaign, plan, cut, fixed_at, data):
    with transaction.atomic():
        contacts = _contacts(campaign)
        hits = [
            make_hit(contacts[who], pixel=pixel, after=SECOND * second, agent=AGENTS[agent])
            for who, pixel, second, agent in plan
        ]
        shuffled = data.draw(st.permutations(hits))
        for step, batch in enumerate([shuffled[:cut], shuffled[cut:], shuffled[: cut // 2], []]):
            if step == fixed_at:
                fix_due_campaigns(now=START + timedelta(days=1))
            record(batch)
        assert _stored(campaign) == _expected(contacts, hits)
        assert agree()
        transaction.set_rollback(True)


def _contacts(campaign):
    one, two = campaign.groups.order_by("number")
    schedules = [(one, START), (one, START + 1200 * SECOND), (two, START), (two, None)]
    return [make_contact(g, pixels=2, scheduled_at=at) for g, at in schedules]


def _stored(campaign):
    groups = list(campaign.groups.values_list("id", flat=True))
    return {name: tables.stored(name, groups) for name in tables.TABLES}


# Nobody unmeasured, drawn and unmeasured, or lapsed.
EVERYBODY = (0, 0, 0)


def _expected(contacts, hits):
    """The naive counts, in the tables' shape. Two contacts share group one: slots 0 and 1."""
    owners = {p.uuid: c for c in contacts for p in c.pixels.all()}
    slots = {contacts[0].uuid: 0, contacts[1].uuid: 1, contacts[2].uuid: 0, contacts[3].uuid: None}
    counted = naive.counters(
        [
            naive.NaiveHit(
                owners[hit.pixel_id].uuid,
                owners[hit.pixel_id].group_id,
                to_ms(hit.at),
                classify(hit.user_agent).kind,
                describe(hit.user_agent).family,
                owners[hit.pixel_id].due_at and to_ms(owners[hit.pixel_id].due_at),
                slots[owners[hit.pixel_id].uuid],
            )
            for hit in hits
        ]
    )
    return {
        fold.OPENS_BY_MINUTE: _singles(counted["minute"]),
        fold.OPENS_BY_SLOT: _singles(counted["slot"]),
        fold.OPENS_BY_CLIENT: _singles(counted["client"]),
        fold.CONTACTS_BY_KIND: _singles(counted["kinds"]),
        fold.FIRST_BY_MINUTE: _pairs(counted["first"]),
        fold.FIRST_BY_SLOT: _pairs(counted["first_slot"]),
        fold.FIRST_BY_AGE: {k: (*n, 0, 0) for k, n in _pairs(counted["age"]).items()},
        fold.LEFT_BY_AGE: {},
        fold.CONTACTS_BY_DUE: {
            key: (n, counted["due"][key, "opened"], 0 if key[2] == fold.NEVER else n, 0, *EVERYBODY)
            for key, n in _due(contacts, slots, naive.due_key).items()
        },
        fold.CONTACTS_BY_DUE_DAY: {
            key: (n, counted["due_day"][key, "opened"], 0, 0)
            for key, n in _due(contacts, slots, naive.due_day_key).items()
        },
    }


def _due(contacts, slots, key_of):
    """How many contacts are due under each key."""
    return Counter(
        key_of(
            SimpleNamespace(
                group=contact.group_id,
                slot=slots[contact.uuid],
                due_at=contact.due_at and to_ms(contact.due_at),
            )
        )
        for contact in contacts
    )


def _singles(counter):
    return {key: (n,) for key, n in counter.items()}


def _pairs(counter):
    keys = {key[:-1] for key in counter}
    return {k: (counter[(*k, "counted")], counter[(*k, "with_machine")]) for k in keys}
