"""The button "Duplicate" of a campaign's settings."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import services
from campaigns.models import Campaign
from console.campaigns.duplicate import NEEDED
from tests.admin_pages import messages_of, text_of

pytestmark = pytest.mark.one_engine


def address(campaign, page="duplicate"):
    return reverse(f"admin:campaigns_campaign_{page}", args=[campaign.id])


def test_duplicating_leads_to_the_settings_of_the_copy(admin_client, campaign, group):
    page = admin_client.get(address(campaign, "change")).content.decode()
    assert f'action="{address(campaign)}"' in page
    response = admin_client.post(address(campaign), follow=True)
    copy = Campaign.objects.exclude(id=campaign.id).get()
    assert response.redirect_chain == [(address(copy, "change"), 302)]
    assert messages_of(response) == [
        "This is the copy of Spring: the same settings and groups, without contacts. Check its "
        "name and its dates."
    ]
    assert copy.created_by.username == "admin"


def test_the_history_of_both_tells_of_it(admin_client, campaign, group):
    admin_client.post(address(campaign))
    copy = Campaign.objects.exclude(id=campaign.id).get()
    assert "Duplicated as “Spring (copy)”." in text_of(
        admin_client.get(address(campaign, "history"))
    )
    told = text_of(admin_client.get(address(copy, "history")))
    assert "Created." in told
    assert "Copied from the campaign “Spring”." in told
    [group] = copy.groups.all()
    history = reverse("admin:campaigns_group_history", args=[group.id])
    assert "Copied from the campaign “Spring”." in text_of(admin_client.get(history))


def test_it_says_where_the_copy_measures_less(admin_client, campaign):
    Campaign.objects.update(tracking_mode="last_day")
    [message] = messages_of(admin_client.post(address(campaign), follow=True))
    assert "It measures less than the original" in message


def test_an_archived_campaign_has_the_button_too(admin_client, campaign):
    services.archive_campaign(campaign_id=campaign.id, now=campaign.start_at)
    assert address(campaign) in admin_client.get(address(campaign, "change")).content.decode()


@pytest.mark.parametrize("missing", NEEDED)
def test_who_may_not_has_no_button_and_is_refused(staff, campaign, missing):
    client = staff(*(set(NEEDED) - {missing}), "campaigns.change_campaign")
    if missing != "campaigns.view_campaign":
        assert address(campaign) not in client.get(address(campaign, "change")).content.decode()
    assert client.post(address(campaign)).status_code == 403
    assert Campaign.objects.count() == 1


def test_a_link_duplicates_nothing(admin_client, admin_user, campaign):
    assert admin_client.get(address(campaign)).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(admin_user)
    assert guarded.post(address(campaign)).status_code == 403
    assert Campaign.objects.count() == 1


def test_a_campaign_that_is_gone_is_not_found(admin_client, campaign):
    campaign.id += 1
    assert admin_client.post(address(campaign)).status_code == 404


def test_a_refusal_is_told_on_the_original(admin_client, campaign, monkeypatch):
    monkeypatch.setattr("campaigns.duplicating.MOST_COPIES", 0)
    response = admin_client.post(address(campaign), follow=True)
    assert response.redirect_chain == [(address(campaign, "change"), 302)]
    assert "archive copies" in messages_of(response)[0]
