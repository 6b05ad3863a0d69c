"""A refusal stays with the person: through another address, an erasure, and a contact made anew."""

import pytest
from django.utils import timezone

from campaigns.models import Contact
from consent.models import ClickConsent, PersonConsent
from consent.modes import Answer
from contacts.change import change_contact, erase_contact
from foundation.personal_data.hashes import read_email_hash
from tests.consent.deciding import decide, tables_with
from tests.contacts.imports.importing import figures, reasons
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
YES = "email,consent_opens,consent_at,consent_text\n{},yes,2026-01-05T09:00Z,We measure.\n"


@pytest.fixture
def refuser(db):
    contact = make_contact(make_campaign("Winter").groups.first(), email="ann@example.com")
    decide(contact, Answer.DENIED, clicks=Answer.DENIED)
    return contact


def test_an_erased_persons_refusal_outlives_the_erasure(refuser, take_in):
    erase_contact(contact_id=refuser.uuid, now=timezone.now())
    assert record([make_hit(refuser)]).recorded == 0
    job = take_in(YES.format("Ann@Example.com"), may_decide=True)
    assert figures(job) == (0, 0, 1)
    assert "withdrew on" in reasons(job)[0]
    assert figures(take_in("email\nann@example.com\n")) == (1, 0, 0)
    again = Contact.objects.get(email_hash=read_email_hash("ann@example.com"))
    assert again.uuid != refuser.uuid
    assert record([make_hit(again)]).recorded == 0
    assert tables_with("ann@example.com") == set()


def test_a_change_of_address_carries_both_refusals(refuser, take_in):
    changes = {"email": "new@example.com"}
    change_contact(contact_id=refuser.uuid, changes=changes, now=timezone.now())
    new = read_email_hash("new@example.com")
    assert PersonConsent.objects.get(person=new).opens == "denied"
    assert ClickConsent.objects.get(person=new).clicks == "denied"
    assert "withdrew on" in reasons(take_in(YES.format("new@example.com"), may_decide=True))[0]
    assert "withdrew on" in reasons(take_in(YES.format("ann@example.com"), may_decide=True))[0]
