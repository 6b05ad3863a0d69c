"""A person is erased everywhere at once; a refusal and its proof stay as long as they must."""

import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from campaigns.models import Contact
from campaigns.modes import Measured
from consent import journal
from consent.models import Decision, GonePerson, PersonConsent
from consent.page.visit import Shown, read_shown
from consent.page.visit import withdraw as withdraw_by_link
from consent.proofs import proof_ends, remove_proofs
from contacts.change import change_contact, erase_contact
from contacts.person import erasing
from contacts.person.erasing import FOR_GOOD, erase_person
from foundation.errors import Busy
from foundation.personal_data.hashes import read_email_hash
from tests.consent.deciding import agree, tables_with, withdraw
from tests.discounts import factories as discounts
from tests.tracking.counting.test_last_days import turn_on
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import LastDay, Open
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
ADDRESS = "ann@example.com"
NOW = START + timedelta(days=2)
HOUR, YEAR = timedelta(hours=1), timedelta(days=366)


@pytest.fixture
def group():
    return make_campaign().groups.get(number=1)


@pytest.fixture
def ann(group):
    return make_contact(group, email=ADDRESS, name="Ann", external_id="crm-1")


def erase(now=NOW):
    return erase_person(ADDRESS, now=now, proof_years=5)


def kept(receipt):
    return {one.what.split(",")[0].split(":")[0]: one.until for one in receipt.kept}


def test_opens_and_addresses_go_in_all_campaigns_and_of_a_customer(group, ann):
    again = make_contact(make_campaign("Autumn").groups.first(), email=ADDRESS)
    customer = discounts.make_customer(email=ADDRESS)
    bob = make_contact(group, email="bob@example.com")
    record([make_hit(ann), make_hit(again), make_hit(bob)])
    receipt = erase()
    assert (receipt.contacts, receipt.forgotten, receipt.customers) == (2, 2, 1)
    assert Open.objects.get().contact_id == bob.pk
    customer.refresh_from_db()
    assert customer.erased_at == NOW
    assert list(audit.find_differences().lines()) == []
    assert tables_with(read_email_hash(ADDRESS), "crm-1") == set()


def test_a_refusal_is_the_one_row_that_is_left(ann, group):
    withdraw(ann, now=NOW - timedelta(days=1))
    receipt = erase()
    assert tables_with(read_email_hash(ADDRESS)) == {
        "consent_decision",
        "consent_personconsent",
        "consent_goneperson",
    }
    assert kept(receipt)["The refusal"] == FOR_GOOD
    assert kept(receipt)["The decisions about being measured"] == "2031-03-04"
    again = make_contact(group, email=ADDRESS)
    assert record([make_hit(again)]).recorded == 0


def test_the_receipt_says_until_when_loads_lie_that_were_not_searched(ann):
    told = kept(erase())
    assert told["Loads that could not be recorded"] == f"{NOW + timedelta(days=7):%Y-%m-%d}"


@pytest.mark.django_db(transaction=True)
def test_the_receipt_tells_of_the_journal_what_is_in_it(ann):
    agree(ann, now=START)
    [told] = [one for one in erase().kept if one.what.startswith("Lines of the journal")]
    assert (told.until, "HMAC-SHA256" in told.what) == (FOR_GOOD, True)
    entries = [entry for line in journal.read(journal.path()) for entry in line.entries]
    hashes = {
        entry[name] for entry in entries for name in ("person", "erased_person") if name in entry
    }
    assert hashes == {hmac.new(settings.HASH_KEY.encode(), ADDRESS.encode(), "sha256").hexdigest()}
    named = {key for entry in entries for key in entry}
    decided = {"person", "contact", "opens", "way", "proof", "decided_at", "recorded_at", "text"}
    assert named == {"shown", *decided, "forgotten", "erased", "erased_person", "at"}
    # Years later too, when the proof in the database is gone.
    size = journal.path().stat().st_size
    assert remove(6 * YEAR) == 1
    assert journal.path().stat().st_size == size
    assert ADDRESS.encode() not in journal.path().read_bytes()


def test_who_never_decided_leaves_no_hash(ann):
    receipt = erase()
    assert "The decisions about being measured" not in kept(receipt)
    assert not GonePerson.objects.exists()


def test_the_receipt_names_nobody_and_tells_when_what_goes(ann):
    discounts.make_customer(email=ADDRESS)
    agree(ann, now=START)
    receipt = erase()
    assert ADDRESS not in json.dumps(receipt.as_json())
    assert "The refusal" not in kept(receipt)
    assert kept(receipt)["Rows that an import left out"] == "2026-04-03"
    assert kept(receipt)["Discounts that were used"] == FOR_GOOD


@pytest.mark.django_db(transaction=True)
def test_it_is_all_or_nothing(ann, monkeypatch):
    discounts.make_customer(email=ADDRESS)
    record([make_hit(ann)])

    def busy(**_):
        raise Busy("Not now.")

    monkeypatch.setattr(erasing, "erase_customer", busy)
    with pytest.raises(Busy):
        erase()
    assert Open.objects.exists()
    assert Contact.objects.get().email == ADDRESS


def test_erasing_again_finds_nobody(ann):
    erase()
    assert (erase().contacts, erase().forgotten) == (0, 0)


# --- Contacts whose address has changed since ----------------------------------------------


