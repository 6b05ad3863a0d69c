"""The page with everything about one address, and its erasure."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from campaigns.models import Contact
from contacts.person import erasing
from foundation.errors import Busy
from tests.admin_pages import text_of
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import Open

pytestmark = pytest.mark.django_db
URL = "/admin/campaigns/contact/person/"
ADDRESS = "ann@example.com"
SEE = ("campaigns.view_contact", "campaigns.view_person")
SHOW, SAVE = {"address": ADDRESS, "show": "Show"}, {"address": ADDRESS, "save": "Save"}
ASK = {"address": ADDRESS, "erase": "Erase"}
ERASE = ASK | {"confirmed": "yes"}


@pytest.fixture
def ann():
    contact = make_contact(make_campaign().groups.first(), email=ADDRESS, name="Ann Lee")
    record([make_hit(contact)])
    return contact


def test_it_asks_for_an_address_and_shows_what_there_is(admin_client, admin_user, ann):
    assert "Whose?" in text_of(admin_client.get(URL))
    page = admin_client.post(URL, SHOW)
    assert page.status_code == 200
    assert "Ann Lee" in text_of(page)
    assert "no-store" in page["Cache-Control"]
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin_user, str(ann.pk))
    assert ADDRESS not in entry.change_message + entry.object_repr


def test_an_address_in_the_url_is_not_looked_at(admin_client, ann):
    page = admin_client.get(URL, SHOW)
    assert ADDRESS not in text_of(page)
    assert not LogEntry.objects.exists()


def test_it_is_saved_as_a_file_of_json(admin_client, ann):
    response = admin_client.post(URL, SAVE)
    assert response["Content-Disposition"] == 'attachment; filename="person.json"'
    assert json.loads(response.content)["contacts"][0]["uuid"] == str(ann.pk)


def test_erasing_asks_first_and_gives_a_receipt(admin_client, ann):
    page = admin_client.post(URL, ASK)
    assert "It has 1 contact. Nothing brings it back." in text_of(page)
    assert Contact.objects.get().email == ADDRESS
    page = admin_client.post(URL, ERASE)
    assert "What is kept" in text_of(page)
    assert ADDRESS not in page.content.decode()
    assert Contact.objects.get().email is None
    assert not Open.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_stops_it_is_said_and_nothing_is_erased(admin_client, ann, monkeypatch):
    def busy(**_):
        raise Busy("Not saved yet.")

    monkeypatch.setattr(erasing, "erase_contact", busy)
    assert "Not saved yet." in text_of(admin_client.post(URL, ERASE))
    assert Contact.objects.get().email == ADDRESS
    assert Open.objects.exists()


def test_no_address_is_said_so(admin_client):
    page = admin_client.post(URL, {"address": "ann at example", "show": "Show"})
    assert "Give an e-mail address such as" in text_of(page)


@pytest.mark.parametrize("permission", SEE)
def test_seeing_needs_both_permissions(staff, ann, permission):
    client = staff(permission)
    assert client.get(URL).status_code == client.post(URL, SHOW).status_code == 403


@pytest.mark.parametrize("asked", [ASK, ERASE])
def test_whoever_may_only_see_can_not_erase(staff, ann, asked):
    client = staff(*SEE)
    assert "Erase this person" not in client.post(URL, SHOW).content.decode()
    assert client.post(URL, asked).status_code == 403
    assert Contact.objects.get().email == ADDRESS


def test_the_list_of_contacts_leads_to_it_for_those_who_may(staff, ann):
    contacts = reverse("admin:campaigns_contact_changelist")
    assert URL in staff(*SEE).get(contacts).content.decode()
    assert URL not in staff("campaigns.view_contact", name="bob").get(contacts).content.decode()
