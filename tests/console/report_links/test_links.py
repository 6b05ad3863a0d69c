"""Links to a report are made, listed and withdrawn in the console."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group as AuthGroup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import report_links
from campaigns.models import ReportLink
from console.report_links.links import NEEDED
from tests.admin_pages import messages_of, table_of, text_of

pytestmark = pytest.mark.one_engine


@pytest.fixture
def page(campaign):
    return reverse("admin:campaigns_campaign_report_links", args=[campaign.id])


def address_in(response):
    found = re.search(r'id="link" type="text" readonly value="([^"]*)"', response.content.decode())
    return found and html.unescape(found.group(1))


def test_a_new_link_is_shown_once_and_works(admin_client, page, settings):
    response = admin_client.post(page, {"lifetime": "7"})
    address = address_in(response)
    assert address.startswith(f"{settings.PUBLIC_URL}/reports/")
    assert "no-store" in response["Cache-Control"]
    again = admin_client.get(page).content.decode()
    assert address.rpartition("/")[2] not in again
    assert Client().get(address.removeprefix(settings.PUBLIC_URL)).status_code == 200
    link = ReportLink.objects.get()
    assert link.created_by.username == "admin"
    assert link.expires_at - link.created_at == timedelta(days=7)


def test_the_report_leads_to_its_links_for_who_may_share_it(staff, page, campaign):
    report = reverse("report-page", args=[campaign.id])
    assert f'href="{page}"' in staff(*NEEDED).get(report).content.decode()


def test_the_report_leads_nobody_else_to_its_links(staff, page, campaign):
    report = reverse("report-page", args=[campaign.id])
    assert f'href="{page}"' not in staff("tracking.view_report").get(report).content.decode()


def test_thirty_days_are_chosen_already(admin_client, page):
    assert '<option value="30" selected>30 days</option>' in admin_client.get(page).content.decode()


@pytest.mark.parametrize("lifetime", ["", "8", "x", "36500"])
def test_another_lifetime_is_refused(admin_client, page, lifetime):
    response = admin_client.post(page, {"lifetime": lifetime, "make": "x"})
    assert "errorlist" in response.content.decode()
    assert not ReportLink.objects.exists()


def test_links_are_listed_with_how_often_they_were_looked_at(
    admin_client, admin_user, page, campaign
):
    now = timezone.now()
    asked = {"campaign_id": campaign.id, "lifetime": 7, "created_by": admin_user}
    report_links.make_link(**asked, now=now - timedelta(days=8))
    made = report_links.make_link(**asked, now=now)
    report_links.note_view(made.link, now=now)
    _, *rows = table_of(admin_client.get(page), "links")
    assert [(row[1], row[2], row[4], row[6]) for row in rows] == [
        ("Works", "Withdraw", "1", "admin"),
        ("Expired", "", "0", "admin"),
    ]


def test_a_withdrawn_link_ends_at_once(admin_client, page, settings):
    address = address_in(admin_client.post(page, {"lifetime": "7"}))
    link = ReportLink.objects.get()
    response = admin_client.post(page, {"withdraw": str(link.id)}, follow=True)
    assert messages_of(response)[0].startswith("Withdrew the link to the report of ")
    assert Client().get(address.removeprefix(settings.PUBLIC_URL)).status_code == 404
    response = admin_client.post(page, {"withdraw": str(link.id)}, follow=True)
    assert messages_of(response) == ["That link had ended before."]


@pytest.mark.parametrize("link", ["", "0", "x", "٣", "9" * 30, "999999"])
def test_a_link_that_is_not_there_is_not_found(admin_client, page, link):
    response = admin_client.post(page, {"withdraw": link}, follow=True)
    assert messages_of(response) == ["Link not found"]


def test_the_history_of_the_campaign_tells_of_both(admin_client, page, campaign):
    address = address_in(admin_client.post(page, {"lifetime": "7"}))
    admin_client.post(page, {"withdraw": str(ReportLink.objects.get().id)})
    told = admin_client.get(reverse("admin:campaigns_campaign_history", args=[campaign.id]))
    assert "Shared the report by a link that works until" in text_of(told)
    assert "Withdrew the link to the report of" in text_of(told)
    assert address.rpartition("/")[2] not in told.content.decode()


def test_too_many_links_are_refused_with_what_to_do(admin_client, page, monkeypatch):
    monkeypatch.setattr(report_links, "MOST_LIVE", 0)
    response = admin_client.post(page, {"lifetime": "7"})
    assert "withdraw one of them first" in text_of(response)
    assert address_in(response) is None


@pytest.mark.parametrize("missing", NEEDED)
def test_who_may_not_share_is_refused(staff, page, missing):
    client = staff(*(set(NEEDED) - {missing}), "campaigns.view_campaign")
    assert client.get(page).status_code == 403
    assert client.post(page, {"lifetime": "7"}).status_code == 403
    assert not ReportLink.objects.exists()


def test_managers_may_share_and_analysts_not(db):
    held = {
        role: AuthGroup.objects.get(name=role).permissions.filter(codename="share_report").exists()
        for role in ("Marketing manager", "Marketing analyst")
    }
    assert held == {"Marketing manager": True, "Marketing analyst": False}


def test_a_form_of_another_site_makes_no_link(admin_user, page):
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(admin_user)
    assert guarded.post(page, {"lifetime": "7"}).status_code == 403
    assert not ReportLink.objects.exists()


def test_the_page_takes_few_queries(admin_client, page, django_assert_max_num_queries):
    with django_assert_max_num_queries(11):
        admin_client.get(page)
