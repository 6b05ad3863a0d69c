"""The button on the list of a campaign's contacts that downloads whom it may ask for consent."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from campaigns import services
from campaigns.models import Export
from consent.models import Asked
from tests.admin_pages import text_of
from tests.consent.deciding import withdraw
from tests.tracking.factories import make_campaign, make_contact

pytestmark = pytest.mark.django_db
BUTTON = "Whom to ask, as CSV"
NEEDED = ("campaigns.view_contact", "tracking.view_pixel", "consent.add_decision")
SEEING = "campaigns.view_campaign"


@pytest.fixture
def campaign(serving_privacy):
    campaign = make_campaign()
    set_mode(campaign, "off")
    return campaign


def set_mode(campaign, mode):
    changes = {"tracking_mode": mode}
    services.update_campaign(campaign_id=campaign.id, changes=changes, now=timezone.now())


def page(client, campaign):
    contacts = reverse("admin:campaigns_contact_changelist")
    return text_of(client.get(f"{contacts}?campaign={campaign.id}"))


def press(client, campaign, **extra):
    return client.post(reverse("admin:campaigns_campaign_ask", args=[campaign.id]), **extra)


def test_it_downloads_whom_the_campaign_may_ask_and_records_them(admin_client, campaign):
    group = campaign.groups.get(number=1)
    ann, bob = (make_contact(group, email=f"{name}@example.com") for name in ("ann", "bob"))
    withdraw(bob)
    assert BUTTON in page(admin_client, campaign)
    assert not Asked.objects.exists()

    response = press(admin_client, campaign)
    assert response["Content-Disposition"].endswith(f'contacts-to-ask-{campaign.id}.csv"')
    [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode()))
    assert row["email"] == ann.email
    assert "/privacy/" in row["consent_url"]
    assert Asked.objects.get().campaign_id == campaign.id
    export = Export.objects.get()
    assert (export.campaign, export.rows, export.kind) == (campaign, 1, "merge_list")
    assert "recorded them as asked" in LogEntry.objects.get().change_message


def test_the_page_says_what_it_does(admin_client, campaign, settings):
    settings.CONSENT_ASK_AGAIN_MONTHS = 9
    words = page(admin_client, campaign)
    assert "nobody within 9 months of a no or of another campaign's asking" in words


def test_looking_asks_nobody(admin_client, campaign):
    address = reverse("admin:campaigns_campaign_ask", args=[campaign.id])
    make_contact(campaign.groups.get(number=1), email="ann@example.com")
    assert admin_client.get(address).status_code == 405
    assert not Asked.objects.exists()


def test_a_campaign_that_measures_has_no_button_and_asks_nobody(admin_client, campaign):
    set_mode(campaign, None)
    make_contact(campaign.groups.get(number=1), email="ann@example.com")
    assert BUTTON not in page(admin_client, campaign)
    words = text_of(press(admin_client, campaign, follow=True))
    assert "A campaign that asks measures nobody" in words
    assert not Asked.objects.exists()
    assert not Export.objects.exists()


def test_there_is_no_button_without_a_page_to_answer_on(admin_client, campaign, settings):
    settings.PRIVACY_CONTACT = ""
    assert BUTTON not in page(admin_client, campaign)
    assert "needs the settings PRIVACY_CONTACT" in text_of(
        press(admin_client, campaign, follow=True)
    )


def test_an_archived_campaign_has_no_button(admin_client, campaign):
    services.archive_campaign(campaign_id=campaign.id, now=timezone.now())
    assert BUTTON not in page(admin_client, campaign)


@pytest.mark.parametrize("missing", NEEDED)
def test_it_takes_every_permission(staff, campaign, missing):
    make_contact(campaign.groups.get(number=1), email="ann@example.com")
    client = staff(SEEING, *(name for name in NEEDED if name != missing))
    assert BUTTON not in page(client, campaign)
    assert press(client, campaign).status_code == 403
    assert not Asked.objects.exists()
    allowed = staff(SEEING, *NEEDED, name="bea")
    assert BUTTON in page(allowed, campaign)
    assert press(allowed, campaign).status_code == 200
