"""The page of a campaign's pixels: tags to copy, tests made and watched."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import services
from campaigns.models import Campaign, Contact
from contacts.trial import make_test
from tests.admin_pages import errors_of, text_of
from tests.consent.deciding import agree
from tests.tracking.factories import APPLE_PRIVACY, GMAIL, START, make_hit
from tracking.counting.record import note_complete, record

pytestmark = pytest.mark.one_engine

READING = ["campaigns.view_contact", "tracking.view_pixel", "tracking.view_open"]
WRITING = [*READING, "campaigns.add_contact", "tracking.add_pixel"]


def page_of(campaign):
    return reverse("admin:campaigns_campaign_pixels", args=[campaign.id])


def data_of(campaign):
    return reverse("admin:campaigns_campaign_pixels_tests", args=[campaign.id])


@pytest.fixture
def own_test(group):
    contact_id = make_test(
        campaign_id=group.campaign_id, group_id=group.id, label="<b>Mail", now=START
    )
    return Contact.objects.get(uuid=contact_id)


def test_the_tags_of_mail_services_are_there_to_copy(admin_client, campaign):
    response = admin_client.get(page_of(campaign))
    page = response.content.decode()
    assert 'value="&lt;img src=&quot;*|PIXEL_1|*&quot;' in page
    assert reverse("admin:campaigns_campaign_contacts_csv", args=[campaign.id]) in page
    assert "no group yet" in text_of(response)
    second = admin_client.get(page_of(campaign), {"pixel": 2}).content.decode()
    assert "*|PIXEL_2|*" in second
    assert "pixel_2_url" in second
    for odd in ("0", "11", "x", "²"):
        assert "*|PIXEL_1|*" in admin_client.get(page_of(campaign), {"pixel": odd}).content.decode()


def test_links_to_the_persons_page_are_there_once_it_serves(
    admin_client, campaign, serving_privacy, settings
):
    response = admin_client.get(page_of(campaign))
    assert 'value="&lt;a href=&quot;*|CONSENT|*&quot;' in response.content.decode()
    assert "Don't use this link as List-Unsubscribe" in text_of(response)
    settings.PRIVACY_CONTACT = ""
    words = text_of(admin_client.get(page_of(campaign)))
    assert "Ask whoever runs PixelTrack to set PRIVACY_CONTACT ." in words
    assert "CONSENT_URL" not in words


def test_a_test_contact_is_made_and_waits_for_its_open(admin_client, group):
    form = {"group": group.id, "label": "Outlook"}
    response = admin_client.post(page_of(group.campaign), form, follow=True)
    contact = Contact.objects.get()
    assert (contact.name, contact.not_sent_reason, contact.group) == ("Outlook", "test", group)
    assert str(contact.pixels.get().uuid) in response.content.decode()
    assert "Not opened yet." in text_of(response)
    assert LogEntry.objects.get().get_change_message() == "Made a test contact."


def test_an_open_is_shown_with_its_kind_and_the_reason(admin_client, own_test):
    campaign = own_test.campaign
    page = admin_client.get(page_of(campaign))
    known = {"If-None-Match": page.context["etag"]}
    assert admin_client.get(data_of(campaign), headers=known).status_code == 304
    record([make_hit(own_test, agent=GMAIL)])
    news = admin_client.get(data_of(campaign), headers=known)
    html = news.json()["html"]
    assert "A person: a mail service&#x27;s image proxy, on a person&#x27;s behalf." in html
    assert "An open like this counts." in html
    assert "<b>Mail" not in html
    assert "no-store" in news["Cache-Control"]
    record([make_hit(own_test, agent=APPLE_PRIVACY, after=timedelta(hours=2))])
    html = admin_client.get(data_of(campaign)).json()["html"]
    assert "A machine: Apple Mail Privacy Protection." in html
    assert html.index("image proxy") < html.index("Apple Mail")


@pytest.mark.parametrize("mode", ["off", "shared", "last_day"])
def test_a_test_that_shows_nothing_says_why(admin_client, own_test, mode):
    campaign = own_test.campaign
    Campaign.objects.update(tracking_mode=mode)
    html = admin_client.get(data_of(campaign)).json()["html"]
    assert "Not opened yet." not in html
    assert "No single open is kept in this campaign" in html
    assert "make a test in a campaign with the mode Individual" in html


def test_a_test_contact_that_agreed_to_nothing_says_what_to_do(admin_client, staff, own_test):
    campaign = own_test.campaign
    Campaign.objects.update(never_asked="off")
    record([make_hit(own_test, agent=GMAIL)])
    html = admin_client.get(data_of(campaign)).json()["html"]
    assert "Not opened yet." not in html
    assert "this test contact has not agreed" in html
    assert f'href="/admin/campaigns/contact/{own_test.pk}/consent/"' in html
    reader = staff(*READING).get(data_of(campaign)).json()["html"]
    assert "/consent/" not in reader
    agree(own_test)
    assert "Not opened yet." in admin_client.get(data_of(campaign)).json()["html"]
    record([make_hit(own_test, agent=GMAIL, after=timezone.now() - START + timedelta(minutes=1))])
    assert "An open like this counts." in admin_client.get(data_of(campaign)).json()["html"]


def test_the_page_says_if_counting_is_behind(admin_client, own_test, settings):
    address, now = data_of(own_test.campaign), timezone.now()
    assert "Nothing has ever been counted" in admin_client.get(address).json()["html"]
    note_complete(moment=now - timedelta(minutes=3, seconds=5))
    assert "Counting is 3 minutes behind" in admin_client.get(address).json()["html"]
    note_complete(moment=now)
    assert "warning" not in admin_client.get(address).json()["html"]


def test_addresses_that_lead_nowhere_are_said_above_the_download(admin_client, group, settings):
    page = page_of(group.campaign)
    assert "PUBLIC_URL" not in text_of(admin_client.get(page))
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    words = text_of(admin_client.get(page))
    assert words.index("set PUBLIC_URL") < words.index("Download the contacts")


@pytest.mark.parametrize(
    ("form", "field"),
    [({"group": ""}, "group"), ({"group": "x"}, "group"), ({"label": "x" * 201}, "label")],
)
def test_an_invalid_form_creates_no_test_contact(admin_client, group, form, field):
    response = admin_client.post(page_of(group.campaign), {"group": group.id} | form)
    assert list(errors_of(response)) == [field]
    assert not Contact.objects.exists()


def test_an_archived_campaign_takes_no_test(admin_client, group):
    services.archive_campaign(campaign_id=group.campaign_id, now=START)
    response = admin_client.post(page_of(group.campaign), {"group": group.id})
    assert "is archived" in text_of(response)
    assert not Contact.objects.exists()


def test_the_queries_do_not_grow_with_the_test_contacts(
    staff, group, own_test, django_assert_max_num_queries
):
    client = staff(*WRITING)
    for _ in range(3):
        make_test(campaign_id=group.campaign_id, group_id=group.id, label="", now=START)
    record([make_hit(contact) for contact in Contact.objects.all()])
    for address in (page_of(group.campaign), data_of(group.campaign)):
        with django_assert_max_num_queries(15):
            client.get(address)


@pytest.mark.parametrize("missing", WRITING)
def test_creating_a_test_contact_needs_every_permission(staff, group, missing):
    client = staff(*(name for name in WRITING if name != missing))
    assert client.post(page_of(group.campaign), {"group": group.id}).status_code == 403
    assert not Contact.objects.exists()


def test_creating_a_test_contact_needs_no_other_permission(staff, group):
    assert staff(*WRITING).post(page_of(group.campaign), {"group": group.id}).status_code == 302


@pytest.mark.parametrize("missing", READING)
def test_watching_a_test_contact_needs_every_permission(staff, own_test, missing):
    client = staff(*(name for name in READING if name != missing))
    assert client.get(data_of(own_test.campaign)).status_code == 403
    page = client.get(page_of(own_test.campaign))
    assert page.status_code == (403 if missing == "tracking.view_pixel" else 200)
    assert "&lt;b&gt;Mail" not in page.content.decode()


def test_with_permission_to_view_only_tests_are_shown_without_a_form(staff, own_test):
    page = staff(*READING).get(page_of(own_test.campaign))
    assert page.context["form"] is None
    assert "Mail group 1 Group 1" in text_of(page)


def test_the_page_needs_signing_in_and_an_existing_campaign(admin_client, campaign):
    for address in (page_of(campaign), data_of(campaign)):
        assert Client().get(address).headers["Location"].startswith("/admin/login/")
        assert admin_client.get(address.replace(str(campaign.id), "999")).status_code == 404


def test_the_campaigns_page_says_the_next_steps(admin_client, staff, group, make_group):
    change = reverse("admin:campaigns_campaign_change", args=[group.campaign_id])
    response = admin_client.get(change)
    assert "Planned: 1 Group 1 100%." in text_of(response)
    archived = make_group(group.campaign, 2)
    assert "Planned: 1 Group 1 50%, 2 Group 2 50%." in text_of(admin_client.get(change))
    services.archive_group(group_id=archived.id, now=timezone.now())
    assert "Planned: 1 Group 1 100%." in text_of(admin_client.get(change))
    assert page_of(group.campaign) in response.content.decode()
    viewer = staff("campaigns.view_campaign").get(change).content.decode()
    assert page_of(group.campaign) not in viewer
