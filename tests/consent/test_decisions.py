"""Decisions are recorded once, in order, and stay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from consent import decisions
from consent.decisions import CHUNK, carry_refusal, foresee_decisions, record_decisions
from consent.models import ClickConsent, ConsentText, Decision, PersonConsent, Stays, Way
from consent.modes import Answer
from consent.people import Subject
from consent.texts import digest_of
from consent.weighing import Report, Source
from consent.words import Outcome
from foundation.personal_data.identity import blind_index

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
MAY = datetime(2026, 5, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXT = "We measure whether you open our mails."
API = Source(Way.API)
KEY = "k" * 40


def person(name="ann"):
    return blind_index(f"{name}@example.com", key=KEY)


def yes(name="ann", at=MAY, **fields):
    fields = {"text": TEXT} | fields
    return Report(person(name), None, Answer.GRANTED, at, **fields)


def no(name="ann", at=None):
    return Report(person(name), None, Answer.DENIED, at)


def record(*reports, now=NOW):
    return record_decisions(reports, source=API, now=now)


def outcomes(results):
    return [result.outcome for result in results]


def test_a_decision_is_kept_with_everything_that_proves_it(admin_user):
    source = Source(Way.ADMIN, admin_user)
    record_decisions([yes(proof="form 7")], source=source, now=NOW)
    [kept] = Decision.objects.all()
    assert (kept.person, kept.opens, kept.way) == (person(), "granted", "admin")
    assert (kept.decided_at, kept.recorded_at, kept.by) == (MAY, NOW, admin_user)
    assert (kept.text.value, kept.text_id, kept.proof) == (TEXT, digest_of(TEXT), "form 7")
    current = PersonConsent.objects.get(person=person())
    assert (current.opens, current.since, current.version) == ("granted", NOW, kept.number)


def test_a_text_is_stored_once_and_can_be_named_by_its_digest():
    assert outcomes(record(yes(), yes("bob"))) == [Outcome.STORED] * 2
    assert outcomes(record(yes("cy", text=digest_of(TEXT)))) == [Outcome.STORED]
    assert ConsentText.objects.count() == 1
    [unknown] = record(yes("dan", text="0" * 64))
    assert list(unknown.errors) == ["consent_text"]


def test_a_repetition_changes_nothing():
    record(yes(), no("bob", MAY))
    before = list(Decision.objects.values()), list(PersonConsent.objects.values())
    assert outcomes(record(yes(), no("bob", MAY), now=NOW + HOUR)) == [Outcome.UNCHANGED] * 2
    assert before == (list(Decision.objects.values()), list(PersonConsent.objects.values()))


def test_rows_of_one_call_count_in_their_order():
    results = record(yes(), no(), yes())
    assert outcomes(results) == [Outcome.STORED, Outcome.STORED, None]
    assert results[2].code == "withdrew"
    assert "1 June 2026" in results[2].errors["consent_opens"][0]
    assert PersonConsent.objects.get().opens == "denied"


def test_a_yes_after_a_no_remembers_that_there_was_one():
    record(no())
    later = NOW + HOUR
    assert outcomes(record(yes(at=later, proof="form 7"), now=later)) == [Outcome.STORED]
    current = PersonConsent.objects.get()
    assert (current.opens, current.since, current.after_refusal) == ("granted", later, True)


def test_a_yes_to_another_text_is_in_force_since_the_first():
    record(yes())
    record(yes(at=MAY + HOUR, text="Another text."), now=NOW + HOUR)
    current = PersonConsent.objects.get()
    assert (current.since, current.text_id) == (NOW, digest_of("Another text."))
    assert Decision.objects.count() == 2


def test_numbers_rise_without_gaps_over_chunks():
    reports = [no(f"n{n}") for n in range(CHUNK + 3)]
    assert outcomes(record(*reports, no("n1"))) == [*[Outcome.STORED] * (CHUNK + 3), "unchanged"]
    numbers = Decision.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, CHUNK + 4))


def test_many_decisions_take_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        record(*[yes(f"n{n}") for n in range(100)])


def test_a_call_of_nothing_is_answered_with_nothing():
    assert record() == []


@pytest.mark.parametrize("model", [Decision, ConsentText])
def test_what_is_kept_as_proof_is_neither_changed_nor_deleted(model):
    record(yes())
    [row] = model.objects.all()
    for attempt in (row.save, row.delete, model.objects.all().delete):
        with pytest.raises(Stays):
            attempt()
    with pytest.raises(Stays):
        model.objects.update(**{model._meta.pk.name: "1"})


def test_a_user_who_is_deleted_leaves_the_decision(admin_user):
    record_decisions([no()], source=Source(Way.ADMIN, admin_user), now=NOW)
    admin_user.delete()
    assert Decision.objects.get().by is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens": "maybe"},
        {"way": "pigeon"},
        {"clicks": "maybe"},
        {"opens": None},
        {"opens": "granted", "text_id": None},
        {"clicks": "granted", "text_id": None},
        {"decided_at": NOW + HOUR},
    ],
)
def test_the_database_refuses_what_is_no_decision(wrong):
    row = {"number": 7, "person": person(), "opens": "denied", "way": "api"}
    row |= {"decided_at": MAY, "recorded_at": NOW} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(**row)


# --- Two purposes -------------------------------------------------------------------------------


def both(answer, **fields):
    return replace(yes(**fields), opens=answer, clicks=answer)


def answers():
    opens, clicks = PersonConsent.objects.first(), ClickConsent.objects.first()
    return opens and opens.opens, clicks and clicks.clicks


def test_one_decision_on_both_is_kept_as_one():
    assert outcomes(record(both(Answer.GRANTED))) == [Outcome.STORED]
    [kept] = Decision.objects.all()
    assert (kept.opens, kept.clicks) == ("granted", "granted")
    assert answers() == ("granted", "granted")
    assert PersonConsent.objects.get().version == ClickConsent.objects.get().version == 1


def test_a_no_to_one_leaves_the_other():
    record(both(Answer.GRANTED))
    record(replace(no(), opens=None, clicks=Answer.DENIED))
    assert answers() == ("granted", "denied")
    again = replace(yes(at=NOW), opens=Answer.GRANTED, clicks=Answer.DENIED)
    assert outcomes(record(again)) == [Outcome.UNCHANGED]


def test_only_what_a_decision_changes_is_kept_of_it():
    record(yes())
    assert outcomes(record(both(Answer.GRANTED))) == [Outcome.STORED]
    kept = Decision.objects.first()
    assert (kept.opens, kept.clicks) == (None, "granted")


def test_a_yes_that_does_not_count_takes_the_other_answer_with_it():
    record(replace(no(), opens=None, clicks=Answer.DENIED))
    [refused] = record(both(Answer.GRANTED))
    assert (list(refused.errors), refused.code) == (["consent_clicks"], "withdrew")
    assert answers() == (None, "denied")


def test_what_would_become_of_decisions_is_told_without_recording_them():
    record(no())
    results = foresee_decisions([yes(), yes("bob"), no("bob"), yes("bob")], now=NOW)
    assert outcomes(results) == [None, Outcome.STORED, Outcome.STORED, None]
    assert "withdrew on" in results[3].errors["consent_opens"][0]
    assert Decision.objects.count() == 1


# --- Another address ----------------------------------------------------------------------------

CONTACT = uuid4()
OLD = Subject(1, CONTACT, None, "crm-1")
NEW = Subject(1, CONTACT, person(), "crm-1")


def report_of(subject, answer, **fields):
    return Report(decisions.person_of(subject), None, answer, **fields)


def test_a_no_follows_to_another_address():
    record(report_of(OLD, Answer.DENIED), yes())
    carry_refusal(before=OLD, after=NEW, now=NOW + HOUR)
    carry_refusal(before=OLD, after=NEW, now=NOW + HOUR)
    assert PersonConsent.objects.get(person=person()).opens == "denied"
    assert Decision.objects.get(person=person(), opens="denied").proof == decisions.CARRIED


def test_a_no_to_clicks_follows_too():
    record(replace(report_of(OLD, None), clicks=Answer.DENIED))
    carry_refusal(before=OLD, after=NEW, now=NOW + HOUR)
    assert not PersonConsent.objects.exists()
    assert ClickConsent.objects.get(person=person()).clicks == "denied"


def test_a_yes_never_follows_to_another_address():
    record(report_of(OLD, Answer.GRANTED, decided_at=MAY, text=TEXT))
    carry_refusal(before=OLD, after=NEW, now=NOW + HOUR)
    assert not PersonConsent.objects.filter(person=person()).exists()


def test_the_same_person_is_not_carried_over():
    record(no())
    carry_refusal(before=NEW, after=NEW._replace(external_id=None), now=NOW)
    assert Decision.objects.count() == 1
