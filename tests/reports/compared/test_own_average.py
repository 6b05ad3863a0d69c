"""The average of one's own last campaigns, which a report stands beside."""

from datetime import timedelta

import pytest
from django.core.cache import caches

from campaigns.models import Group
from campaigns.roles import Role
from reports.compared.own_average import LATEST, own_average
from reports.data import OwnAverage
from tests.tracking.factories import (
    APPLE_PRIVACY,
    START,
    make_campaign,
    make_contacts,
    open_contacts,
)
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.hits.small_cells import SMALLEST

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = START + 60 * DAY


def sent(name, *, at, opened, machine=0, contacts=10):
    """A campaign of one group that was sent to at one time and opened two hours later."""
    campaign = make_campaign(name, groups=1, start=at)
    made = make_contacts(campaign.groups.get(), [at] * contacts)
    open_contacts(made[:opened], after=timedelta(hours=2))
    open_contacts(made[opened : opened + machine], after=timedelta(days=3), agent=APPLE_PRIVACY)
    fix_due_campaigns(now=at + timedelta(hours=1))
    return campaign


def test_it_is_of_the_settled_campaigns_before_this_one():
    sent("First", at=START, opened=2, machine=1)
    sent("Second", at=START + DAY, opened=6)
    own = sent("Own", at=START + 30 * DAY, opened=1)
    sent("Later", at=START + 40 * DAY, opened=10)
    assert own_average(own.id, now=NOW) == OwnAverage(
        campaigns=2,
        rate=pytest.approx(0.4),
        rate_with_machine=pytest.approx(0.45),
        opened=4,
        not_opened=6,
        half_within=120,
    )


@pytest.mark.parametrize(("days", "number"), [(6, None), (8, 1)])
def test_a_campaign_is_settled_a_week_after_its_last_mail_was_due(days, number):
    sent("First", at=START, opened=2)
    own = make_campaign("Own")
    average = own_average(own.id, now=START + days * DAY)
    assert (average and average.campaigns) == number


def test_a_rest_that_is_mailed_after_the_cut_off_is_waited_for():
    first = sent("First", at=START, opened=2)
    make_contacts(first.groups.get(), [START + 5 * DAY])
    own = make_campaign("Own")
    assert own_average(own.id, now=START + 9 * DAY) is None
    caches["reports"].clear()
    assert own_average(own.id, now=START + 14 * DAY).campaigns == 1


def test_only_the_last_ones_count():
    for day in range(LATEST + 1):
        sent(f"Day {day}", at=START + day * DAY, opened=0 if day else 10)
    average = own_average(make_campaign("Own").id, now=NOW)
    assert (average.campaigns, average.rate, average.half_within) == (LATEST, 0.0, None)


def test_a_campaign_of_too_few_people_is_in_no_average():
    sent("Large", at=START, opened=5)
    sent("Small", at=START + DAY, opened=9, contacts=9)
    average = own_average(make_campaign("Own").id, now=NOW)
    assert (average.campaigns, average.rate) == (1, pytest.approx(0.5))
    assert SMALLEST == 10


def test_a_control_group_is_in_no_average():
    campaign = sent("First", at=START, opened=5)
    Group.objects.filter(campaign=campaign).update(role=Role.CONTROL)
    assert own_average(make_campaign("Own").id, now=NOW) is None


def test_it_takes_two_queries_and_none_while_it_is_kept(django_assert_num_queries):
    caches["reports"].clear()
    sent("First", at=START, opened=5)
    own = make_campaign("Own")
    with django_assert_num_queries(2):
        first = own_average(own.id, now=NOW)
    with django_assert_num_queries(0):
        assert own_average(own.id, now=NOW) == first
