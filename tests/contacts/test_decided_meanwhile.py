"""A no is not lost where an address changes, or a journal is replayed, at the same moment."""

import json
import threading
from datetime import timedelta

import pytest
import structlog
from django.db import transaction
from django.utils import timezone

from consent import decisions
from consent.decisions import locked_state
from consent.models import Decision, GonePerson, PersonConsent, Way
from consent.modes import Answer
from consent.page.visit import withdraw as withdraw_on_page
from consent.proofs import remove_proofs
from consent.queries import subject_of
from consent.reading import Told
from consent.reports import record_reported
from consent.weighing import Report, Source
from contacts import replay
from contacts.change import change_contact, erase_contact
from foundation.personal_data.hashes import read_email_hash
from tests.consent.deciding import agree, withdraw
from tests.threads import run_together
from tests.tracking.factories import make_campaign, make_contact
from tracking.counting.lock import hold_ingest_lock

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "new@example.com"


@pytest.fixture
def ann():
    return make_contact(make_campaign().groups.get(number=1), email="ann@example.com")


def move(contact):
    change_contact(contact_id=contact.uuid, changes={"email": NEW}, now=timezone.now())


def answer_of(address):
    found = PersonConsent.objects.filter(person=read_email_hash(address)).first()
    return found and found.opens


def on_the_page(contact):
    withdraw_on_page(contact, now=timezone.now())


def in_the_admin(contact):
    report = Report.about(subject_of(contact), Told(opens=Answer.DENIED))
    decisions.record_decisions([report], source=Source(Way.ADMIN))


@pytest.mark.parametrize("refuse", [on_the_page, in_the_admin])
def test_who_is_looked_up_before_the_address_changes_is_heard_under_the_new_one(ann, refuse):
    move(ann)
    # As it was read before.
    refuse(ann)
    assert answer_of(NEW) == "denied"


def test_so_is_who_is_named_by_a_call(ann, monkeypatch):
    record = decisions.record_decisions

    def record_late(reports, **fields):
        move(ann)
        return record(reports, **fields)

    monkeypatch.setattr("consent.reports.record_decisions", record_late)
    row = {"contact": str(ann.uuid), "consent_opens": "denied"}
    [result] = record_reported([row], source=Source(Way.API))
    assert (result.errors, answer_of(NEW)) == ({}, "denied")


def test_who_is_erased_meanwhile_is_heard_as_it_was(ann):
    erase_contact(contact_id=ann.uuid, now=timezone.now())
    on_the_page(ann)
    assert answer_of("ann@example.com") == "denied"


def test_a_no_that_is_being_recorded_follows_to_the_new_address(ann):
    recorded, moved = threading.Event(), threading.Event()

    def refuse():
        with transaction.atomic():
            withdraw(ann)
            recorded.set()
            # It waits for this to be committed; were it not to, it would be done by now.
            moved.wait(timeout=1)

    def change():
        recorded.wait(timeout=30)
        move(ann)
        moved.set()

    assert run_together(refuse, change) == []
    assert (answer_of("ann@example.com"), answer_of(NEW)) == ("denied", "denied")


def test_a_no_that_is_being_recorded_is_not_removed_with_old_proofs(ann):
    long_ago = timezone.now() - timedelta(days=4000)
    agree(ann, now=long_ago)
    erase_contact(contact_id=ann.uuid, now=timezone.now())
    GonePerson.objects.update(gone_at=long_ago)
    recorded, removed = threading.Event(), threading.Event()

    def refuse():
        with transaction.atomic():
            withdraw(ann)
            recorded.set()
            removed.wait(timeout=1)

    def remove():
        recorded.wait(timeout=30)
        remove_proofs(now=timezone.now(), years=5)
        removed.set()

    assert run_together(refuse, remove) == []
    assert answer_of("ann@example.com") == "denied"
    assert Decision.objects.filter(opens="denied").exists()


def test_a_replay_takes_the_locks_in_the_order_of_everybody_else(ann, monkeypatch, tmp_path):
    held, both = threading.Event(), threading.Event()
    journal = tmp_path / "yesterday.journal"
    erased = {"erased": str(ann.uuid), "at": timezone.now().isoformat()}
    journal.write_text(json.dumps({"number": 9, "entries": [erased]}) + "\n")

    def locked():
        state = locked_state()
        both.set()
        return state

    monkeypatch.setattr(replay, "locked_state", locked)

    def change():
        with transaction.atomic():
            hold_ingest_lock()
            held.set()
            # Whoever took the other lock meanwhile would wait for this one.
            both.wait(timeout=1)
            locked_state()

    def replay_all():
        held.wait(timeout=30)
        replay.replay_journals([journal])

    with structlog.testing.capture_logs() as logs:
        assert run_together(change, replay_all) == []
    assert "transaction_conflict" not in [line["event"] for line in logs]
    ann.refresh_from_db()
    assert ann.erased_at is not None
