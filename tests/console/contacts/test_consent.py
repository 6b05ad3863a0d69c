"""The page of a contact's consent."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from campaigns.models import Contact, Export
from campaigns.modes import Measured
from consent import journal
from consent.models import Decision, PersonConsent
from consent.modes import Answer
from contacts.change import erase_contact
from tests.admin_pages import text_of
from tests.consent.deciding import agree, decide, withdraw
from tests.tracking.factories import make_campaign, make_contact

pytestmark = pytest.mark.django_db
SEE = ("campaigns.view_contact", "consent.view_decision")
AGREED = {
    "agree": "Record agreement",
    "opens": "on",
    "agreed_at": "2026-03-01T09:00",
    "text": "We measure whether you open our mails.",
    "proof": "",
}


@pytest.fixture
def ann():
    return make_contact(make_campaign().groups.first(), email="ann@example.com")


@pytest.fixture
def url(ann):
    return f"/admin/campaigns/contact/{ann.pk}/consent/"


def contact_page(client, contact):
    return client.get(f"/admin/campaigns/contact/{contact.pk}/change/")


def test_looking_changes_nothing(admin_client, ann, url):
    page = admin_client.get(url)
    assert "neither agreed nor refused" in text_of(page)
    assert "Individual" in text_of(page)
    admin_client.get(url, {"withdraw": "Withdraw", **AGREED})
    assert not Decision.objects.exists()


def test_a_withdrawal_takes_one_step(admin_client, admin_user, url):
    page = admin_client.post(url, {"withdraw": "Withdraw"}, follow=True)
    assert "Recorded." in text_of(page)
    assert "Off: no pixels, and nothing is kept" in text_of(page)
    [decision] = Decision.objects.all()
    assert (decision.opens, decision.way, decision.by) == ("denied", "admin", admin_user)
    entry = LogEntry.objects.get()
    assert "Recorded a withdrawal of consent." in entry.get_change_message()


def test_another_withdrawal_is_recorded_with_its_own_moment(admin_client, ann, url):
    withdraw(ann, now=timezone.now() - timedelta(days=60))
    admin_client.post(url, {"withdraw": "Withdraw"})
    assert Decision.objects.count() == 2
    between = timezone.now() - timedelta(days=30)
    agree(ann, decided_at=between, proof="form 7")
    assert PersonConsent.objects.get().opens == "denied"


def test_an_agreement_is_recorded_with_its_proof(admin_client, url):
    page = admin_client.post(url, AGREED, follow=True)
    assert "Agreed" in text_of(page)
    decision = Decision.objects.get()
    assert (decision.opens, decision.text.value) == ("granted", AGREED["text"])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"text": ""}, "This field is required."),
        ({"agreed_at": "2026-03-01"}, "Write a date and a time such as"),
        ({"agreed_at": "2190-01-01T09:00"}, "future"),
        ({"proof": "x" * 201}, "at most 200"),
    ],
)
def test_what_proves_nothing_is_shown_with_what_is_wrong(admin_client, url, changed, sentence):
    page = admin_client.post(url, AGREED | changed)
    assert sentence in text_of(page)
    assert not Decision.objects.exists()


def test_a_yes_after_a_no_says_when_the_person_withdrew(admin_client, ann, url):
    withdraw(ann)
    page = admin_client.post(url, AGREED)
    assert "This person withdrew on" in text_of(page)
    assert Decision.objects.count() == 1


def test_the_contacts_page_leads_there_and_gives_no_pixel_out(admin_client, ann):
    page = contact_page(admin_client, ann)
    assert f"/admin/campaigns/contact/{ann.pk}/consent/" in page.content.decode()
    assert ".gif" in page.content.decode()
    withdraw(ann)
    page = contact_page(admin_client, ann)
    assert "Opens: Refused or withdrew on" in text_of(page)
    assert "put no pixel into its e-mail" in text_of(page)
    assert ".gif" not in page.content.decode()


def test_the_contacts_page_says_what_each_decision_is_about(admin_client, ann):
    decide(ann, None, clicks=Answer.DENIED)
    words = text_of(contact_page(admin_client, ann))
    assert "None" not in words
    assert "Clicks: Refused or withdrew on" in words
    assert "Opens:" not in words
    agree(ann)
    words = text_of(contact_page(admin_client, ann))
    assert "Opens: Agreed on" in words
    assert "Clicks: Refused or withdrew on" in words
    assert "None" not in text_of(admin_client.get(f"/admin/campaigns/contact/{ann.pk}/consent/"))


def test_the_contacts_page_never_says_not_opened_of_who_is_not_measured(admin_client, ann):
    assert "Not opened yet." in text_of(contact_page(admin_client, ann))
    withdraw(ann)
    words = text_of(contact_page(admin_client, ann))
    assert "Not opened yet." not in words
    assert "since then it is not known" in words
    Contact.objects.update(measured=Measured.NO)
    words = text_of(contact_page(admin_client, ann))
    assert "Opened: not measured" in words
    assert "whether it opened is not known" in words
    listed = text_of(admin_client.get("/admin/campaigns/contact/"))
    assert "ann@example.com not measured" in listed


def test_the_page_of_a_pixel_gives_it_out_to_nobody_who_refused(admin_client, ann):
    page = f"/admin/tracking/pixel/{ann.pixels.get().pk}/change/"
    assert ".gif" in admin_client.get(page).content.decode()
    withdraw(ann)
    assert ".gif" not in admin_client.get(page).content.decode()


def test_decisions_are_in_no_page_that_changes_them(admin_client):
    for verb in ("", "add/", "1/change/", "1/delete/"):
        assert admin_client.get(f"/admin/consent/decision/{verb}").status_code == 404


def test_without_the_permissions_nothing_is_shown_or_taken(staff, ann, url):
    agree(ann)
    reader = staff(*SEE)
    page = reader.get(url)
    assert page.status_code == 200
    assert "Record agreement" not in page.content.decode()
    assert reader.post(url, {"withdraw": "Withdraw"}).status_code == 403
    viewer = staff("campaigns.view_contact", name="bob")
    assert viewer.get(url).status_code == 403
    assert 'id="consent"' not in contact_page(viewer, ann).content.decode()
    assert Decision.objects.count() == 1


def test_an_erased_contact_is_nobody(admin_client, ann, url):
    erase_contact(contact_id=ann.pk, now=timezone.now())
    assert "was erased" in text_of(admin_client.get(url))
    admin_client.post(url, {"withdraw": "Withdraw"})
    assert not Decision.objects.exists()


def test_what_was_agreed_to_is_ticked(admin_client, url):
    neither = AGREED | {"opens": ""}
    assert "Tick what the person agreed to." in text_of(admin_client.post(url, neither))
    assert not Decision.objects.exists()
    page = admin_client.post(url, neither | {"clicks": "on"}, follow=True)
    assert "Recorded." in text_of(page)
    decision = Decision.objects.get()
    assert (decision.opens, decision.clicks) == (None, "granted")
    admin_client.post(url, {"withdraw": "Withdraw"})
    decision = Decision.objects.first()
    assert (decision.opens, decision.clicks) == ("denied", "denied")


def test_the_page_of_the_person_is_there_to_copy(admin_client, client, ann, url, serving_privacy):
    page = admin_client.get(url)
    own = page.context["page_url"]
    assert f'value="{own}"' in page.content.decode()
    assert client.get(own.removeprefix("http://testserver")).status_code == 200
    erase_contact(contact_id=ann.uuid, now=timezone.now())
    assert admin_client.get(url).context["page_url"] is None


def test_only_who_may_record_decisions_sees_the_address_of_the_page(staff, url, serving_privacy):
    reader = staff(*SEE)
    assert "/privacy/" not in reader.get(url).content.decode()
    recorder = staff(*SEE, "consent.add_decision", name="bob")
    assert "/privacy/" in recorder.get(url).content.decode()


def test_the_page_says_when_each_answer_counts(admin_client, url):
    words = text_of(admin_client.get(url))
    assert "from now on" not in words
    assert "A no counts at once, for e-mails already sent too." in words
    assert "A yes measures from the next e-mail on" in words


def test_what_the_persons_page_lacks_is_said(admin_client, url):
    assert "serves once PRIVACY_SENDER, PRIVACY_CONTACT, PRIVACY_POLICY_URL are set" in text_of(
        admin_client.get(url)
    )


def test_behind_the_journal_no_page_tells_what_was_decided(admin_client, ann, url, monkeypatch):
    campaign, contact = f"/admin/campaigns/campaign/{ann.campaign_id}/", "/admin/campaigns/contact/"
    pixel = ann.pixels.get()
    pixels = ann.pixels.count()
    monkeypatch.setattr(journal, "last_committed", lambda: 7)
    admin_client.raise_request_exception = False
    asked = {"since": "2026-01-01"}
    doors = {
        "consent": admin_client.get(url),
        "contact": contact_page(admin_client, ann),
        "person": admin_client.post(f"{contact}person/", {"address": ann.email, "show": "Show"}),
        "not opened": admin_client.get(contact, {"campaign": ann.campaign_id, "opened": "no"}),
        "no sign": admin_client.get(f"{contact}inactive/", asked),
        "no sign, file": admin_client.get(f"{contact}inactive.csv", asked),
        "pixel": admin_client.get(f"/admin/tracking/pixel/{pixel.pk}/change/"),
        "tests": admin_client.get(f"{campaign}pixels/"),
        "merge list": admin_client.get(f"{campaign}contacts.csv"),
    }
    told = {
        name: (page.status_code, journal.BEHIND in text_of(page)) for name, page in doors.items()
    }
    assert told == dict.fromkeys(doors, (503, True))
    assert not Export.objects.exists()
    lines = {"key": "email", "lines": "bob@example.com", "group": ann.group_id, "pixels": "1"}
    assert journal.BEHIND in text_of(admin_client.post(f"{campaign}add-contacts/", lines))
    test = {"group": ann.group_id, "label": ""}
    assert journal.BEHIND in text_of(admin_client.post(f"{campaign}pixels/", test))
    own = {"contact": ann.pk, "number": "7"}
    assert journal.BEHIND in text_of(admin_client.post("/admin/tracking/pixel/add/", own))
    new = {"campaign": ann.campaign_id, "group": ann.group_id, "email": "bob@example.com"}
    new |= {"scheduled_at": "2026-03-02T09:00", "pixels": "1"}
    assert journal.BEHIND in text_of(admin_client.post(f"{contact}add/", new))
    assert ann.pixels.count() == pixels
    assert list(Contact.objects.all()) == [ann]
