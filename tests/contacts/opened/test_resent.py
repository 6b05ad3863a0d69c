"""Recording who was mailed again: once each, counted, and only after a first mail."""

from datetime import timedelta
from uuid import uuid4

import pytest

from campaigns.models import Contact
from contacts import chunks as in_chunks
from contacts.change import erase_contact
from contacts.not_sent import NotSentReason, mark_not_sent
from contacts.opened.resent import Resent, mark_resent, mark_unopened_resent
from contacts.trial import make_test
from reports.who_opened import who_opened
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record
from tracking.counting.slots import FIXED_AFTER_MINUTES
from tracking.models import FirstOpensByAge
from tracking.opened import Opened
from tracking.upkeep.audit import find_differences

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = START + 24 * HOUR


@pytest.fixture
def group():
    return make_campaign().groups.first()


def resent_at(contact):
    return Contact.objects.get(uuid=contact.uuid).resent_at


def mark(group, *contacts, now=NOW):
    ids = [contact.uuid for contact in contacts]
    return mark_resent(campaign_id=group.campaign_id, contact_ids=ids, now=now)


def test_a_second_mail_is_recorded_once(group):
    one, other = make_contact(group), make_contact(group)
    assert mark(group, one) == Resent(1, 0, [])
    assert mark(group, one, other, now=NOW + HOUR) == Resent(1, 1, [])
    assert (resent_at(one), resent_at(other)) == (NOW, NOW + HOUR)


def test_the_same_contact_twice_counts_once(group):
    one = make_contact(group)
    assert mark(group, one, one) == Resent(1, 0, [])


def test_many_are_recorded_in_chunks(group, monkeypatch):
    monkeypatch.setattr(in_chunks, "CHUNK", 2)
    contacts = [make_contact(group) for _ in range(5)]
    assert mark(group, *contacts).marked == 5


def test_contacts_that_opened_may_have_been_mailed_again_too(group):
    one = make_contact(group)
    record([make_hit(one)])
    assert mark(group, one).marked == 1


def test_a_second_mail_needs_a_first_one(group):
    due_later = make_contact(group, scheduled_at=NOW + HOUR)
    never = make_contact(group, scheduled_at=None)
    erased, bounced = make_contact(group), make_contact(group)
    erase_contact(contact_id=erased.uuid, now=NOW)
    mark_not_sent(
        campaign_id=group.campaign_id,
        contact_ids=[bounced.uuid],
        reason=NotSentReason.BOUNCED,
        now=NOW,
    )
    test = make_test(campaign_id=group.campaign_id, group_id=group.id, label="", now=START)
    everybody = (due_later, never, erased, bounced, Contact.objects.get(uuid=test))
    assert mark(group, *everybody) == Resent(0, 5, [])
    assert {resent_at(contact) for contact in everybody} == {None}


def test_contacts_of_other_campaigns_are_unknown(group):
    elsewhere = make_contact(make_campaign("Autumn").groups.first())
    outcome = mark_resent(
        campaign_id=group.campaign_id,
        contact_ids=[uuid4(), make_contact(group).uuid, elsewhere.uuid],
        now=NOW,
    )
    assert outcome == Resent(1, 0, [0, 2])
    assert resent_at(elsewhere) is None


def test_nobody_is_mailed_again_before_being_due(group):
    """To the minute, which is as exact as counters are."""
    due_at = NOW.replace(second=50)
    contact = make_contact(group, scheduled_at=due_at)
    assert mark(group, contact, now=NOW.replace(second=10)).marked == 1
    assert resent_at(contact) == due_at


def test_counters_follow(group):
    contacts = [make_contact(group, scheduled_at=START) for _ in range(6)]
    fix_due_campaigns(now=START + timedelta(minutes=FIXED_AFTER_MINUTES) + HOUR)
    record([make_hit(contacts[0])])
    before = who_opened([group.id], now=NOW)
    mark(group, *contacts)
    record([make_hit(contacts[0], after=30 * HOUR), make_hit(contacts[1], after=30 * HOUR)])
    left = FirstOpensByAge.objects.filter(left_counted__gt=0)
    assert [row.left_counted for row in left] == [5]
    after = who_opened([group.id], now=NOW)
    assert (before.by[Opened.NO], after.by[Opened.NO]) == (5, 4)
    assert not find_differences()


def test_contacts_of_a_list_that_did_not_open_are_recorded(group):
    opened, unopened, later, erased, again = (make_contact(group) for _ in range(5))
    record([make_hit(opened)])
    Contact.objects.filter(uuid=later.uuid).update(due_at=NOW + HOUR)
    erase_contact(contact_id=erased.uuid, now=NOW)
    mark(group, again, now=NOW - HOUR)
    ids = [one.uuid for one in (opened, unopened, later, erased, again)]
    found, recorded = mark_unopened_resent(ids, now=NOW)
    assert (set(found), recorded) == ({unopened.uuid, again.uuid}, 1)
    assert [resent_at(one) for one in (opened, unopened, later, erased, again)] == [
        None,
        NOW,
        None,
        None,
        NOW - HOUR,
    ]
