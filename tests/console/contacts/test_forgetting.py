"""The page that asks before what was measured of a contact is removed."""

import pytest
from django.contrib.admin.models import LogEntry

from contacts.person import forgetting
from foundation.errors import Busy
from tests.admin_pages import text_of
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import Open

pytestmark = pytest.mark.django_db
MAY = ("campaigns.view_contact", "campaigns.forget_contact")


@pytest.fixture
def ann():
    contact = make_contact(make_campaign().groups.first(), email="ann@example.com")
    record([make_hit(contact)])
    return contact


@pytest.fixture
def url(ann):
    return f"/admin/campaigns/contact/{ann.pk}/forget/"


def test_looking_only_asks(admin_client, url):
    assert "Nothing brings it back" in text_of(admin_client.get(url))
    assert Open.objects.exists()


def test_one_step_forgets_and_stands_in_the_history(admin_client, admin_user, ann, url):
    page = admin_client.post(url, follow=True)
    assert page.redirect_chain == [(f"/admin/campaigns/contact/{ann.pk}/change/", 302)]
    assert "Forgot what was measured." in text_of(page)
    assert not Open.objects.exists()
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (admin_user, str(ann.pk))
    assert "forgotten on" in text_of(admin_client.get(url))


def test_a_second_time_says_that_there_was_nothing(admin_client, url):
    admin_client.post(url)
    assert "nothing to forget" in text_of(admin_client.post(url, follow=True))
    assert LogEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_journal_that_cant_be_written_is_said_and_nothing_is_forgotten(
    admin_client, url, monkeypatch
):
    def busy(**_):
        raise Busy("Not saved yet.")

    monkeypatch.setattr(forgetting, "note_forgetting", busy)
    assert "Not saved yet." in text_of(admin_client.post(url))
    assert Open.objects.exists()


def test_it_needs_a_permission_of_its_own(staff, ann, url):
    may_change = staff("campaigns.view_contact", "campaigns.change_contact")
    assert may_change.get(url).status_code == may_change.post(url).status_code == 403
    assert Open.objects.exists()
    page = may_change.get(f"/admin/campaigns/contact/{ann.pk}/change/")
    assert "Forget what was measured" not in text_of(page)


def test_the_contacts_page_leads_to_it(staff, ann, url):
    page = staff(*MAY, name="bea").get(f"/admin/campaigns/contact/{ann.pk}/change/")
    assert url in page.content.decode()
    assert staff(*MAY, name="carl").post(url).status_code == 302


def test_a_contact_that_is_not_there_is_not_found(admin_client):
    missing = "/admin/campaigns/contact/00000000-0000-4000-8000-000000000000/forget/"
    assert admin_client.get(missing).status_code == 404
