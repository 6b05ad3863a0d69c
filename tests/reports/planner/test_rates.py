"""The expected rate of a mailing: that of past ones at the decision age."""

from datetime import timedelta

import pytest

from reports.planner.expected import ExpectedRate, RateFrom
from reports.planner.rates import expected_rate
from tests.reports.verdict.campaigns import DAY, HOUR, opened, pass_time, send, share
from tests.tracking.factories import START, make_campaign
from tracking.models import VerdictDecision

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=200)


def decided(name, rates, *, age=4320, days=0):
    """A campaign that was decided on, with (events, contacts) of each group."""
    campaign = make_campaign(name)
    campaign.decision_age = age
    campaign.save()
    VerdictDecision.objects.create(
        campaign_id=campaign.id,
        decided_at=START + timedelta(days=days),
        state="decided_open",
        figures={"age": age, "rates": {str(n): rate for n, rate in enumerate(rates)}},
        ratios=[],
        text="",
    )
    return campaign


def expected():
    return expected_rate(make_campaign("Next", start=NOW), now=NOW)


def test_without_past_mailings_20_percent_are_assumed():
    assert expected() == ExpectedRate(0.2, RateFrom.ASSUMED, 4320)


def test_the_rates_of_past_decisions_are_pooled():
    decided("One", [(10, 100), (20, 100)])
    decided("Two", [(300, 600), (270, 600)])
    assert expected() == ExpectedRate(0.429, RateFrom.PAST, 4320, 2)


def test_the_latest_ten_count():
    for n in range(12):
        decided(f"Old {n}", [(50 if n < 2 else 10, 100)], days=n)
    assert expected() == ExpectedRate(0.1, RateFrom.PAST, 4320, 10)


def test_the_same_age_comes_before_later_ones_and_then_the_nearest():
    decided("A day", [(10, 100)], age=1440, days=9)
    decided("A week", [(30, 100)], age=10_080, days=10)
    assert expected() == ExpectedRate(0.1, RateFrom.PAST, 1440, 1)
    decided("Three days", [(20, 100)])
    assert expected_of("Other") == ExpectedRate(0.2, RateFrom.PAST, 4320, 1)


def expected_of(name):
    return expected_rate(make_campaign(name, start=NOW), now=NOW)


def test_decisions_without_figures_are_ignored():
    decided("Apart", [], days=5)
    decided("Nobody", [(0, 0)], days=4)
    decided("Some", [(10, 100)])
    assert expected().share == 0.1


def test_its_own_decision_does_not_count():
    campaign = decided("This", [(10, 100)])
    assert expected_rate(campaign, now=NOW).source == RateFrom.ASSUMED


def test_without_decisions_the_rate_comes_from_counters():
    campaign = make_campaign("One group", groups=1)
    contacts = send(campaign.groups.get(), 200, over=HOUR)
    opened(share(contacts, 0.25))
    opened(share(contacts[:100], 0.5), after=5 * DAY)
    pass_time(START + 2 * DAY, look=False)
    assert expected_of("Soon").source == RateFrom.PAST
    assert expected_rate(campaign, now=START + 2 * DAY).source == RateFrom.ASSUMED
    assert expected() == ExpectedRate(0.25, RateFrom.PAST, 4320, 1)


def test_mailings_that_are_too_recent_do_not_count():
    campaign = make_campaign("One group", groups=1)
    opened(share(send(campaign.groups.get(), 100), 0.5))
    pass_time(START + 2 * DAY, look=False)
    other = make_campaign("Next")
    assert expected_rate(other, now=START + 3 * DAY).source == RateFrom.ASSUMED
    assert expected_rate(other, now=START + 3 * DAY + 5 * HOUR / 60).share == 0.5


def test_with_past_decisions_it_takes_one_query(django_assert_num_queries):
    decided("One", [(10, 100)])
    campaign = make_campaign("Next")
    with django_assert_num_queries(1):
        expected_rate(campaign, now=NOW)
