"""Who withdrew since a list was downloaded is told where the list is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign, Export
from tests.admin_pages import text_of
from tests.consent.deciding import withdraw
from tests.tracking.factories import make_campaign, make_contact

pytestmark = pytest.mark.django_db
SENTENCE = "1 person withdrew since the list of"


@pytest.fixture
def campaign():
    campaign = make_campaign(start=timezone.now() - timedelta(days=1))
    ann = make_contact(campaign.groups.get(number=1), email="ann@example.com")
    Export.objects.create(
        campaign=campaign, kind="merge_list", made_at=timezone.now() - timedelta(minutes=5)
    )
    withdraw(ann)
    return campaign


def page(client, campaign):
    return text_of(client.get(f"/admin/campaigns/contact/?campaign={campaign.pk}"))


def test_contacts_and_home_tell_until_the_list_is_downloaded_again(admin_client, campaign):
    assert SENTENCE in page(admin_client, campaign)
    assert f"“{campaign}”: {SENTENCE}" in text_of(admin_client.get("/admin/"))
    csv = admin_client.get(f"/admin/campaigns/campaign/{campaign.pk}/contacts.csv")
    assert len(b"".join(csv.streaming_content).splitlines()) == 2
    assert SENTENCE not in page(admin_client, campaign)
    assert SENTENCE not in text_of(admin_client.get("/admin/"))


def test_the_home_is_silent_on_what_has_ended(admin_client, campaign):
    past = timezone.now() - timedelta(minutes=1)
    Campaign.objects.filter(pk=campaign.pk).update(end_at=past)
    assert SENTENCE not in text_of(admin_client.get("/admin/"))


def test_who_may_not_have_the_list_is_told_nothing_by_the_contacts(staff, campaign):
    assert SENTENCE not in page(staff("campaigns.view_contact"), campaign)


def test_who_may_not_have_the_list_is_told_nothing_at_home(staff, campaign):
    assert SENTENCE not in text_of(staff("campaigns.view_campaign").get("/admin/"))


def test_while_the_database_is_behind_the_journal_nobody_is_counted(
    admin_client, campaign, monkeypatch
):
    monkeypatch.setattr("contacts.exports.last_committed", lambda: 10**6)
    for words in (page(admin_client, campaign), text_of(admin_client.get("/admin/"))):
        assert SENTENCE not in words
        assert "Nobody knows who withdrew since the list of" in words
        assert "send to nobody on it before manage.py replay_consent has run" in words
