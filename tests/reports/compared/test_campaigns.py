"""Campaigns side by side: their rates, and those within an age that all have reached."""

from datetime import timedelta

import pytest

from campaigns import services
from campaigns.lifecycle import State
from campaigns.roles import Role
from reports.compared.campaigns import compare_campaigns
from tests.reports.verdict.campaigns import DAY, HOUR, MINUTE, opened, pass_time, send, share
from tests.tracking.factories import APPLE_PRIVACY, START, make_campaign

pytestmark = pytest.mark.django_db


def mailing(name, part, *, at=START, contacts=100, after=30 * MINUTE):
    campaign = make_campaign(name, groups=1, start=at)
    opened(share(send(campaign.groups.get(), contacts, at=at), part), after=after)
    return campaign


def compared(*campaigns, now):
    return compare_campaigns([campaign.id for campaign in campaigns], now=now)


def test_rates_are_those_of_the_reports_the_latest_campaign_first():
    spring, summer = mailing("Spring", 0.25), mailing("Summer", 0.5, at=START + DAY)
    opened(share(send(spring.groups.get(), 100), 0.1), agent=APPLE_PRIVACY)
    found = compared(spring, summer, now=START + 2 * DAY).campaigns
    assert [(one.name, one.state, one.mailed.sent) for one in found] == [
        ("Summer", State.SENT, 100),
        ("Spring", State.SENT, 200),
    ]
    rates = [(one.mailed.rate, one.mailed.rate_with_machine) for one in found]
    assert rates == [(0.5, 0.5), (0.125, 0.175)]


def test_they_are_compared_at_the_longest_age_that_all_have_reached():
    spring, summer = mailing("Spring", 0.25), mailing("Summer", 0.5, at=START + DAY)
    opened(share(send(summer.groups.get(), 100, at=START + DAY), 0.2), after=20 * HOUR)
    now = START + 3 * DAY + HOUR
    pass_time(now, look=False)
    comparison = compared(spring, summer, now=now)
    assert comparison.age == 1440
    counts = [(one.opened_at_age, one.reached_age) for one in comparison.campaigns]
    assert counts == [(70, 200), (25, 100)]
    # By four hours only those who opened within half an hour had done so.
    earlier = compared(spring, summer, now=START + DAY + 5 * HOUR)
    assert earlier.age == 240
    assert earlier.campaigns[0].opened_at_age == 50


def test_no_age_is_common_before_all_have_reached_one():
    spring, summer = mailing("Spring", 0.25), mailing("Summer", 0.5, at=START + DAY)
    now = START + DAY + 2 * HOUR
    pass_time(now, look=False)
    assert compared(spring, summer, now=now).age is None
    draft = make_campaign("Draft")
    assert compared(spring, draft, now=now + 9 * DAY).age is None


def test_nothing_is_compared_beyond_what_is_counted():
    spring, summer = mailing("Spring", 0.25), mailing("Summer", 0.5)
    pass_time(START + 5 * HOUR, look=False)
    assert compared(spring, summer, now=START + 30 * DAY).age == 240


def test_a_control_group_is_in_no_number():
    spring, summer = mailing("Spring", 0.25), mailing("Summer", 0.5)
    values = {"number": 2, "name": "Control", "role": Role.CONTROL}
    send(services.create_group(campaign_id=spring.id, values=values), 50)
    found = compared(spring, summer, now=START + DAY).campaigns
    assert {one.mailed.sent for one in found} == {100}


def test_what_is_not_there_is_left_out():
    spring = mailing("Spring", 0.25)
    found = compare_campaigns([spring.id, 10**9], now=START + timedelta(days=1))
    assert [one.id for one in found.campaigns] == [spring.id]
    assert compare_campaigns([], now=START).campaigns == []


def test_it_takes_eight_queries_for_any_number(django_assert_max_num_queries):
    campaigns = [mailing(f"Number {n}", 0.5, contacts=20) for n in range(8)]
    pass_time(START + 2 * DAY, look=False)
    with django_assert_max_num_queries(8):
        comparison = compared(*campaigns, now=START + 2 * DAY)
    assert (len(comparison.campaigns), comparison.age) == (8, 1440)
