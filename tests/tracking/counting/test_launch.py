"""A campaign's strata are cut when its first contact falls due, once and for good."""

from datetime import timedelta

import pytest

from tests.tracking.factories import START, make_contact, make_hit
from tracking.counting import facts, launch
from tracking.counting.launch import launch_due_campaigns, take_launch_step
from tracking.counting.record import record
from tracking.models import CampaignLaunch, FirstOpensByAge, StratumCut
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def strata(contacts):
    found = facts.contacts([contact.uuid for contact in contacts])
    return [found[contact.uuid].stratum for contact in contacts]


def test_nothing_is_launched_before_its_first_contact_is_due(group):
    make_contact(group)
    assert not take_launch_step(now=START - MINUTE)
    assert strata([make_contact(group)]) == [None]


def test_a_campaign_without_schedules_is_never_launched(group):
    make_contact(group, scheduled_at=None)
    assert not take_launch_step(now=START + timedelta(days=400))


def test_contacts_fall_into_ten_strata_in_order_of_sending(campaign, group):
    contacts = [make_contact(group, scheduled_at=START + n * MINUTE) for n in range(20)]
    launch_due_campaigns(now=START)
    assert CampaignLaunch.objects.get().campaign_id == campaign.id
    assert strata(contacts) == [n // 2 for n in range(20)]


def test_a_campaign_is_launched_once(campaign, group):
    make_contact(group)
    launch_due_campaigns(now=START)
    assert not take_launch_step(now=START + MINUTE)
    assert CampaignLaunch.objects.get().launched_at == START


def test_whoever_is_added_later_falls_by_the_same_cuts(group):
    contacts = [make_contact(group, scheduled_at=START + n * MINUTE) for n in range(10)]
    launch_due_campaigns(now=START)
    before = list(StratumCut.objects.order_by("stratum").values_list("stratum", "contact_id"))
    early = make_contact(group, scheduled_at=START - MINUTE)
    late = make_contact(group, scheduled_at=START + timedelta(days=9))
    assert strata([early, late]) == [0, 9]
    after = list(StratumCut.objects.order_by("stratum").values_list("stratum", "contact_id"))
    assert after == before == [(n, contacts[n].uuid) for n in range(1, 10)]


def test_a_launch_goes_in_steps_that_leave_every_counter_right(group, monkeypatch):
    monkeypatch.setattr(launch, "CHUNK", 3)
    contacts = [make_contact(group, scheduled_at=START + n * MINUTE) for n in range(10)]
    record([make_hit(contacts[0]), make_hit(contacts[9])])
    steps = 0
    while take_launch_step(now=START):
        steps += 1
        assert not audit.find_differences()
        record([make_hit(contact, after=(steps + 2) * HOUR) for contact in contacts])
        make_contact(group, scheduled_at=START + 20 * MINUTE)
        assert not audit.find_differences()
    assert steps > 4
    assert strata(contacts) == list(range(10))
    assert CampaignLaunch.objects.get().strata_before is None
    assert not audit.find_differences()


def test_opens_from_before_the_launch_get_their_age_then(group):
    tester = make_contact(group, scheduled_at=START)
    record([make_hit(tester, after=-timedelta(hours=1))])
    assert not FirstOpensByAge.objects.exists()
    launch_due_campaigns(now=START)
    row = FirstOpensByAge.objects.get()
    assert (row.stratum, row.age_bin, row.counted, row.with_machine) == (0, 0, 1, 1)
    assert not audit.find_differences()
