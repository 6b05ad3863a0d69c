"""The page and the file of people without a sign."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Export
from console.contacts import inactive
from tests.admin_pages import text_of
from tests.tracking.factories import make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
URL = "/admin/campaigns/contact/inactive/"
FILE = "/admin/campaigns/contact/inactive.csv"
MAY = ("campaigns.view_contact", "tracking.view_open")


@pytest.fixture
def group():
    return make_campaign().groups.get(number=1)


@pytest.fixture
def ann(group):
    mailed = timezone.now() - timedelta(days=30)
    return make_contact(group, email="ann@example.com", scheduled_at=mailed)


@pytest.fixture
def bob(group):
    contact = make_contact(group, email="bob@example.com")
    record([make_hit(contact)])
    return contact


def test_the_last_year_is_shown_at_first(admin_client, ann):
    page = text_of(admin_client.get(URL))
    assert "ann@example.com" in page
    assert "Measured, and nothing was loaded" in page


def test_the_day_and_the_doubt_are_chosen(admin_client, ann):
    tomorrow_of_it = str((ann.due_at + timedelta(days=1)).date())
    assert "ann@" not in text_of(admin_client.get(URL, {"since": tomorrow_of_it}))
    since = str((ann.due_at - timedelta(days=1)).date())
    assert "ann@" in text_of(admin_client.get(URL, {"since": since, "doubt": "images_off"}))
    assert "ann@" not in text_of(admin_client.get(URL, {"since": since, "doubt": "never_asked"}))


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2199-01-01"},
        {"since": "1990-01-01"},
        {"since": "yesterday"},
        {"since": "2026-01-01", "doubt": "none"},
        {"since": "2026-01-01", "after": "ann@example.com"},
    ],
)
def test_what_can_not_be_asked_shows_no_list(admin_client, ann, asked):
    for address in (URL, FILE):
        page = admin_client.get(address, asked)
        assert page.status_code == 200
        assert page.context["rows"] is None


def test_pages_lead_to_each_other(admin_client, group, monkeypatch):
    monkeypatch.setattr(inactive, "LIMIT", 2)
    mailed = timezone.now() - timedelta(days=30)
    for n in range(3):
        make_contact(group, email=f"p{n}@example.com", scheduled_at=mailed)
    page = admin_client.get(URL)
    rest = admin_client.get(f"{URL}?{page.context['further']}")
    shown = [person.email for one in (page, rest) for person, _ in one.context["rows"]]
    assert sorted(shown) == [f"p{n}@example.com" for n in range(3)]
    assert "@" not in page.context["further"]
    assert rest.context["further"] is None


def test_the_file_has_everybody_and_is_recorded(admin_client, admin_user, ann, bob):
    page = admin_client.get(URL)
    file = admin_client.get(f"{FILE}?{page.context['file']}")
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert lines[0] == "email,mails,last_sign_at,doubt"
    assert lines[1:] == ["ann@example.com,1,,images_off"]
    export = Export.objects.get()
    assert (export.kind, export.campaign, export.rows) == ("inactive", None, 1)
    assert export.by == admin_user


@pytest.mark.parametrize("permission", MAY)
def test_it_needs_both_permissions(staff, permission):
    client = staff(permission)
    assert client.get(URL).status_code == client.get(FILE).status_code == 403


def test_the_list_of_contacts_leads_to_it(staff):
    assert URL in staff(*MAY).get("/admin/campaigns/contact/").content.decode()
    other = staff("campaigns.view_contact", name="bob")
    assert URL not in other.get("/admin/campaigns/contact/").content.decode()
