"""A campaign's slots are fixed an hour after its first contact fell due, and never change."""

from datetime import timedelta

import pytest

from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting import campaign_slots, facts
from tracking.counting.campaign_slots import fix_due_campaigns, take_step
from tracking.counting.record import record
from tracking.models import CampaignSlots, ContactsByDueMinute, FirstOpensByAge, LeftByAge
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def slots(contacts):
    known = facts.contacts([contact.uuid for contact in contacts])
    return [known[contact.uuid].slot for contact in contacts]


def test_no_slots_are_fixed_until_an_hour_after_the_first_due_time(group):
    contact = make_contact(group)
    assert not take_step(now=START + 59 * MINUTE)
    assert slots([contact]) == [None]
    assert take_step(now=START + HOUR)


def test_a_campaign_without_schedules_never_has_slots(group):
    make_contact(group, scheduled_at=None)
    assert not take_step(now=START + 400 * DAY)


def test_a_campaign_whose_first_contacts_were_marked_before_they_fell_due_waits_for_others(group):
    make_contact(group, not_sent_at=START - DAY, not_sent_reason="withdrawn")
    assert not take_step(now=START + 2 * HOUR)
    make_contact(group, scheduled_at=START + HOUR)
    fix_due_campaigns(now=START + 2 * HOUR)
    assert CampaignSlots.objects.get().first_due == (START + HOUR).timestamp() // 60


def test_contacts_due_within_a_quarter_of_an_hour_share_a_slot(campaign, group):
    contacts = [make_contact(group, scheduled_at=START + n * 5 * MINUTE) for n in range(12)]
    fix_due_campaigns(now=START + HOUR)
    assert CampaignSlots.objects.get().campaign_id == campaign.id
    assert slots(contacts) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_all_groups_share_the_slots_whatever_the_order_of_importing(campaign):
    one, two = campaign.groups.order_by("number")
    first = [make_contact(one, scheduled_at=START + n * HOUR) for n in range(2)]
    second = [make_contact(two, scheduled_at=START + n * HOUR) for n in range(2)]
    fix_due_campaigns(now=START + HOUR)
    assert slots(first) == slots(second) == [0, 4]


def test_slots_are_fixed_once(group):
    make_contact(group)
    fix_due_campaigns(now=START + HOUR)
    assert not take_step(now=START + 2 * HOUR)
    assert CampaignSlots.objects.get().fixed_at == START + HOUR


def test_the_planned_split_of_that_time_is_kept(campaign, group):
    make_contact(group)
    for number, archived_at in ((3, None), (4, START), (5, START)):
        key = f"group {number}"
        campaign.groups.create(number=number, name=key, name_key=key, archived_at=archived_at)
    gone = campaign.groups.get(number=5)
    make_contact(gone, scheduled_at=None)
    fix_due_campaigns(now=START + HOUR)
    taking = campaign.groups.exclude(number=4)
    assert CampaignSlots.objects.get().planned == {str(one.id): 25 for one in taking}


def test_a_long_campaign_has_wider_slots_and_weeks_after_its_cut_off(group):
    make_contact(group)
    make_contact(group, scheduled_at=START + 3 * DAY)
    fix_due_campaigns(now=START + HOUR)
    assert CampaignSlots.objects.get().width == 60
    late = [make_contact(group, scheduled_at=START + n * DAY) for n in (2, 4, 11)]
    assert slots(late) == [48, 73, 74]


def test_a_chosen_cut_off_ends_the_slots(campaign, group):
    campaign.cut_off_at = START + HOUR
    campaign.save()
    make_contact(group)
    late = make_contact(group, scheduled_at=START + 3 * DAY)
    fix_due_campaigns(now=START + HOUR)
    assert CampaignSlots.objects.get().width == 15
    assert slots([late]) == [5]


def test_slots_fill_in_steps_that_leave_every_counter_right(group, monkeypatch):
    monkeypatch.setattr(campaign_slots, "CHUNK", 3)
    contacts = [
        make_contact(
            group, scheduled_at=START + n * 15 * MINUTE, created_at=START - (20 - n) * HOUR
        )
        for n in range(10)
    ]
    record([make_hit(contacts[0]), make_hit(contacts[9])])
    steps = 0
    while take_step(now=START + HOUR):
        steps += 1
        assert not audit.find_differences()
        record([make_hit(contact, after=(steps + 2) * HOUR) for contact in contacts])
        make_contact(group, scheduled_at=START + 20 * MINUTE)
        assert not audit.find_differences()
    assert steps == 4
    assert slots(contacts) == list(range(10))
    assert CampaignSlots.objects.get().filled_before is None
    assert not audit.find_differences()


def test_opens_from_before_the_slots_get_their_age_then(group):
    opened = make_contact(group)
    record([make_hit(opened, after=-HOUR)])
    assert not FirstOpensByAge.objects.exists()
    fix_due_campaigns(now=START + HOUR)
    row = FirstOpensByAge.objects.get()
    assert (row.slot, row.age_bin, row.counted, row.with_machine) == (0, 0, 1, 1)
    assert not audit.find_differences()


def test_contacts_are_counted_as_drawn_in_their_slots(group):
    make_contact(group)
    make_contact(group, not_sent_at=START + DAY, not_sent_reason="bounced")
    make_contact(group, not_sent_at=START - DAY, not_sent_reason="withdrawn")
    fix_due_campaigns(now=START + HOUR)
    row = ContactsByDueMinute.objects.get(slot=0)
    assert (row.contacts, row.drawn, row.removed) == (1, 2, 1)
    marked = LeftByAge.objects.get()
    assert (marked.slot, marked.age_bin, marked.reason, marked.contacts) == (0, 25, "bounced", 1)
    assert not audit.find_differences()


def test_contacts_withdrawn_long_before_are_in_no_slot(group):
    long_ago = START - 400 * DAY
    early = make_contact(
        group,
        scheduled_at=long_ago,
        created_at=long_ago - 2 * DAY,
        not_sent_at=long_ago - DAY,
        not_sent_reason="withdrawn",
    )
    contact = make_contact(group)
    fix_due_campaigns(now=START + HOUR)
    assert slots([early, contact]) == [None, 0]
    assert not audit.find_differences()


def test_a_schedule_decades_after_the_end_does_not_delay_the_cut_off(campaign, group):
    contact = make_contact(group)
    typo = make_contact(group, scheduled_at=START + 25_000 * DAY)
    fix_due_campaigns(now=START + HOUR)
    assert CampaignSlots.objects.get().cut_off == campaign.end_at.timestamp() // 60
    assert slots([contact, typo])[0] == 0
    assert not audit.find_differences()


def test_a_campaign_that_fails_does_not_block_the_slots_of_others(campaign, group, monkeypatch):
    other = make_campaign("Autumn").groups.first()
    contacts = [make_contact(group), make_contact(other)]
    for _ in range(2):
        campaign_slots._fix(campaign_slots._due_campaign(START + HOUR), START + HOUR)
    fill = campaign_slots._fill

    def fail_for_one(campaign_id):
        if campaign_id == campaign.id:
            raise ValueError("of this campaign")
        fill(campaign_id)

    monkeypatch.setattr(campaign_slots, "_fill", fail_for_one)
    assert take_step(now=START + HOUR)
    assert slots(contacts) == [None, 0]
    with pytest.raises(ValueError, match="of this campaign"):
        take_step(now=START + HOUR)