def move(contact, email="bob@example.com", *, now=NOW - HOUR):
    change_contact(contact_id=contact.pk, changes={"email": email}, now=now)


def test_of_a_contact_with_another_address_now_what_was_measured_goes(group, ann):
    record([make_hit(ann)])
    bob = make_contact(group, email="other@example.com")
    record([make_hit(bob)])
    move(ann)
    LastDay.objects.create(person=read_email_hash(ADDRESS), day=NOW.date())
    receipt = erase()
    assert (receipt.contacts, receipt.forgotten) == (0, 1)
    assert Open.objects.get().contact_id == bob.pk
    assert tables_with(read_email_hash(ADDRESS)) == set()
    assert list(audit.find_differences().lines()) == []


@pytest.mark.parametrize("mode", ["individual", "last_day"])
@pytest.mark.parametrize("fields", [{}, {"scheduled_at": None}], ids=["due", "no time"])
def test_what_an_erased_person_opens_later_is_counted_for_nobody(group, mode, fields):
    if mode == "last_day":
        turn_on(group.campaign)
    contact = make_contact(group, email=ADDRESS, **fields)
    move(contact)
    erase()
    assert record([make_hit(contact, after=timedelta(days=3))]).recorded == 0
    assert not LastDay.objects.exists()
    contact.refresh_from_db()
    assert contact.email == "bob@example.com"


def test_a_contact_still_knows_that_it_was_somebody_else(serving_privacy, ann):
    move(ann)
    erase()
    ann.refresh_from_db()
    assert read_shown(ann, now=NOW) == Shown(why_not="unclear")
    withdraw_by_link(ann, now=NOW)
    assert PersonConsent.objects.get().person == read_email_hash("bob@example.com")


def test_the_proof_of_who_has_no_contact_any_more_goes_in_time(ann):
    withdraw(ann, now=START)
    move(ann)
    erase()
    erase(now=NOW + YEAR)
    gone = GonePerson.objects.get(person=read_email_hash(ADDRESS))
    assert gone.gone_at == NOW


# --- How long proofs are kept ---------------------------------------------------------------


def remove(after):
    return remove_proofs(now=NOW + after, years=5)


def test_proofs_go_after_their_years_and_not_before(ann):
    agree(ann, now=START)
    erase()
    assert [remove(5 * YEAR - timedelta(days=6)), Decision.objects.count()] == [0, 1]
    assert remove(5 * YEAR) == 1
    assert tables_with(read_email_hash(ADDRESS)) == set()


def test_of_a_refusal_the_answer_and_its_moments_stay_without_proof(ann, group, admin_user):
    agree(ann, now=START)
    withdraw(ann, now=START + timedelta(days=1), proof="letter 8")
    erase()
    remove(6 * YEAR)
    [decision] = Decision.objects.all()
    assert (decision.opens, decision.proof, decision.by, decision.text) == (
        "denied",
        "",
        None,
        None,
    )
    assert PersonConsent.objects.get().opens == "denied"
    assert not GonePerson.objects.exists()
    again = make_contact(group, email=ADDRESS, scheduled_at=NOW)
    again.refresh_from_db()
    assert again.measured == Measured.NO
    assert record([make_hit(again)]).recorded == 0


def test_the_years_begin_when_the_last_contact_goes(ann):
    other = make_contact(make_campaign("Autumn").groups.first(), email=ADDRESS)
    agree(ann, now=START)
    erase_contact(contact_id=ann.pk, now=NOW)
    assert not GonePerson.objects.exists()
    erase_contact(contact_id=other.pk, now=NOW + YEAR)
    assert GonePerson.objects.get().gone_at == NOW + YEAR


def test_a_person_without_an_address_has_one_contact(group):
    contact = make_contact(group, external_id="crm-2")
    agree(contact, now=START)
    erase_contact(contact_id=contact.pk, now=NOW)
    assert remove(6 * YEAR) == 1
    assert not Decision.objects.exists()


def test_decisions_from_before_the_address_go_too(group):
    contact = make_contact(group, external_id="crm-2")
    agree(contact, now=START)
    change_contact(contact_id=contact.pk, changes={"email": ADDRESS}, now=NOW)
    assert "The decisions about being measured" in kept(erase())
    assert remove(6 * YEAR) == 1
    assert not Decision.objects.exists()


def test_who_was_imported_again_keeps_the_proof(ann, group):
    agree(ann, now=START)
    erase()
    make_contact(group, email=ADDRESS)
    assert remove(6 * YEAR) == 0
    assert (Decision.objects.count(), GonePerson.objects.count()) == (1, 0)


def test_who_decided_since_keeps_the_proof_of_that_as_long(ann):
    agree(ann, now=START)
    person = Contact(campaign_id=ann.campaign_id, email_hash=ann.email_hash)
    erase()
    withdraw(person, now=NOW + 2 * YEAR)
    assert remove(6 * YEAR) == 0
    assert GonePerson.objects.get().gone_at == NOW + 2 * YEAR
    assert remove(8 * YEAR) == 1


def test_a_leap_day_ends_on_the_28th():
    day = datetime(2028, 2, 29, 9, tzinfo=UTC)
    assert proof_ends(day, years=5) == datetime(2033, 2, 28, 9, tzinfo=UTC)
    assert proof_ends(day, years=4).day == 29


def test_nothing_is_removed_of_who_is_not_gone(ann):
    agree(ann, now=timezone.now())
    assert remove(9 * YEAR) == 0
