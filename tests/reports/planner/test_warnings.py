"""Mailings that are about to be sent and whose groups could not be compared."""

from datetime import timedelta

import pytest

from reports.planner.warnings import campaigns_apart, schedule_warnings
from tests.tracking.factories import START, make_campaign, make_contacts
from tracking.counting.campaign_slots import fix_due_campaigns

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = START - DAY


def planned(name, *, apart=True, start=START):
    campaign = make_campaign(name, start=start)
    for group in campaign.groups.all():
        make_contacts(group, [start + apart * group.number * HOUR] * 60)
    return campaign


def names(now=NOW):
    return [campaign.name for campaign, _ in campaigns_apart(now=now)]


def test_campaigns_with_groups_apart_are_found_the_next_one_first():
    planned("Later", start=START + DAY)
    planned("Sooner")
    planned("Mixed", apart=False)
    make_campaign("Empty")
    assert names() == ["Sooner", "Later"]


def test_campaigns_far_ahead_over_or_archived_are_ignored():
    planned("Far", start=START + 20 * DAY)
    planned("Over", start=START - 60 * DAY)
    archived = planned("Archived")
    archived.archived_at, archived.live = NOW, None
    archived.save()
    assert names() == []


def test_once_slots_are_fixed_there_is_no_warning():
    planned("Sent")
    assert names(START + HOUR) == ["Sent"]
    assert names(START + 2 * HOUR) == []
    fix_due_campaigns(now=START + 2 * HOUR)
    assert names(NOW) == []


def warned(campaign, now=NOW):
    return schedule_warnings(campaign, list(campaign.groups.order_by("number")), now=now)


def test_a_campaign_is_warned_of_until_slots_are_fixed():
    campaign = planned("Spring")
    assert warned(campaign) == [
        "Group 1 is sent 60 minutes before Group 2 on average: their opens could not be compared."
    ]
    assert warned(campaign, START + 2 * HOUR) == []
    assert warned(planned("Mixed", apart=False)) == []


def test_for_small_groups_no_past_mailings_are_read(django_assert_num_queries):
    campaign = make_campaign()
    make_contacts(campaign.groups.first(), [START] * 60)
    groups = list(campaign.groups.all())
    with django_assert_num_queries(2):
        assert schedule_warnings(campaign, groups, now=NOW) == []


def test_many_campaigns_take_no_more_queries(django_assert_max_num_queries):
    for n in range(12):
        planned(f"Campaign {n}")
    with django_assert_max_num_queries(7):
        assert len(names()) == 12
