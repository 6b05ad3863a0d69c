"""Two ingesters at once, on the real database, with the lock and without it."""

from datetime import timedelta

import pytest

from tests.threads import meeting, run_together
from tests.tracking.factories import GMAIL, make_campaign, make_contact, make_hit
from tracking.counting import facts, record
from tracking.models import ContactsByKind, IngestLock, Open
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _meeting(monkeypatch):
    """Makes two writers meet between reading and writing, unless a lock keeps them apart."""
    monkeypatch.setattr(facts, "summaries", meeting(facts.summaries))


@pytest.fixture
def contact():
    return make_contact(make_campaign().groups.get(number=1))


def two_first_opens(contact):
    return [[make_hit(contact, agent=GMAIL, after=timedelta(minutes=n))] for n in (1, 2)]


def contacts_counted():
    return sum(row.contacts for row in ContactsByKind.objects.all())


@pytest.mark.usefixtures("_meeting")
def test_two_ingesters_count_a_contact_once(contact):
    one, two = two_first_opens(contact)
    errors = run_together(lambda: record.record(one), lambda: record.record(two))
    assert errors == []
    assert contacts_counted() == 1
    assert not audit.find_differences()


@pytest.mark.usefixtures("_meeting")
def test_without_the_lock_the_same_two_count_it_twice(contact, monkeypatch, vendor):
    if vendor == "sqlite":
        pytest.skip("SQLite's write lock is part of its transactions and can't be left out")
    monkeypatch.setattr(record, "hold_ingest_lock", lambda: IngestLock.objects.get(id=1))
    one, two = two_first_opens(contact)
    run_together(lambda: record.record(one), lambda: record.record(two))
    assert contacts_counted() == 2
    assert audit.find_differences()


def test_many_ingesters_that_get_the_same_hits_record_each_once(contact):
    group = contact.group
    contacts = [contact, *(make_contact(group) for _ in range(9))]
    hits = [make_hit(c, after=timedelta(minutes=7 * n)) for c in contacts for n in range(12)]

    def ingest_in_batches(of, offset):
        turned = hits[offset:] + hits[:offset]
        return lambda: [record.record(turned[n : n + of]) for n in range(0, len(turned), of)]

    errors = run_together(*(ingest_in_batches(7 + n, 30 * n) for n in range(4)))
    assert errors == []
    assert Open.objects.count() == len(hits)
    assert not audit.find_differences()
