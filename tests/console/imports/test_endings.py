"""Stopping and undoing imports on their pages."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from campaigns.models import Contact, ContactImport, Export, ExportKind
from contacts.imports.tasks import import_contacts, undo_import
from tests.admin_pages import text_of
from tests.console.imports.test_pages import job_page
from tests.contacts.imports.undo.undoing import assert_counted
from tests.mailings import NOW
from tracking.models import Pixel

pytestmark = pytest.mark.one_engine
FUTURE = "2099-03-09T12:00:00Z"
FILE = "".join(f"{name}@example.com,{FUTURE}\n" for name in ("ann", "bob", "ann"))


@pytest.fixture
def waiting(start):
    return start(f"email,scheduled_at\n{FILE}", pixels_per_contact=2)


@pytest.fixture
def ended(waiting):
    import_contacts.func(waiting.id)
    waiting.refresh_from_db()
    return waiting


def history(job):
    return [entry.change_message for entry in LogEntry.objects.filter(object_id=job.campaign_id)]


def test_an_import_is_stopped_by_a_button(admin_client, waiting):
    assert 'form="stop"' in admin_client.get(job_page(waiting)).content.decode()
    page = admin_client.post(job_page(waiting, "stop"), follow=True)
    words = text_of(page)
    assert "Stopped before a row was read: nothing was imported." in words
    assert 'form="stop"' not in page.content.decode()
    assert "You may leave this page" not in words
    admin_client.post(job_page(waiting, "stop"))
    assert history(waiting) == [f"Stopped import {waiting.id}."]
    import_contacts.func(waiting.id)
    assert not Contact.objects.exists()


def test_one_that_has_ended_says_so(admin_client, ended):
    words = text_of(admin_client.post(job_page(ended, "stop"), follow=True))
    assert "This import is not running" in words
    assert "Repeated in the file 1" in words
    assert history(ended) == []


def test_an_import_is_undone_after_a_page_that_says_what_goes(admin_client, ended):
    assert job_page(ended, "undo") in admin_client.get(job_page(ended)).content.decode()
    words = text_of(admin_client.get(job_page(ended, "undo")))
    assert "2 contacts 4 pixels" in words
    assert "were downloaded" not in words
    assert Contact.objects.count() == 2
    page = admin_client.post(job_page(ended, "undo"), follow=True)
    assert "Being undone. 0 of 2 contacts are removed so far." in text_of(page)
    assert page.context["job"]["goes_on"]
    undo_import.func(ended.id)
    words = text_of(admin_client.get(job_page(ended)))
    assert "Undone. 2 contacts were removed, with their pixels." in words
    assert "Removed again 2" in words
    assert "put the pixels into your e-mails" not in words
    assert "Undo this import" not in words
    assert not Contact.objects.exists()
    assert not Pixel.objects.exists()
    [sentence] = history(ended)
    assert sentence == (
        f"Began to undo import {ended.id}: the 2 contacts that it made go, with their pixels."
    )
    assert_counted()


def test_a_list_that_was_downloaded_is_named(admin_client, ended):
    Export.objects.create(campaign=ended.campaign, kind=ExportKind.MERGE_LIST, made_at=NOW)
    assert "were downloaded on 2 Mar" in text_of(admin_client.get(job_page(ended, "undo")))


def test_an_import_that_can_not_be_undone_says_why(admin_client, ended):
    Contact.objects.filter(email_domain="example.com").update(due_at=NOW)
    page = admin_client.get(job_page(ended, "undo"))
    assert "has fallen due" in text_of(page)
    assert 'value="Undo the import"' not in page.content.decode()
    page = admin_client.post(job_page(ended, "undo"))
    assert "has fallen due" in text_of(page)
    assert (Contact.objects.count(), history(ended)) == (2, [])


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("stop", ["campaigns.add_contact", "tracking.add_pixel"]),
        ("undo", ["campaigns.delete_contact", "tracking.delete_pixel"]),
    ],
)
def test_each_permission_is_needed(staff, waiting, page, wanted):
    wanted = [*wanted, "campaigns.view_contactimport"]
    for lacking in wanted:
        client = staff(*(name for name in wanted if name != lacking), name=lacking)
        assert client.post(job_page(waiting, page)).status_code == 403
        seen = client.get(job_page(waiting))
        assert seen.status_code == 403 or 'id="stop"' not in seen.content.decode()
    assert ContactImport.objects.get().state == "waiting"
    assert staff(*wanted, name="may").post(job_page(waiting, page)).status_code in (200, 302)


@pytest.mark.parametrize("page", ["stop", "undo"])
def test_a_form_of_another_site_is_refused(admin_user, waiting, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(job_page(waiting, page)).status_code == 403
    assert client.get(job_page(waiting, "stop")).status_code == 405
    assert ContactImport.objects.get().state == "waiting"
