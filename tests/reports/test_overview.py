"""The home's figures are those of the reports."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from campaigns.roles import Role
from campaigns.services import update_group
from contacts.not_sent import mark_not_sent
from reports.figures import Figures
from reports.overview import Reach, opens_by_day, read_system, sending_campaigns
from reports.rates import rate_in_words
from tests.reporting import campaign_report
from tests.tracking.factories import (
    APPLE_PRIVACY,
    START,
    make_campaign,
    make_contact,
    make_contacts,
    open_contacts,
)

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=3)
HOUR = timedelta(hours=1)


@pytest.fixture
def campaign():
    """Four contacts a group: opened by a person, by a machine, not yet due, and bounced."""
    campaign = make_campaign()
    for group in campaign.groups.all():
        read, scanned, bounced = make_contacts(group, [START] * 3)
        make_contact(group, scheduled_at=NOW + HOUR)
        open_contacts([read], after=HOUR)
        open_contacts([scanned], after=HOUR, agent=APPLE_PRIVACY)
        mark_not_sent(
            campaign_id=campaign.id, contact_ids=[bounced.uuid], reason="bounced", now=NOW
        )
    return campaign


REACH = Reach(contacts=6, sent=4, opened=2, opened_by_any=4)


def test_the_totals_are_of_all_campaigns(campaign):
    assert read_system(now=NOW).reach == REACH
    make_contact(make_campaign("Other").groups.first())
    assert read_system(now=NOW).reach == Reach(7, 5, 2, 4)


def test_a_campaign_being_sent_has_its_own_figures(campaign):
    make_contact(make_campaign("Other", start=START - HOUR).groups.first())
    first, second = sending_campaigns(now=NOW, limit=5)
    assert (first.name, first.reach) == ("Spring", REACH)
    assert (second.name, second.reach) == ("Other", Reach(1, 1, 0, 0))


def test_they_are_what_the_report_says(campaign):
    totals = campaign_report(campaign_id=campaign.id, now=NOW).totals
    [shown] = sending_campaigns(now=NOW, limit=5)
    assert shown.reach == Reach(
        totals.contacts, totals.sent, totals.first_counted, totals.first_of_any_kind
    )
    assert (shown.reach.rate, shown.reach.rate_with_machine) == (
        totals.open_rate,
        totals.open_rate_with_machine,
    )


def test_a_rate_is_the_same_on_the_home_and_in_the_report():
    """836 of 1003 are 83.3495%: rounded before, that would read 83.4% in one of them."""
    reach = Reach(contacts=1003, sent=1003, opened=836, opened_by_any=836)
    figures = Figures(sent=1003, first_counted=836, first_of_any_kind=836)
    assert rate_in_words(reach.rate, reach.rate_with_machine) == "83.3%"
    assert rate_in_words(figures.open_rate, figures.open_rate_with_machine) == "83.3%"


def test_only_campaigns_whose_dates_cover_the_moment_are_being_sent():
    make_campaign("Past", start=NOW - timedelta(days=40))
    make_campaign("To come", start=NOW + HOUR)
    make_campaign("Now", start=NOW)
    archived = make_campaign("Put away", start=NOW)
    archived.archived_at, archived.live = timezone.now(), None
    archived.save()
    assert [c.name for c in sending_campaigns(now=NOW, limit=5)] == ["Now"]
    make_campaign("Later", start=NOW)
    assert [c.name for c in sending_campaigns(now=NOW, limit=1)] == ["Later"]


def test_in_an_empty_system_all_totals_are_zero():
    system = read_system(now=NOW)
    assert system.reach == Reach(0, 0, 0, 0)
    assert (system.reach.rate, system.newest_campaign) == (None, None)
    assert not system.has_campaign_with_groups
    assert sending_campaigns(now=NOW, limit=5) == []


def test_groups_of_two_campaigns_are_not_compared():
    make_campaign("One", groups=1)
    newest = make_campaign("Other", groups=1)
    system = read_system(now=NOW)
    assert (system.has_campaign_with_groups, system.newest_campaign) == (False, newest.id)
    make_campaign("Both", groups=2)
    assert read_system(now=NOW).has_campaign_with_groups


def test_opens_of_a_control_group_are_in_no_day():
    groups = make_campaign(groups=2).groups.order_by("number")
    update_group(group_id=groups[1].id, changes={"role": Role.CONTROL})
    open_contacts([make_contacts(group, [START])[0] for group in groups], after=HOUR)
    assert sum(opens for _, opens in opens_by_day(now=NOW, days=7, zone=UTC)) == 1


def test_opens_are_counted_on_the_day_of_the_zone():
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    group = make_campaign().groups.first()
    read, scanned, old = make_contacts(group, [late] * 3)
    open_contacts([read], after=timedelta(0))
    open_contacts([scanned], after=timedelta(0), agent=APPLE_PRIVACY)
    open_contacts([old], after=timedelta(days=-3))

    def days(zone):
        now = datetime(2026, 3, 3, 12, tzinfo=UTC)
        return opens_by_day(now=now, days=3, zone=ZoneInfo(zone))

    first, second, today = (date(2026, 3, day) for day in (1, 2, 3))
    assert days("UTC") == [(first, 0), (second, 1), (today, 0)]
    assert days("Asia/Kolkata") == [(first, 0), (second, 0), (today, 1)]
