"""A report is read by whoever has a link that works, and tells of nobody."""

from datetime import timedelta

import pytest
from django.conf import settings as installation
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from campaigns import report_links, services
from campaigns.models import Campaign, ReportLink
from contacts.person.forgetting import forget_contacts
from tests.admin_pages import text_of
from tests.tracking.factories import GMAIL, make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_looked_before():
    cache.clear()


@pytest.fixture
def mailing():
    """Two groups of twelve, of which seven and five were opened in Gmail."""
    campaign = make_campaign(groups=2)
    due = timezone.now() - timedelta(days=5)
    for group, opened in zip(campaign.groups.order_by("number"), (7, 5), strict=True):
        contacts = [
            make_contact(group, scheduled_at=due, email=f"ann{group.number}.{n}@example.org")
            for n in range(12)
        ]
        record([make_hit(contact, agent=GMAIL) for contact in contacts[:opened]])
    return campaign


def link_to(campaign, **changes):
    asked = {"lifetime": 30, "created_by": None, "now": timezone.now()} | changes
    return report_links.make_link(campaign_id=campaign.id, **asked)


def path_to(campaign, **changes):
    return f"/reports/{link_to(campaign, **changes).token}"


def test_the_report_is_read_without_an_account(mailing, django_assert_max_num_queries):
    path = path_to(mailing)
    with django_assert_max_num_queries(14):
        page = Client().get(path)
    assert page.status_code == 200
    words = text_of(page)
    assert mailing.name in words
    assert "Sent to 24 people so far." in words
    assert "Open rate 50.0% People who opened 12" in words
    for row in ("1 Group 1 58.3% 7 12 7", "2 Group 2 41.7% 5 12 5", "All groups 50.0% 12 24 12"):
        assert row in words
    assert "Gmail 12 100.0%" in words


def test_it_names_no_contact_and_leads_nowhere(mailing):
    html = Client().get(path_to(mailing)).content.decode()
    for secret in ("example.org", "ann1", "/admin", "<a ", "<script", "<form"):
        assert secret not in html


def test_it_is_private_and_asks_nothing_of_the_browser(mailing):
    for path, status in ((path_to(mailing), 200), (f"/reports/{'x' * 32}", 404)):
        page = Client().get(path)
        assert page.status_code == status
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "no-referrer"
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert "script-src" not in page["Content-Security-Policy"]
        assert not page.cookies


def test_a_small_group_is_in_the_totals_only(mailing):
    third = services.create_group(
        campaign_id=mailing.id, values={"number": 3, "name": "A few at the head office"}
    )
    due = timezone.now() - timedelta(days=5)
    contact = make_contact(third, scheduled_at=due)
    record([make_hit(contact, agent=GMAIL)])
    words = text_of(Client().get(path_to(mailing)))
    assert "All groups 52.0% 13 25 13" in words
    assert "head office" not in words
    assert "2 groups with fewer than 10 people who may be measured" in words
    assert "Which group does better" not in words


def test_of_fewer_than_ten_no_figure_is_shown():
    campaign = make_campaign(groups=1)
    due = timezone.now() - timedelta(days=5)
    contacts = [make_contact(campaign.groups.get(), scheduled_at=due) for _ in range(9)]
    record([make_hit(contact, agent=GMAIL) for contact in contacts])
    words = text_of(Client().get(path_to(campaign)))
    assert "Fewer than 10 people" in words
    assert "Open rate" not in words
    assert "Gmail" not in words


def test_who_was_forgotten_is_in_no_figure(mailing):
    path = path_to(mailing)
    contact = mailing.contacts.filter(group__number=1).order_by("created_at", "uuid").first()
    forget_contacts(contact_ids=[contact.uuid], now=timezone.now())
    assert "All groups 47.8% 11 23 11" in text_of(Client().get(path))


def test_unknown_expired_and_withdrawn_links_look_the_same(mailing):
    now = timezone.now()
    expired = path_to(mailing, lifetime=7, now=now - timedelta(days=8))
    revoked = link_to(mailing)
    report_links.revoke_link(campaign_id=mailing.id, link_id=revoked.link.id, now=now)
    paths = ("/reports/", f"/reports/{'x' * 32}", expired, f"/reports/{revoked.token}")
    pages = [Client().get(path) for path in paths]
    assert {page.status_code for page in pages} == {404}
    assert len({page.content for page in pages}) == 1
    assert "Ask whoever sent it to you for a new one." in text_of(pages[0])
    assert not ReportLink.objects.filter(views__gt=0).exists()


def test_the_report_of_an_archived_campaign_is_still_read(mailing):
    path = path_to(mailing)
    services.archive_campaign(campaign_id=mailing.id, now=timezone.now())
    assert Client().get(path).status_code == 200


def test_a_campaign_without_groups_has_a_page_too(make_campaign):
    assert Client().get(path_to(make_campaign())).status_code == 200


def test_a_name_is_shown_as_it_is_written(mailing):
    Campaign.objects.filter(id=mailing.id).update(name="<b>Frühling & Söhne</b>")
    page = Client().get(path_to(mailing)).content.decode()
    assert "&lt;b&gt;Frühling &amp; Söhne&lt;/b&gt;" in page


def test_looks_are_counted_but_no_requests_for_the_head_alone(mailing):
    made = link_to(mailing)
    client = Client()
    assert client.head(f"/reports/{made.token}").status_code == 200
    client.get(f"/reports/{made.token}")
    client.get(f"/reports/{made.token}")
    assert ReportLink.objects.get().views == 2


def test_nothing_can_be_sent_to_it(mailing):
    assert Client().post(path_to(mailing)).status_code == 405


def test_a_link_that_is_looked_at_too_often_waits_a_minute(mailing, monkeypatch):
    monkeypatch.setattr("console.report_links.page.RATE", "2/m")
    path, other = path_to(mailing), path_to(mailing)
    assert [Client().get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert Client().get(path)["Retry-After"] == "60"
    assert Client().get(other).status_code == 200


def test_a_database_that_is_away_says_so(mailing, monkeypatch):
    def away(token, *, now):
        raise OperationalError("away")

    path = path_to(mailing)
    monkeypatch.setattr("console.report_links.page.find_link", away)
    page = Client().get(path)
    assert (page.status_code, page["Retry-After"]) == (503, "5")


def test_a_look_that_can_not_be_counted_is_shown(mailing, monkeypatch):
    def busy(link, *, now):
        raise OperationalError("busy")

    path = path_to(mailing)
    monkeypatch.setattr("console.report_links.page.note_view", busy)
    assert Client().get(path).status_code == 200


def test_no_log_has_a_token(mailing, monkeypatch):
    def away(token, *, now):
        raise OperationalError(f"no answer to /reports/{token}")

    made = link_to(mailing)
    logs = [installation.LOG_DIR / f"{n}.log" for n in ("pixeltrack", "errors", "api_requests")]
    starts = [log.stat().st_size for log in logs]
    Client().get(f"/reports/{made.token}")
    Client().get(f"/reports/{made.token}?again={made.token}")
    monkeypatch.setattr("console.report_links.page.find_link", away)
    Client().get(f"/reports/{made.token}")
    written = b"".join(
        log.read_bytes()[start:] for log, start in zip(logs, starts, strict=True)
    ).decode()
    assert made.token not in written
    assert "/reports/..." in written
