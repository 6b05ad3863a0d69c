"""Links to reports: made, found by their token, ended, removed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns import report_links, services
from campaigns.models import ReportLink
from campaigns.report_links import find_link, hash_of, make_link, revoke_link
from foundation.errors import InvalidInput, NotFound
from tests.threads import run_together

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def make(campaign, *, lifetime=30, now=NOW):
    return make_link(campaign_id=campaign.id, lifetime=lifetime, created_by=None, now=now)


def test_a_link_works_until_it_expires(campaign):
    made = make(campaign, lifetime=7)
    for later in (timedelta(0), 7 * DAY - timedelta(seconds=1)):
        assert find_link(made.token, now=NOW + later) == made.link
    assert find_link(made.token, now=NOW + 7 * DAY) is None


def test_the_token_is_long_random_and_nowhere_in_the_database(campaign):
    tokens = {make(campaign).token for _ in range(5)}
    assert len(tokens) == 5
    assert all(re.fullmatch("[A-Za-z0-9_-]{32}", token) for token in tokens)
    rows = str(list(ReportLink.objects.values()))
    assert not any(token in rows for token in tokens)


def test_a_token_is_looked_up_by_its_hash_alone(campaign):
    token = make(campaign).token
    with CaptureQueriesContext(
        connection,
    ) as queries:
        find_link(token, now=NOW)
    [query] = [row["sql"] for row in queries]
    assert hash_of(token) in query
    assert token not in query


@pytest.mark.parametrize("token", ["", "x", "x" * 32, "x" * 31 + "ä", "x" * 10_000, "../health"])
def test_no_other_token_finds_anything(campaign, token):
    made = make(campaign)
    assert find_link(token, now=NOW) is None
    assert find_link(made.token.swapcase(), now=NOW) is None
    assert find_link(f"{made.token}/", now=NOW) is None


def test_a_revoked_link_finds_nothing_and_stays_revoked(campaign):
    made = make(campaign)
    revoke = {"campaign_id": campaign.id, "link_id": made.link.id}
    assert revoke_link(**revoke, now=NOW + DAY).revoked_at == NOW + DAY
    assert revoke_link(**revoke, now=NOW + 2 * DAY) is None
    assert find_link(made.token, now=NOW + DAY) is None
    assert ReportLink.objects.get().revoked_at == NOW + DAY


def test_a_link_of_another_campaign_is_not_found(campaign, make_campaign):
    made = make(campaign)
    other = make_campaign("Autumn")
    with pytest.raises(NotFound):
        revoke_link(campaign_id=other.id, link_id=made.link.id, now=NOW)
    with pytest.raises(NotFound):
        make_link(campaign_id=10**9, lifetime=7, created_by=None, now=NOW)


@pytest.mark.parametrize("lifetime", [-1, 0, 366])
def test_a_lifetime_is_a_day_to_a_year(campaign, lifetime):
    with pytest.raises(InvalidInput, match="1 to 365 days"):
        make(campaign, lifetime=lifetime)
    assert not ReportLink.objects.exists()


def test_links_that_work_are_limited(campaign, monkeypatch):
    monkeypatch.setattr(report_links, "MOST_LIVE", 2)
    first = make(campaign)
    make(campaign)
    with pytest.raises(InvalidInput, match="withdraw one"):
        make(campaign)
    revoke_link(campaign_id=campaign.id, link_id=first.link.id, now=NOW)
    make(campaign)


@pytest.mark.django_db(transaction=True)
def test_calls_at_the_same_time_do_not_pass_the_limit_together(campaign, monkeypatch):
    monkeypatch.setattr(report_links, "MOST_LIVE", 2)
    errors = run_together(*[lambda: make(campaign)] * 4)
    assert [type(error) for error in errors] == [InvalidInput, InvalidInput]
    assert ReportLink.objects.count() == 2


def test_a_link_outlives_the_archiving_of_its_campaign(campaign):
    made = make(campaign)
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    assert find_link(made.token, now=NOW) == made.link


def test_looks_are_counted_with_the_last_time_alone(campaign):
    link = make(campaign).link
    for hours in (1, 2):
        report_links.note_view(link, now=NOW + timedelta(hours=hours))
    link.refresh_from_db()
    assert (link.views, link.last_viewed_at) == (2, NOW + timedelta(hours=2))


def test_links_are_removed_long_after_they_ended(campaign):
    short, long, revoked = (make(campaign, lifetime=days).link for days in (7, 365, 365))
    revoke_link(campaign_id=campaign.id, link_id=revoked.id, now=NOW + DAY)
    assert report_links.remove_ended(now=NOW + 91 * DAY) == 0
    assert report_links.remove_ended(now=NOW + 92 * DAY) == 1
    assert report_links.remove_ended(now=NOW + 98 * DAY) == 1
    assert list(ReportLink.objects.all()) == [long]
    assert short.id != long.id


@pytest.mark.parametrize(
    "change",
    [
        {"lifetime": 0},
        {"lifetime": 366},
        {"expires_at": NOW},
        {"revoked_at": NOW - DAY},
        {"views": 1},
        {"last_viewed_at": NOW},
    ],
)
def test_the_database_refuses_impossible_links(campaign, change):
    make(campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportLink.objects.update(**change)


def test_no_two_links_have_one_hash(campaign):
    make(campaign), make(campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportLink.objects.update(token_hash="0" * 64)
