"""Somebody is forgotten while ingest counts, on the real database."""

from datetime import timedelta

import pytest

from contacts.person.forgetting import forget_contacts
from tests.threads import meeting, run_together
from tests.tracking.factories import GMAIL, START, make_campaign, make_contact, make_hit
from tracking.counting import facts, record
from tracking.models import ContactOpens, Open
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db(transaction=True)
NOW = START + timedelta(days=2)


@pytest.fixture
def contacts():
    group = make_campaign().groups.get(number=1)
    return [make_contact(group) for _ in range(12)]


def forget(contacts):
    return lambda: [forget_contacts(contact_ids=[one.pk], now=NOW) for one in contacts]


def ingest(hits, of=5):
    return lambda: [record.record(hits[n : n + of]) for n in range(0, len(hits), of)]


def test_a_hit_that_is_counted_meanwhile_is_forgotten_or_dropped(contacts, monkeypatch):
    ann = contacts[0]
    record.record([make_hit(ann)])
    hit = make_hit(ann, agent=GMAIL, after=timedelta(hours=2))
    # Both read what the contact came to before either writes, if nothing keeps them apart.
    monkeypatch.setattr(facts, "summaries", meeting(facts.summaries))
    assert run_together(ingest([hit]), forget([ann])) == []
    assert list(audit.find_differences().lines()) == []
    assert not Open.objects.exists()
    assert not ContactOpens.objects.exists()


def test_audit_finds_no_difference_after_many_were_forgotten_while_ingest_counted(contacts):
    hits = [make_hit(one, after=timedelta(minutes=7 * n)) for n in range(10) for one in contacts]
    gone = contacts[::2]
    calls = [ingest(hits[:60]), ingest(hits[60:], of=7), forget(gone), forget(gone[::-1])]
    assert run_together(*calls) == []
    assert list(audit.find_differences().lines()) == []
    left = {one.pk for one in contacts} - {one.pk for one in gone}
    assert set(Open.objects.values_list("contact_id", flat=True)) == left
    assert Open.objects.count() == 60
