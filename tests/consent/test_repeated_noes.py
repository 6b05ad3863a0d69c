"""A no that is repeated holds against every yes before it, and needs no proof of its own."""

from datetime import UTC, datetime, timedelta

import pytest

from consent import journal
from consent.decisions import record_decisions
from consent.models import ClickConsent, ConsentState, ConsentText, Decision, PersonConsent, Way
from consent.modes import Answer
from consent.queries import changed_consents
from consent.weighing import Report, Source
from consent.words import Outcome
from contacts.replay import replay_journals

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
START = datetime(2026, 5, 3, 9, tzinfo=UTC)
ANN, BOB = "a" * 64, "b" * 64
API = Source(Way.API)


def tell(report, *, day):
    [result] = record_decisions([report], source=API, now=START + day * DAY)
    return result


def no(*, day, person=ANN, at=None, **fields):
    return tell(Report(person, None, Answer.DENIED, at, **fields), day=day)


def proven_yes(*, of, day):
    report = Report(ANN, None, Answer.GRANTED, START + of * DAY, text="A text.", proof="form 7")
    return tell(report, day=day)


def entries():
    return [entry for line in journal.read(journal.path()) for entry in line.entries]


def test_a_no_without_a_moment_counts_as_given_when_it_arrives():
    no(day=0)
    assert no(day=60).outcome == Outcome.UNCHANGED
    refused = proven_yes(of=30, day=61)
    assert "withdrew on 2 July 2026" in refused.errors["consent_opens"][0]
    assert PersonConsent.objects.get().opens == "denied"
    assert proven_yes(of=61, day=62).outcome == Outcome.STORED


def test_it_is_no_decision_of_its_own_and_no_change():
    no(day=0)
    seen = changed_consents(since=0, limit=9)[-1].version
    for week in range(1, 5):
        no(day=7 * week)
    assert Decision.objects.count() == 1
    assert changed_consents(since=seen, limit=9) == []
    held = PersonConsent.objects.get()
    assert (held.decided_at, held.since) == (START + 28 * DAY, START)


def test_a_no_with_the_same_moment_writes_nothing():
    no(day=0, at=START)
    written = entries()
    no(day=7, at=START)
    assert entries() == written
    assert PersonConsent.objects.get().decided_at == START


def test_a_repetition_of_one_answer_beside_a_new_one():
    no(day=0)
    assert no(day=7, clicks=Answer.DENIED).outcome == Outcome.STORED
    assert list(Decision.objects.order_by("number").values_list("opens", "clicks")) == [
        ("denied", None),
        (None, "denied"),
    ]
    assert PersonConsent.objects.get().decided_at == START + 7 * DAY
    assert ClickConsent.objects.get().decided_at == START + 7 * DAY


def test_numbers_go_on_after_a_repetition():
    no(day=0)
    no(day=7)
    no(day=8, person=BOB)
    assert Decision.objects.get(person=BOB).number > Decision.objects.get(person=ANN).number
    journal.require_replayed()


def test_a_restored_backup_is_told_of_the_repetition():
    no(day=0)
    no(day=60)
    held = PersonConsent.objects.values().get()
    for model in (PersonConsent, ConsentState):
        model.objects.all().delete()
    Decision._base_manager.all().delete()
    ConsentText._base_manager.all().delete()
    assert replay_journals([journal.path()]).decisions == 1
    assert PersonConsent.objects.values().get() == held
