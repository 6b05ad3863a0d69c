"""The page that mixes a campaign's schedule: it shows what would happen, and then does it."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from campaigns import services
from campaigns.models import Contact
from contacts.schedules import mixing
from foundation.errors import Busy
from tests.admin_pages import messages_of, text_of
from tests.tracking.factories import make_campaign, make_contact, make_contacts

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def tomorrow():
    return timezone.now().replace(second=0, microsecond=0) + DAY


@pytest.fixture
def campaign(tomorrow):
    """Its first group is sent to before the second."""
    campaign = make_campaign(start=tomorrow - 2 * DAY)
    for number, group in enumerate(campaign.groups.order_by("number")):
        make_contacts(group, [tomorrow + (60 * number + n) * MINUTE for n in range(60)])
    return campaign


def page_of(campaign):
    return reverse("admin:campaigns_campaign_mix_schedule", args=[campaign.id])


def times():
    return list(Contact.objects.order_by("pk").values_list("scheduled_at", flat=True))


def test_it_shows_what_would_happen_and_changes_nothing(admin_client, campaign):
    before = times()
    said = text_of(admin_client.get(page_of(campaign)))
    assert "120 contacts, over the times from" in said
    assert "1 Group 1: 60 contacts 2 Group 2: 60 contacts" in said
    assert "download it again afterwards" in said
    assert "These stay as they are" not in said
    assert times() == before


def test_it_says_how_many_contacts_keep_their_time(admin_client, campaign, tomorrow):
    group = campaign.groups.first()
    make_contacts(group, [timezone.now() - HOUR, timezone.now() + 10 * MINUTE])
    make_contact(group, scheduled_at=None)
    make_contact(
        group, scheduled_at=tomorrow, not_sent_at=timezone.now(), not_sent_reason="bounced"
    )
    said = text_of(admin_client.get(page_of(campaign)))
    assert "2 due by now or in the next 15 minutes" in said
    assert "1 without a schedule." in said
    assert "1 opened already, or marked as bounced or withdrawn." in said


def test_no_mail_to_somebody_marked_is_said_to_be_on_its_way(admin_client, campaign):
    group, now = campaign.groups.first(), timezone.now()
    for due, reason in ((now - HOUR, "bounced"), (now + 10 * MINUTE, "withdrawn")):
        make_contact(group, scheduled_at=due, not_sent_at=now, not_sent_reason=reason)
    said = text_of(admin_client.get(page_of(campaign)))
    assert "2 opened already, or marked as bounced or withdrawn." in said
    assert "on their way" not in said


def test_the_button_mixes_and_says_to_download_again(admin_client, campaign):
    before = sorted(times())
    answer = admin_client.post(page_of(campaign), follow=True)
    assert answer.redirect_chain == [
        (reverse("admin:campaigns_campaign_change", args=[campaign.id]), 302)
    ]
    [message] = messages_of(answer)
    assert message.startswith("Mixed the schedule: ")
    assert "contacts.csv" in message
    assert sorted(times()) == before
    assert LogEntry.objects.get().change_message.startswith("Mixed the schedule: ")
    again = admin_client.post(page_of(campaign), follow=True)
    assert messages_of(again) == ["The schedule is mixed already: nobody was moved."]
    assert LogEntry.objects.count() == 1


def test_without_permission_to_download_there_is_no_link(staff, campaign):
    client = staff("campaigns.change_contact", "campaigns.view_campaign")
    [message] = messages_of(client.post(page_of(campaign), follow=True))
    assert "contacts.csv" not in message
    assert "download the contacts again before you send" in message


def test_who_may_not_see_the_campaign_stays_on_the_page(staff, campaign):
    client = staff("campaigns.change_contact")
    assert "/change/" not in client.get(page_of(campaign)).content.decode()
    assert client.post(page_of(campaign), follow=True).status_code == 200


def test_it_says_if_a_long_mixing_goes_on_in_the_background(admin_client, campaign, monkeypatch):
    monkeypatch.setattr(mixing, "CHUNK", 10)
    monkeypatch.setattr(mixing, "LONGEST", timedelta(0))
    [message] = messages_of(admin_client.post(page_of(campaign), follow=True))
    assert "more are getting one" in message
    assert "contacts.csv" in message
    assert "being mixed in the background" in text_of(admin_client.get(page_of(campaign)))


def test_it_says_and_records_that_the_database_is_busy(admin_client, campaign, monkeypatch):
    take_step, taken = mixing._take_step, []

    def take_one(*step):
        if taken:
            raise Busy("The database is busy.")
        taken.append(take_step(*step))
        return taken[0]

    monkeypatch.setattr(mixing, "CHUNK", 10)
    monkeypatch.setattr(mixing, "_take_step", take_one)
    [message] = messages_of(admin_client.post(page_of(campaign), follow=True))
    assert "more are getting one" in message
    assert "download the contacts again" in message
    assert "more are getting one" in LogEntry.objects.get().change_message


def test_it_says_that_very_many_are_mixed_in_the_background(admin_client, campaign, monkeypatch):
    monkeypatch.setattr(mixing, "MOST_AT_ONCE", 1)
    [message] = messages_of(admin_client.post(page_of(campaign), follow=True))
    assert message.startswith("Began to mix the schedule in the background: 120 contacts.")
    assert LogEntry.objects.get().change_message in message


def test_without_schedules_there_is_no_button(admin_client):
    campaign = make_campaign()
    said = admin_client.get(page_of(campaign))
    assert "There is nothing to mix" in text_of(said)
    assert b'type="submit" class="default"' not in said.content
    answer = admin_client.post(page_of(campaign))
    assert answer.status_code == 200
    assert messages_of(answer)[0].startswith("There is nothing to mix")


def test_an_archived_campaign_is_not_mixed(admin_client, campaign):
    services.archive_campaign(campaign_id=campaign.id, now=timezone.now())
    before = times()
    assert "This campaign is archived" in text_of(admin_client.get(page_of(campaign)))
    admin_client.post(page_of(campaign))
    assert times() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_needs_the_permission_to_change_contacts(staff, campaign, method):
    before = times()
    client = staff("campaigns.view_campaign", "campaigns.change_campaign", "campaigns.view_contact")
    assert getattr(client, method)(page_of(campaign)).status_code == 403
    assert times() == before


def test_a_campaign_that_does_not_exist_is_not_found(admin_client):
    address = reverse("admin:campaigns_campaign_mix_schedule", args=[99])
    assert admin_client.get(address).status_code == 404
