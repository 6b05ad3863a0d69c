"""Test contacts are in no figure."""

from datetime import timedelta

import pytest

from campaigns import services
from campaigns.models import Contact, NotSentReason
from contacts.change import change_contact
from contacts.not_sent import mark_not_sent
from contacts.pixels.merge_list import merge_rows
from contacts.schedules.reschedule import reschedule_group
from contacts.trial import make_test
from foundation.errors import InvalidInput
from reports.silent_domains import silent_domains
from tests.reporting import campaign_report
from tests.tracking.factories import (
    GMAIL,
    START,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record
from tracking.models import CampaignSlots, Open
from tracking.upkeep.audit import find_differences
from tracking.upkeep.reclassify import reclassify_opens

pytestmark = pytest.mark.django_db
NOW = START + timedelta(hours=5)


@pytest.fixture
def group():
    return make_campaign().groups.first()


def make(group, *, label="", now=NOW):
    contact_id = make_test(campaign_id=group.campaign_id, group_id=group.id, label=label, now=now)
    return Contact.objects.get(uuid=contact_id)


def report(group):
    return campaign_report(campaign_id=group.campaign_id, now=NOW)


def test_a_test_contact_is_in_no_figure(group):
    known = make_contact(group, email="ann@example.com")
    record([make_hit(known)])
    before = report(group)
    record([make_hit(make(group)), make_hit(make(group), agent=GMAIL)])
    assert Open.objects.count() == 3
    assert report(group) == before
    assert not find_differences()
    reclassify_opens()
    assert report(group) == before
    assert [row.contact for row in merge_rows(group.campaign_id)] == [known]
    assert silent_domains(campaign_id=group.campaign_id, now=NOW).domains == []


def test_a_test_contact_fixes_no_slots_and_is_never_scheduled(group):
    contact = make(group)
    outcome = reschedule_group(group_id=group.id, scheduled_at=START, now=NOW)
    assert (outcome.rescheduled, outcome.frozen) == (0, 0)
    fix_due_campaigns(now=NOW)
    assert not CampaignSlots.objects.exists()
    with pytest.raises(InvalidInput, match="test contact"):
        change_contact(contact_id=contact.uuid, changes={"scheduled_at": START}, now=NOW)


@pytest.mark.parametrize("undo", [True, False])
def test_a_test_contact_stays_one(group, undo):
    contact = make(group)
    record([make_hit(contact)])
    outcome = mark_not_sent(
        campaign_id=group.campaign_id,
        contact_ids=[contact.uuid],
        reason=NotSentReason.BOUNCED,
        now=NOW,
        undo=undo,
    )
    assert (outcome.marked, outcome.unchanged) == (0, 1)
    contact.refresh_from_db()
    assert contact.not_sent_reason == "test"
    assert not find_differences()


def test_a_test_contact_belongs_to_a_group_that_takes_contacts(group):
    elsewhere = make_campaign("Other").groups.first()
    archived = group.campaign.groups.last()
    services.archive_group(group_id=archived.id, now=NOW)
    for wrong in (elsewhere.id, archived.id, 0):
        with pytest.raises(InvalidInput):
            make_test(campaign_id=group.campaign_id, group_id=wrong, label="", now=NOW)
    services.archive_campaign(campaign_id=group.campaign_id, now=NOW)
    with pytest.raises(InvalidInput, match="archived"):
        make(group)
    assert not Contact.objects.exists()
