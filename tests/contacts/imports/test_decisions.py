"""Decisions about consent in the rows of a contact file."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Contact, ContactImport
from consent.decisions import record_decisions
from consent.models import ClickConsent, Decision, PersonConsent, Way
from consent.modes import Answer
from consent.people import Subject
from consent.queries import person_of
from consent.texts import digest_of
from consent.weighing import Report, Result, Source
from contacts.imports import decisions
from contacts.imports import preview as import_preview
from contacts.imports.outcome import outcome
from contacts.imports.prepare import ImportOptions
from foundation.errors import NotAllowed
from foundation.personal_data.hashes import read_email_hash
from tests.contacts.imports.importing import figures, reasons, rejected, run
from tests.mailings import NOW

pytestmark = pytest.mark.django_db
TEXT = "We measure whether you open our mails."
HEAD = "email,consent_opens,consent_at,consent_text"
YES = f"yes,2026-01-05T09:00:00Z,{TEXT}"
BEFORE = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def take(take_in):
    def take(content, **options):
        return take_in(content, may_decide=True, **options)

    return take


def withdraw(email, *, at):
    report = Report(read_email_hash(email), None, Answer.DENIED, at, clicks=Answer.DENIED)
    record_decisions([report], source=Source(Way.PAGE), now=at)


def answers(model=PersonConsent):
    name = model.purpose.value
    return dict(model._default_manager.values_list("person", name))


def test_a_decision_comes_with_its_contact_and_its_proof(take):
    job = take(
        f"{HEAD},consent_clicks,consent_proof\n"
        f"ann@example.com,{YES},no,form 7\nbob@example.com,,,,,\n"
    )
    assert figures(job) == (2, 0, 0)
    decision = Decision.objects.get()
    assert (decision.opens, decision.clicks, decision.way) == ("granted", "denied", "import")
    assert (decision.decided_at, decision.recorded_at, decision.proof) == (BEFORE, NOW, "form 7")
    assert decision.text.value == TEXT
    assert decision.person == read_email_hash("ann@example.com")
    assert answers(ClickConsent) == {decision.person: "denied"}


def test_who_imported_is_kept(start, admin_user):
    job = start(f"{HEAD}\nann@example.com,{YES}\n", may_decide=True)
    ContactImport.objects.filter(id=job.id).update(created_by=admin_user)
    run(job)
    assert Decision.objects.get().by == admin_user


def test_a_contact_without_an_address_is_found_by_its_external_id(take, campaign):
    take("external_id,consent_opens\ncrm-1,no\n")
    contact = Contact.objects.get()
    decision = Decision.objects.get()
    assert decision.contact_id == contact.uuid
    assert decision.person == person_of(Subject(campaign.id, contact.uuid, None, "crm-1"))


def test_a_known_contact_is_found_by_what_is_stored_of_it(take):
    take("email,external_id\nann@example.com,crm-1\n")
    job = take("external_id,consent_opens\ncrm-1,no\n")
    assert figures(job) == (0, 1, 0)
    assert outcome(job) == (
        "No contact is new: 1 already there, with what they decided; 0 rejected."
    )
    assert answers() == {read_email_hash("ann@example.com"): "denied"}


def test_a_known_contact_without_either_is_found_by_its_uuid(take, make_contact):
    contact = make_contact(email=None)
    take(f"uuid,email,consent_opens\n{contact.uuid},,no\n")
    assert Decision.objects.get().contact_id == contact.uuid


def test_a_weekly_import_undoes_no_withdrawal(take):
    content = f"{HEAD}\nann@example.com,{YES}\nbob@example.com,{YES}\n"
    assert figures(take(content)) == (2, 0, 0)
    withdraw("ann@example.com", at=NOW + timedelta(minutes=1))
    before = list(Decision.objects.values())
    job = take(content)
    assert figures(job) == (0, 1, 1)
    assert rejected(job) == [(2, "consent_opens", "yes")]
    assert reasons(job)[0].startswith(f"This person withdrew on {NOW:%-d %B %Y}.")
    assert list(Decision.objects.values()) == before


def test_a_row_that_is_rejected_for_its_decision_makes_no_contact(take):
    withdraw("ann@example.com", at=datetime(2026, 2, 3, tzinfo=UTC))
    job = take(f"{HEAD}\nann@example.com,{YES}\nbob@example.com,{YES}\n")
    assert figures(job) == (1, 0, 1)
    assert "withdrew on 3 February 2026" in reasons(job)[0]
    assert [contact.email for contact in Contact.objects.all()] == ["bob@example.com"]
    assert figures(take("email\nann@example.com\n")) == (1, 0, 0)


def test_a_proven_yes_after_a_no_counts(take):
    withdraw("ann@example.com", at=BEFORE - timedelta(days=1))
    assert figures(take(f"{HEAD},consent_proof\nann@example.com,{YES},form 7\n")) == (1, 0, 0)
    assert list(answers().values()) == ["granted"]


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        (f"yes,,{TEXT}", "consent_at", "when the person agreed"),
        (f"yes,2099-01-01T09:00Z,{TEXT}", "consent_at", "future"),
        ("yes,2026-01-05T09:00Z,", "consent_text", "Give the text"),
        (f"yes,2026-01-05T09:00Z,{'0' * 64}", "consent_text", "No text has this digest"),
        (f"yes,5 May,{TEXT}", "consent_at", "Give a date and time"),
        (f"perhaps,2026-01-05T09:00Z,{TEXT}", "consent_opens", "yes or no"),
    ],
)
def test_a_yes_without_its_proof_is_rejected_by_its_cell(take, cells, column, words):
    job = take(f"{HEAD}\nann@example.com,{cells}\nbob@example.com,no,,\n")
    assert figures(job) == (1, 0, 1)
    assert [row[:2] for row in rejected(job)] == [(2, column)]
    assert words in reasons(job)[0]
    assert Decision.objects.count() == 1


def test_a_row_without_an_answer_tells_nothing(take):
    job = take(f"{HEAD}\nann@example.com,,2026-01-05,{TEXT}\n")
    assert figures(job) == (1, 0, 0)
    assert not Decision.objects.exists()


def test_a_text_can_be_named_by_its_digest_once_it_is_known(take):
    digest = digest_of(TEXT)
    take(f"{HEAD}\nann@example.com,{YES}\n")
    job = take(f"{HEAD}\nbob@example.com,ja,2026-01-05T09:00Z,{digest}\n")
    assert figures(job) == (1, 0, 0)


def test_times_are_read_as_the_file_writes_them_in_its_zone_or_as_programs_do(take):
    take(
        f"{HEAD}\nann@example.com,yes,05.01.2026 10:00,{TEXT}\n"
        f"bob@example.com,yes,2026-01-05T09:00:00Z,{TEXT}\n",
        schedule_format="%d.%m.%Y %H:%M",
        zone="Europe/Berlin",
    )
    assert set(Decision.objects.values_list("decided_at", flat=True)) == {BEFORE}


@pytest.mark.parametrize(
    "headers",
    [
        "E-Mail-Adresse;Einwilligung Öffnungen;Einwilligung Klicks;Einwilligung am;"
        "Einwilligungstext",
        "Adresse e-mail;Consentement ouvertures;Consentement clics;Date du consentement;"
        "Texte du consentement",
        "Correo;Consentimiento aperturas;Consentimiento clics;Fecha de consentimiento;"
        "Texto de consentimiento",
        "Indirizzo e-mail;Consenso aperture;Consenso clic;Data del consenso;Testo del consenso",
        "E-mailadres;Toestemming opens;Toestemming clicks;Datum toestemming;Toestemmingstekst",
    ],
)
def test_columns_are_known_in_the_languages_of_the_others(take, headers):
    job = take(f"{headers}\nann@example.com;oui;nee;2026-01-05T09:00Z;{TEXT}\n")
    assert figures(job) == (1, 0, 0)
    decision = Decision.objects.get()
    assert (decision.opens, decision.clicks, decision.decided_at) == ("granted", "denied", BEFORE)


def test_rows_of_one_person_count_in_the_order_of_the_file(take):
    job = take(f"{HEAD}\nann@example.com,no,,\nann@example.com,{YES}\nAnn@Example.com,no,,\n")
    assert (figures(job), rejected(job)) == ((1, 0, 1), [(3, "consent_opens", "yes")])
    assert job.repeated == 1
    assert list(answers().values()) == ["denied"]


def test_a_withdrawal_that_comes_while_a_chunk_is_imported_wins(take, monkeypatch):
    take("email\nzoe@example.com\n")
    for name in ("ann", "zoe"):
        withdraw(f"{name}@example.com", at=NOW)
    # As if they were recorded after the look at what is in force.
    monkeypatch.setattr(
        decisions, "foresee_decisions", lambda reports, **_: [Result() for _ in reports]
    )
    job = take(f"{HEAD}\nann@example.com,{YES}\nzoe@example.com,{YES}\nbob@example.com,{YES}\n")
    assert figures(job) == (1, 0, 2)
    assert [row[0] for row in rejected(job)] == [2, 3]
    assert all("withdrew on" in reason for reason in reasons(job))
    # Nothing of the row is there, as if it had been foreseen.
    assert {contact.email for contact in Contact.objects.all()} == {
        "zoe@example.com",
        "bob@example.com",
    }
    assert sorted(answers().values()) == ["denied", "denied", "granted"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("no,,,yes", "consent_at"),
        (f"no,2099-01-01T09:00Z,{TEXT},yes", "consent_at"),
        ("no,2026-01-05T09:00Z,,yes", "consent_text"),
        ("no,5 May,,", "consent_at"),
        ("no,,,perhaps", "consent_clicks"),
    ],
)
def test_a_no_counts_whatever_is_wrong_with_the_yes_in_its_row(take, cells, column):
    job = take(f"{HEAD},consent_clicks\nann@example.com,{cells}\n")
    assert figures(job) == (0, 0, 1)
    assert [row[:2] for row in rejected(job)] == [(2, column)]
    assert answers() == {read_email_hash("ann@example.com"): "denied"}
    assert answers(ClickConsent) == {}
    assert not Contact.objects.exists()


def test_a_no_counts_whatever_is_wrong_with_its_contact(take, campaign):
    take("email,external_id,name\nann@example.com,crm-1,Ann\n")
    job = take(
        "email,external_id,name,locale,consent_opens\n"
        "ann@example.com,,Another,,no\n"
        "bob@example.com,,,no language,no\n"
        ",crm-2,,no language,no\n"
        "no address,,,,no\n"
    )
    assert figures(job) == (0, 0, 4)
    by_key = person_of(Subject(campaign.id, Contact.objects.get().uuid, None, "crm-2"))
    people = {read_email_hash(f"{name}@example.com") for name in ("ann", "bob")}
    assert set(answers()) == {*people, by_key}


def test_a_no_of_a_rejected_row_finds_a_known_contact(take):
    take("email,external_id,name\nann@example.com,crm-1,Ann\n")
    assert figures(take("external_id,name,consent_opens\ncrm-1,Another,no\n")) == (0, 0, 1)
    assert set(answers()) == {read_email_hash("ann@example.com")}


def test_a_preview_says_who_withdrew_and_records_nothing(upload, group):
    withdraw("ann@example.com", at=BEFORE)
    job = upload(f"{HEAD}\nann@example.com,{YES}\nbob@example.com,{YES}\n")
    options = ImportOptions(default_group=group.id, may_decide=True)
    shown = import_preview.preview(import_preview.read_upload(job), options=options, now=NOW)
    assert [row.fate for row in shown.rows] == ["refused", "new"]
    assert "withdrew on 5 January 2026" in shown.rows[0].problems[0].reason
    assert Decision.objects.count() == 1


def test_who_may_not_record_decisions_can_not_import_them(start):
    with pytest.raises(NotAllowed, match="may not record decisions"):
        start(f"{HEAD}\nann@example.com,{YES}\n")
    start(
        f"email,{HEAD.partition(',')[2]}\nann@example.com,{YES}\n", mapping={"consent_opens": None}
    )


def test_many_rows_cost_a_bounded_number_of_queries(take):
    def cost(count):
        rows = "".join(f"n{count}-{n}@example.com,{YES}\n" for n in range(count))
        with CaptureQueriesContext(connection) as queries:
            assert take(f"{HEAD}\n{rows}").created == count
        return len(queries)

    cost(1)
    assert cost(100) == cost(10)
