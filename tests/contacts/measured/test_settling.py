"""Every write of a contact leaves it measured as it is to be."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import services
from campaigns.models import NotSentReason
from campaigns.modes import Measured
from contacts.change import change_contact, erase_contact
from contacts.create import create_contacts
from contacts.not_sent import mark_not_sent
from contacts.schedules.reschedule import reschedule_group
from tests.consent.deciding import agree, withdraw
from tests.contacts.measured.measuring import followed, measured
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO, YES, LAPSED = Measured.NO, Measured.YES, Measured.LAPSED
BEFORE, LATER = START - DAY, START + DAY


@pytest.fixture
def ask_first(settings):
    settings.NEVER_ASKED = "off"


def test_contacts_are_measured_where_nobody_decided_anything(group):
    assert measured(make_contact(group), make_contact(group, scheduled_at=None)) == [YES, YES]


def test_new_contacts_are_measured_by_what_is_in_force(group, ask_first):
    agree(make_contact(group, email="ann@example.com"), now=BEFORE)
    other = make_campaign("Summer").groups.first()
    contacts = [make_contact(other, email=f"{name}@example.com") for name in ("ann", "bob")]
    assert measured(*contacts) == [YES, NO]


def test_contacts_of_a_call_are_measured_by_what_is_in_force(group, ask_first):
    agree(make_contact(group, email="ann@example.com"), now=BEFORE)
    other = make_campaign("Summer").groups.first()
    rows = [
        {"campaign": other.campaign_id, "group": other.id, "email": f"{name}@example.com"}
        for name in ("ann", "bob")
    ]
    create_contacts(contacts=rows, now=timezone.now(), pixels_per_contact=1)
    assert measured(*other.contacts.all()) == [YES, NO]


def test_another_address_before_the_due_time_is_another_person(group, ask_first):
    contact = make_contact(group, email="ann@example.com", scheduled_at=LATER)
    other = make_contact(
        make_campaign("Summer").groups.first(), email="bob@example.com", scheduled_at=LATER
    )
    agree(other, now=BEFORE)
    followed(now=BEFORE)
    other_address = {"email": "bob2@example.com"}
    change_contact(contact_id=other.uuid, changes=other_address, now=BEFORE + HOUR)
    change_contact(contact_id=contact.uuid, changes={"email": "bob@example.com"}, now=BEFORE)
    assert measured(contact, other) == [YES, NO]


def test_a_no_that_follows_to_another_address_narrows(group):
    contact = make_contact(group, email="ann@example.com", scheduled_at=LATER)
    withdraw(contact, now=BEFORE)
    change_contact(contact_id=contact.uuid, changes={"email": "bob@example.com"}, now=BEFORE)
    assert followed(contact, now=BEFORE) == [NO]


def test_another_address_after_the_due_time_moves_nobody_in_or_out(group, ask_first):
    ann, bob = (make_contact(group, email=f"{name}@example.com") for name in ("ann", "bob"))
    agree(ann, now=BEFORE)
    assert followed(ann, bob, now=LATER) == [YES, NO]
    change_contact(contact_id=ann.uuid, changes={"email": "x@example.com"}, now=LATER)
    change_contact(contact_id=bob.uuid, changes={"email": "ann@example.com"}, now=LATER)
    assert measured(ann, bob) == [LAPSED, NO]


def test_a_mark_taken_back_has_a_contact_fall_due_by_what_is_in_force_then(group, campaign):
    contact = make_contact(group, email="ann@example.com")
    _mark(campaign, contact, BEFORE)
    withdraw(contact, now=START + HOUR)
    assert followed(contact, now=LATER) == [LAPSED]
    _mark(campaign, contact, LATER, undo=True)
    assert measured(contact) == [NO]


def test_another_schedule_does_not_measure_anew_who_was_mailed(group, campaign, ask_first):
    mailed, marked = (make_contact(group, email=f"{n}@example.com") for n in ("ann", "bob"))
    _mark(campaign, marked, BEFORE)
    for contact in (mailed, marked):
        agree(contact, now=START + HOUR)
    assert followed(mailed, marked, now=LATER) == [NO, NO]
    reschedule_group(group_id=group.id, now=LATER, scheduled_at=LATER + DAY)
    assert measured(mailed, marked) == [NO, YES]


def test_erasing_moves_nobody(group, ask_first):
    contact = make_contact(group, email="ann@example.com")
    agree(contact, now=BEFORE)
    assert followed(contact, now=LATER) == [YES]
    erase_contact(contact_id=contact.uuid, now=LATER)
    services.update_campaign(
        campaign_id=group.campaign_id, changes={"tracking_mode": "off"}, now=LATER
    )
    assert followed(contact, now=LATER + DAY) == [YES]


def test_who_was_opened_before_the_due_time_stays_measured(group):
    contact = make_contact(group, email="ann@example.com", scheduled_at=LATER)
    record([make_hit(contact)])
    withdraw(contact, now=START + 2 * HOUR)
    assert followed(contact, now=LATER + DAY) == [YES]


def _mark(campaign, contact, now, *, undo=False):
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contact.uuid],
        reason=None if undo else NotSentReason.BOUNCED,
        now=now,
        undo=undo,
    )
