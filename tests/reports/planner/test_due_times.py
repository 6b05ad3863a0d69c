"""Due times are read in two queries, whatever the number of contacts and campaigns."""

from datetime import timedelta

import pytest

from campaigns.models import Group
from campaigns.services import update_campaign
from contacts.measured.changed_modes import follow_modes
from contacts.measured.decided import follow_decisions
from foundation.timestamps import to_ms
from reports.planner.due_times import due_times, due_times_of
from tests.consent.deciding import agree
from tests.tracking.factories import START, make_campaign, make_contact, make_contacts
from tracking.counting import campaign_slots
from tracking.models import CampaignSlots

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def read(campaign):
    return due_times(campaign, list(campaign.groups.order_by("number")))


def test_contacts_are_in_the_slots_that_will_be_fixed():
    campaign = make_campaign()
    one, two = campaign.groups.order_by("number")
    make_contacts(one, [START + n * 10 * MINUTE for n in range(6)])
    make_contacts(two, [START + 5 * MINUTE] * 3)
    times = read(campaign)
    assert times.groups[0].slots == {
        0: (2, 10, 100),
        1: (1, 5, 25),
        2: (2, 10, 100),
        3: (1, 5, 25),
    }
    assert times.groups[1].slots == {0: (3, 15, 75)}
    assert [group.contacts for group in times.groups] == [6, 3]
    campaign_slots.fix_due_campaigns(now=START + HOUR)
    fixed = CampaignSlots.objects.get()
    assert (fixed.first_due, fixed.width, fixed.cut_off) == (
        times.slots.first_due,
        times.slots.width,
        times.slots.cut_off,
    )


def test_late_unscheduled_and_not_sent_contacts_take_no_part():
    campaign = make_campaign()
    campaign.cut_off_at = START + HOUR
    group = campaign.groups.get(number=1)
    make_contacts(group, [START, START + 61 * MINUTE, START + 9 * DAY])
    make_contact(group, scheduled_at=None)
    make_contact(group, not_sent_at=START - DAY, not_sent_reason="bounced")
    found = read(campaign).groups[0]
    assert (found.contacts, found.late, found.unscheduled) == (1, 2, 1)


def test_only_who_may_be_measured_is_planned_with():
    campaign = make_campaign()
    update_campaign(campaign_id=campaign.id, changes={"never_asked": "off"}, now=START - DAY)
    group = campaign.groups.get(number=1)
    agreeing = make_contact(group, email="ann@example.com", scheduled_at=START + 10 * MINUTE)
    agree(agreeing, now=START - HOUR)
    others = [START, START + 20 * MINUTE, START + DAY]
    for n, scheduled_at in enumerate(others):
        make_contact(group, email=f"n{n}@example.com", scheduled_at=scheduled_at)
    follow_modes(now=START - MINUTE)
    follow_decisions(now=START - MINUTE)
    campaign.cut_off_at = START + HOUR
    times = read(campaign)
    found = times.groups[0]
    # Slots are fixed by all, measured or not.
    assert times.slots.first_due == to_ms(START) // 60_000
    assert [slot.contacts for slot in found.slots.values()] == [1]
    assert (found.contacts, found.unmeasured, found.scheduled, found.late) == (1, 2, 3, 1)


def test_without_contacts_there_are_no_slots():
    times = read(make_campaign())
    assert times.slots is None
    assert [group.contacts for group in times.groups] == [0, 0]
    assert times.is_open(now=START + 99 * DAY)


def test_it_is_open_until_slots_are_fixed():
    campaign = make_campaign()
    make_contacts(campaign.groups.first(), [START, START + DAY])
    assert read(campaign).is_open(now=START + 59 * MINUTE)
    assert not read(campaign).is_open(now=START + HOUR)


def test_several_campaigns_are_read_at_once(django_assert_num_queries):
    campaigns = [make_campaign(f"Campaign {n}", groups=3) for n in range(4)]
    for n, campaign in enumerate(campaigns[:3]):
        for group in campaign.groups.all():
            make_contacts(group, [START + n * DAY + k * group.number * HOUR for k in range(4)])
    groups = list(Group.objects.order_by("number"))
    alone = {campaign.id: read(campaign) for campaign in campaigns}
    with django_assert_num_queries(2):
        assert due_times_of(campaigns, groups) == alone


def test_no_campaigns_have_no_times():
    assert due_times_of([], []) == {}
