"""Reports of campaigns in which not everybody may be measured say of whom they speak."""

from datetime import timedelta
from random import Random

import pytest

from contacts.measured.decided import follow_decisions
from reports.describe import describe
from reports.overview import Reach, read_system, sending_campaigns
from reports.periods import Window
from reports.rates import Mailed
from reports.sent import read_sent
from reports.tables import groups_table
from reports.who_opened import who_opened
from tests.consent.deciding import agree, withdraw
from tests.reporting import campaign_report
from tests.reports.partly import LATER, partly_measured
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.record import record
from tracking.opened import Opened
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def partly():
    return partly_measured()


def test_rates_are_of_the_measured_and_bounds_of_all(partly):
    campaign, _ = partly
    data = describe(campaign_report(campaign_id=campaign.id, now=LATER))
    totals = data.totals
    assert (totals.contacts, totals.sent, totals.measured) == (11, 10, 6)
    assert (totals.open_rate, totals.open_rate_with_machine) == (0.333333333333, 0.5)
    # Three were opened; of four nobody knows anything, of one nothing since it withdrew.
    assert (totals.open_rate_of_all_min, totals.open_rate_of_all_max) == (0.2, 0.8)
    assert data.groups[0].measured == 6
    assert list(audit.find_differences().lines()) == []


@pytest.mark.parametrize("days", [0, 1, 5])
def test_sums_of_days_and_of_todays_minutes_agree(partly, days):
    campaign, _ = partly
    [group, _] = campaign.groups.order_by("number")
    [sent] = read_sent([group.id], now=LATER + days * DAY)
    assert sent == (group.id, 11, 10, 1, 4, 1)
    [before] = read_sent([group.id], now=START - DAY)
    assert (before.sent, before.unmeasured) == (3, 0)


def test_the_home_and_the_lists_say_the_same(partly):
    campaign, _ = partly
    reach = Reach(11, 10, 2, 3, unmeasured=4, lapsed=1)
    assert read_system(now=LATER).reach == reach
    [shown] = sending_campaigns(now=LATER, limit=5)
    assert (shown.reach, shown.reach.mailed) == (reach, Mailed(10, 4, 1, 2, 3))
    assert (reach.rate, reach.rate_with_machine) == (0.333333333333, 0.5)
    report = campaign_report(campaign_id=campaign.id, now=LATER)
    assert report.totals.mailed == reach.mailed


def test_a_window_has_no_bounds_of_all(partly):
    campaign, _ = partly
    window = Window(START, START + 2 * HOUR)
    totals = describe(campaign_report(campaign_id=campaign.id, now=LATER, window=window)).totals
    assert (totals.measured, totals.open_rate) == (6, 0.333333333333)
    assert (totals.open_rate_of_all_min, totals.open_rate_of_all_max) == (None, None)


def test_the_file_has_of_whom_a_rate_is_in_its_last_columns(partly):
    campaign, _ = partly
    report = describe(campaign_report(campaign_id=campaign.id, now=LATER))
    header, first, _, totals = groups_table(report)
    assert header[-3:] == ("measured", "open_rate_of_all_min", "open_rate_of_all_max")
    assert first[-3:] == totals[-3:] == (6, 0.2, 0.8)


def test_withdrawing_and_agreeing_later_change_no_rate(partly):
    campaign, contacts = partly
    before = campaign_report(campaign_id=campaign.id, now=LATER).totals
    for contact in contacts:
        if contact.pk in {contacts[0].pk, contacts[4].pk}:
            withdraw(contact, now=LATER)
        elif contact.pk == contacts[8].pk:
            agree(contact, now=LATER)
    follow_decisions(now=LATER)
    after = campaign_report(campaign_id=campaign.id, now=LATER).totals
    rates = before.open_rate, before.open_rate_with_machine
    assert (after.open_rate, after.open_rate_with_machine) == rates
    assert after.mailed.least_of_all == before.mailed.least_of_all
    assert after.mailed.most_of_all == before.mailed.most_of_all + 0.1


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_bounds_of_all_hold_the_truth_whoever_agrees(share, settings):
    """Who agrees opens twice as often as who does not, and some withdraw before they open."""
    settings.NEVER_ASKED = "off"
    random = Random(20260302)
    group = make_campaign().groups.get(number=1)
    hits, opened = [], 0
    for number in range(200):
        contact = make_contact(group, email=f"n{number}@example.com")
        agrees = random.random() < share
        opens = random.random() < (0.4 if agrees else 0.2)
        if agrees:
            agree(contact, now=START - HOUR)
            if random.random() < 0.2:
                withdraw(contact, now=START + HOUR)
        after = timedelta(minutes=random.randrange(1, 400))
        hits += [make_hit(contact, after=after)] * opens
        opened += opens
    follow_decisions(now=LATER)
    record(hits)
    mailed = campaign_report(campaign_id=group.campaign_id, now=LATER).totals.mailed
    assert mailed.least_of_all <= opened / 200 <= mailed.most_of_all
    assert mailed.rate <= mailed.rate_with_machine
    assert list(audit.find_differences().lines()) == []


def test_counts_of_who_did_not_open_leave_out_of_whom_it_is_not_known(partly):
    campaign, _ = partly
    ids = list(campaign.groups.values_list("id", flat=True))
    who = who_opened(ids, now=LATER)
    assert who.by == {Opened.PERSON: 2, Opened.MACHINE: 1, Opened.NO: 2}
    assert (who.unmeasured, who.unknown) == (5, 1)
