"""Migrations fill counters with what counting would have counted."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps

from campaigns.models import Contact
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting import fold, tables
from tracking.counting.campaign_slots import fix_due_campaigns, take_step
from tracking.counting.record import record
from tracking.models import CampaignSlots, LeftByAge
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
fill = importlib.import_module("tracking.migrations.0019_fill_left_by_age").fill
fill_unmeasured = importlib.import_module("tracking.migrations.0027_left_unmeasured").fill
keep_plans = importlib.import_module("tracking.migrations.0021_planned_shares").fill
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MARKS = [
    {},
    {"not_sent_at": START - MINUTE, "not_sent_reason": "withdrawn"},
    {"not_sent_at": START + 20 * DAY, "not_sent_reason": "withdrawn"},
    {"not_sent_at": START + 80 * DAY, "not_sent_reason": "bounced"},
    {"resent_at": START + 15 * DAY},
    {"resent_at": START + 15 * DAY, "not_sent_at": START + DAY, "not_sent_reason": "bounced"},
    {"not_sent_at": START + 20 * DAY, "not_sent_reason": "withdrawn", "erased_at": START - DAY},
    {"not_sent_at": START + 20 * DAY, "not_sent_reason": "withdrawn", "erased_at": START + DAY},
]


def contacts_of_every_sort(campaign):
    for group in campaign.groups.all():
        for days in (0, 1, 14):
            for mark in MARKS:
                make_contact(group, scheduled_at=START + days * DAY, **mark)
        make_contact(group, scheduled_at=None, **MARKS[2])


def test_marks_of_slots_are_filled_as_they_are_counted():
    campaign = make_campaign()
    campaign.cut_off_at = START + 2 * DAY
    campaign.save()
    contacts_of_every_sort(campaign)
    contacts_of_every_sort(make_campaign("Later", start=START))
    fix_due_campaigns(now=START + DAY)
    groups = list(campaign.groups.values_list("id", flat=True))
    counted = tables.stored(fold.LEFT_BY_AGE, groups)
    assert len({key[1] for key in counted}) == 3
    LeftByAge.objects.all().delete()
    assert audit.find_differences()
    for _ in range(2):
        fill(apps, None)
        assert tables.stored(fold.LEFT_BY_AGE, groups) == counted
        assert not audit.find_differences()


def test_contacts_that_are_not_in_a_slot_yet_are_left_to_ingest():
    contacts_of_every_sort(make_campaign())
    contact = make_contact(make_campaign("Other").groups.first(), **MARKS[3])
    assert take_step(now=START + DAY)
    CampaignSlots.objects.update(filled_before=contact.created_at)
    LeftByAge.objects.all().delete()
    fill(apps, None)
    assert Contact.objects.filter(created_at__lt=contact.created_at).exists()
    assert LeftByAge.objects.exists()
    assert not [
        line for line in audit.find_differences().lines() if line.startswith(fold.LEFT_BY_AGE)
    ]


def test_who_left_unmeasured_is_filled_as_it_is_counted():
    campaign = make_campaign()
    for measured in (0, 1, 2):
        for group in campaign.groups.all():
            for mark in MARKS:
                contacts = [make_contact(group, measured=measured, **mark) for _ in range(2)]
                record([make_hit(contacts[0])])
    fix_due_campaigns(now=START + DAY)
    groups = list(campaign.groups.values_list("id", flat=True))
    counted = tables.stored(fold.LEFT_BY_AGE, groups)
    assert all(0 < unmeasured < contacts for contacts, unmeasured in counted.values())
    LeftByAge.objects.update(unmeasured=0)
    assert audit.find_differences()
    for _ in range(2):
        fill_unmeasured(apps, None)
        assert tables.stored(fold.LEFT_BY_AGE, groups) == counted
        assert not audit.find_differences()


def test_plans_are_kept_as_fixing_the_slots_keeps_them():
    for name in ("First", "Second"):
        campaign = make_campaign(name, groups=5)
        for group in campaign.groups.exclude(number=5):
            make_contact(group)
        campaign.groups.filter(number=1).update(planned_share="12.5")
        campaign.groups.filter(number__in=[4, 5]).update(archived_at=START)
    fix_due_campaigns(now=START + DAY)
    kept = dict(CampaignSlots.objects.values_list("campaign_id", "planned"))
    assert [sorted(plan.values()) for plan in kept.values()] == [[12.5, *[87.5 / 3] * 3]] * 2
    CampaignSlots.objects.update(planned={})
    keep_plans(apps, None)
    assert dict(CampaignSlots.objects.values_list("campaign_id", "planned")) == kept
