"""Changes of schedules, groups and marks that counting has to know."""

import uuid
from datetime import timedelta

import pytest

from campaigns.models import Contact, Group, NotSentReason
from contacts import change
from contacts.not_sent import mark_not_sent
from contacts.pixels.services import create_pixels
from contacts.schedules.reschedule import reschedule_group
from foundation.errors import InvalidInput, NotFound
from foundation.personal_data.hashes import email_hash
from foundation.timestamps import to_ms
from tests.reporting import campaign_report
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting import fold, tables
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record
from tracking.models import IngestLock, Open, Pixel
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
LATER, BEFORE = START + timedelta(days=2), START - timedelta(hours=1)


@pytest.fixture
def campaign():
    return make_campaign()


@pytest.fixture
def group(campaign):
    return campaign.groups.get(number=1)


def stored():
    groups = list(Group.objects.values_list("id", flat=True))
    return {name: tables.stored(name, groups) for name in tables.TABLES}


def mark(campaign, *contacts, now=LATER, **options):
    return mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contact.uuid for contact in contacts],
        reason=NotSentReason.BOUNCED,
        now=now,
        **options,
    )


# --- Pixels ---------------------------------------------------------------------------------


def test_every_contact_gets_pixels_numbered_from_one(group):
    contacts = [make_contact(group, pixels=0) for _ in range(3)]
    pixels = create_pixels(contact_ids=[c.uuid for c in contacts], per_contact=2)
    assert [[p.number for p in pixels[c.uuid]] for c in contacts] == [[1, 2]] * 3
    assert Pixel.objects.count() == 6


# --- Schedule and group ---------------------------------------------------------------------


def test_an_opened_contact_keeps_its_group_and_schedule(campaign, group):
    contact = make_contact(group)
    record([make_hit(contact, agent=APPLE_PRIVACY)])
    for changes in ({"scheduled_at": LATER}, {"group": campaign.groups.get(number=2)}):
        with pytest.raises(InvalidInput) as refusal:
            change.change_contact(contact_id=contact.uuid, changes=changes, now=START)
        assert list(refusal.value.errors) == list(changes)
    contact.refresh_from_db()
    assert (contact.group_id, contact.scheduled_at) == (group.id, START)


def test_sending_the_same_values_of_an_opened_contact_again_is_not_a_change(group):
    contact = make_contact(group)
    record([make_hit(contact)])
    changed = change.change_contact(
        contact_id=contact.uuid, changes={"scheduled_at": START, "name": "Ann"}, now=LATER
    )
    assert changed.name == "Ann"


def test_an_unopened_contact_may_move(campaign, group):
    contact = make_contact(group)
    other = campaign.groups.get(number=2)
    changes = {"group": other, "scheduled_at": LATER}
    change.change_contact(contact_id=contact.uuid, changes=changes, now=BEFORE)
    contact.refresh_from_db()
    assert (contact.group_id, contact.scheduled_at, contact.due_at) == (other.id, LATER, LATER)


def test_a_contact_that_has_fallen_due_stays_in_its_group_and_due_as_of_then(campaign, group):
    contact, other = make_contact(group), campaign.groups.get(number=2)
    with pytest.raises(InvalidInput, match="stays in its group"):
        change.change_contact(contact_id=contact.uuid, changes={"group": other}, now=START)
    change.change_contact(contact_id=contact.uuid, changes={"scheduled_at": LATER}, now=START)
    contact.refresh_from_db()
    assert (contact.group_id, contact.scheduled_at, contact.due_at) == (group.id, LATER, START)
    assert not audit.find_differences()


def test_a_contact_that_has_fallen_due_and_gets_another_schedule_is_mailed_again(group):
    contact = make_contact(group)
    for changes in ({"name": "Ann"}, {"scheduled_at": START}, {"scheduled_at": None}):
        change.change_contact(contact_id=contact.uuid, changes=changes, now=START)
        contact.refresh_from_db()
        assert contact.resent_at is None
    change.change_contact(contact_id=contact.uuid, changes={"scheduled_at": LATER}, now=START)
    contact.refresh_from_db()
    assert contact.resent_at == LATER
    change.change_contact(contact_id=contact.uuid, changes={"scheduled_at": START}, now=LATER)
    contact.refresh_from_db()
    assert contact.resent_at == LATER


def test_a_schedule_in_the_past_makes_a_contact_due_when_it_is_set(group):
    contact = make_contact(group, scheduled_at=None)
    change.change_contact(contact_id=contact.uuid, changes={"scheduled_at": BEFORE}, now=START)
    contact.refresh_from_db()
    assert (contact.scheduled_at, contact.due_at) == (BEFORE, START)


def test_rescheduling_a_group_moves_no_contact_that_has_fallen_due(group):
    due, waiting = make_contact(group), make_contact(group, scheduled_at=START + timedelta(hours=2))
    reschedule_group(group_id=group.id, shift=timedelta(hours=3), now=START)
    assert dict(Contact.objects.values_list("uuid", "due_at")) == {
        due.uuid: START,
        waiting.uuid: START + timedelta(hours=5),
    }
    reschedule_group(group_id=group.id, scheduled_at=BEFORE, now=START)
    waiting.refresh_from_db()
    assert (waiting.scheduled_at, waiting.due_at) == (BEFORE, START)
    assert not audit.find_differences()


def test_an_unknown_contact_is_not_found():
    with pytest.raises(NotFound):
        change.change_contact(contact_id=uuid.uuid4(), changes={}, now=START)


def test_rescheduling_a_group_leaves_opened_contacts_unchanged(group):
    opened, waiting, unscheduled = (
        make_contact(group),
        make_contact(group),
        make_contact(group, scheduled_at=None),
    )
    record([make_hit(opened)])
    done = reschedule_group(group_id=group.id, shift=timedelta(hours=3), now=START)
    assert (done.rescheduled, done.frozen, done.outside_dates) == (1, 1, 0)
    schedules = dict(Contact.objects.values_list("uuid", "scheduled_at"))
    assert schedules == {
        opened.uuid: START,
        waiting.uuid: START + timedelta(hours=3),
        unscheduled.uuid: None,
    }


def test_setting_a_schedule_includes_contacts_without_one(group):
    contact = make_contact(group, scheduled_at=None)
    done = reschedule_group(group_id=group.id, scheduled_at=START - timedelta(days=1), now=START)
    contact.refresh_from_db()
    assert contact.scheduled_at == START - timedelta(days=1)
    assert done.outside_dates == 1


@pytest.mark.parametrize("years", [-30, 180])
def test_a_shift_never_leaves_the_allowed_years(group, years):
    contact = make_contact(group)
    with pytest.raises(InvalidInput, match="Shift by less"):
        reschedule_group(group_id=group.id, shift=timedelta(days=years * 365), now=START)
    contact.refresh_from_db()
    assert contact.scheduled_at == START


def test_an_unknown_group_is_not_found():
    with pytest.raises(NotFound):
        reschedule_group(group_id=12345, scheduled_at=START, now=START)


def test_a_new_time_and_a_shift_exclude_each_other(group):
    for options in ({}, {"scheduled_at": START, "shift": timedelta(hours=1)}):
        with pytest.raises(InvalidInput):
            reschedule_group(group_id=group.id, **options, now=START)


# --- Not sent -------------------------------------------------------------------------------


def test_a_contact_marked_before_it_is_due_leaves_every_count(campaign, group):
    bounced, reached = make_contact(group), make_contact(group)
    fix_due_campaigns(now=START + timedelta(hours=1))
    record([make_hit(reached, agent=GMAIL)])
    mark(campaign, bounced, now=BEFORE)
    without = stored()
    mark(campaign, bounced, now=BEFORE, undo=True)
    record([make_hit(bounced, agent=GMAIL), make_hit(bounced, after=timedelta(hours=9))])
    assert mark(campaign, bounced, now=BEFORE).marked == 1
    assert stored() == without
    assert not audit.find_differences()
    report = campaign_report(campaign_id=campaign.id, now=LATER)
    assert (report.totals.contacts, report.totals.sent, report.totals.unique_opens) == (1, 1, 1)


def test_a_contact_marked_later_leaves_every_figure_but_is_compared_as_it_was_drawn(
    campaign, group
):
    bounced, reached = make_contact(group), make_contact(group)
    fix_due_campaigns(now=START + timedelta(hours=1))
    record([make_hit(reached, agent=GMAIL), make_hit(bounced, agent=GMAIL)])
    compared = stored()[fold.FIRST_BY_AGE]
    mark(campaign, bounced)
    assert stored()[fold.FIRST_BY_AGE] == compared
    [(contacts, opened, drawn, removed, *_)] = stored()[fold.CONTACTS_BY_DUE].values()
    assert (contacts, opened, drawn, removed) == (1, 1, 2, 0)
    assert not audit.find_differences()
    report = campaign_report(campaign_id=campaign.id, now=LATER)
    assert (report.totals.contacts, report.totals.sent, report.totals.unique_opens) == (1, 1, 1)


AN_HOUR_LATER = START + timedelta(hours=1)


def left_by_age():
    """Contacts by age bin and reason."""
    return {key[2:]: n for key, (n, _) in stored()[fold.LEFT_BY_AGE].items()}


def test_marks_after_the_due_time_are_counted_by_age_until_they_are_undone(campaign, group):
    bounced, withdrawn, early = (make_contact(group) for _ in range(3))
    fix_due_campaigns(now=AN_HOUR_LATER)
    mark(campaign, early, now=BEFORE)
    mark(campaign, bounced, now=START + timedelta(minutes=7))
    options = {"campaign_id": campaign.id, "contact_ids": [withdrawn.uuid]}
    mark_not_sent(**options, reason=NotSentReason.WITHDRAWN, now=AN_HOUR_LATER)
    assert left_by_age() == {(1, "bounced"): 1, (7, "withdrawn"): 1}
    assert not audit.find_differences()
    mark(campaign, bounced, undo=True)
    mark(campaign, bounced, now=LATER)
    assert left_by_age() == {(28, "bounced"): 1, (7, "withdrawn"): 1}
    mark(campaign, bounced, withdrawn, undo=True)
    assert left_by_age() == {}
    assert not audit.find_differences()


def test_a_mark_after_a_second_mail_does_not_count_for_the_first(campaign, group):
    contact = make_contact(group)
    fix_due_campaigns(now=AN_HOUR_LATER)
    change.change_contact(
        contact_id=contact.uuid, changes={"scheduled_at": AN_HOUR_LATER}, now=AN_HOUR_LATER
    )
    mark(campaign, contact)
    assert left_by_age() == {(7, "mailed_again"): 1}
    mark(campaign, contact, undo=True)
    assert left_by_age() == {(7, "mailed_again"): 1}
    assert not audit.find_differences()


@pytest.mark.parametrize(
    ("erased_at", "left"), [(LATER, {(7, "bounced"): 1}), (BEFORE, {})], ids=["after", "before"]
)
def test_erasing_after_the_due_time_takes_back_no_mark(campaign, group, erased_at, left):
    contact = make_contact(group)
    fix_due_campaigns(now=AN_HOUR_LATER)
    mark(campaign, contact, now=AN_HOUR_LATER)
    change.erase_contact(contact_id=contact.uuid, now=erased_at)
    assert left_by_age() == left
    assert not audit.find_differences()


def reschedule_one(contact, at):
    change.change_contact(contact_id=contact.uuid, changes={"scheduled_at": at}, now=AN_HOUR_LATER)


def reschedule_all(contact, at):
    reschedule_group(group_id=contact.group_id, scheduled_at=at, now=AN_HOUR_LATER)


@pytest.mark.parametrize("reschedule", [reschedule_one, reschedule_all])
@pytest.mark.parametrize("unmarked_first", [True, False])
def test_a_contact_withdrawn_when_due_falls_due_by_its_next_schedule(
    campaign, group, reschedule, unmarked_first
):
    contact = make_contact(group)
    make_contact(group)
    mark(campaign, contact, now=BEFORE)
    fix_due_campaigns(now=AN_HOUR_LATER)
    for step in (unmarked_first, not unmarked_first):
        if step:
            mark(campaign, contact, now=AN_HOUR_LATER, undo=True)
        else:
            reschedule(contact, LATER)
    contact.refresh_from_db()
    assert (contact.due_at, contact.resent_at) == (LATER, None)
    minute = fold.due_minute(to_ms(LATER))
    [drawn] = [n[2] for key, n in stored()[fold.CONTACTS_BY_DUE].items() if key[2] == minute]
    assert drawn == 1
    assert not audit.find_differences()


def test_a_contact_withdrawn_when_due_is_never_due_without_another_schedule(campaign, group):
    contact, other = make_contact(group), make_contact(group)
    mark(campaign, contact, now=BEFORE)
    fix_due_campaigns(now=AN_HOUR_LATER)
    mark(campaign, contact, undo=True)
    contact.refresh_from_db()
    assert contact.due_at is None
    report = campaign_report(campaign_id=campaign.id, now=LATER)
    assert (report.totals.contacts, report.totals.sent, report.never_due) == (2, 1, 1)
    mark(campaign, other)
    mark(campaign, other, undo=True)
    other.refresh_from_db()
    assert other.due_at == START
    assert not audit.find_differences()


def test_a_mark_undone_before_the_due_time_leaves_the_due_time(campaign, group):
    contact = make_contact(group)
    mark(campaign, contact, now=BEFORE)
    mark(campaign, contact, now=START - timedelta(minutes=1), undo=True)
    contact.refresh_from_db()
    assert contact.due_at == START
    assert not audit.find_differences()


def test_undoing_brings_everything_back(campaign, group):
    contact = make_contact(group)
    fix_due_campaigns(now=START + timedelta(hours=1))
    record([make_hit(contact, agent=GMAIL), make_hit(contact, agent=APPLE_PRIVACY)])
    before = stored()
    mark(campaign, contact)
    assert mark(campaign, contact, undo=True).marked == 1
    assert stored() == before
    assert not audit.find_differences()


def test_hits_of_a_contact_marked_not_sent_are_kept_and_count_when_undone(campaign, group):
    contact = make_contact(group)
    mark(campaign, contact, now=BEFORE)
    record([make_hit(contact)])
    assert [name for name, rows in stored().items() if rows] == [fold.CONTACTS_BY_DUE]
    assert list(stored()[fold.CONTACTS_BY_DUE].values()) == [(0, 0, 0, 1, 0, 0, 0)]
    mark(campaign, contact, undo=True)
    assert Open.objects.count() == 1
    assert campaign_report(campaign_id=campaign.id, now=LATER).totals.unique_opens == 1
    assert not audit.find_differences()


def test_marking_twice_changes_nothing_more(campaign, group):
    contact = make_contact(group)
    record([make_hit(contact)])
    mark(campaign, contact)
    before = stored()
    again = mark(campaign, contact)
    assert (again.marked, again.unchanged) == (0, 1)
    assert stored() == before


def test_contacts_are_marked_by_e_mail_too(campaign, group):
    contact = make_contact(group)
    Contact.objects.filter(uuid=contact.uuid).update(
        email="ann@example.com", email_hash=email_hash("ann@example.com"), email_domain="x"
    )
    done = mark_not_sent(
        campaign_id=campaign.id,
        emails=["nobody@example.com", " ANN@example.com"],
        reason=NotSentReason.WITHDRAWN,
        now=LATER,
    )
    assert (done.marked, done.unknown_emails) == (1, [0])
    contact.refresh_from_db()
    assert (contact.not_sent_at, contact.not_sent_reason) == (LATER, "withdrawn")


def test_contacts_of_another_campaign_are_unknown(campaign):
    other = make_contact(make_campaign("Autumn").groups.get(number=1))
    done = mark(campaign, other)
    assert (done.marked, done.unknown_contacts) == (0, [0])


def test_a_contact_whose_opens_were_pruned_stays_as_it_is(campaign, group):
    contact = make_contact(group)
    record([make_hit(contact)])
    IngestLock.objects.update(pruned_before=START + timedelta(days=1))
    Open.objects.all().delete()
    assert mark(campaign, contact).unchanged == 1
    contact.refresh_from_db()
    assert contact.not_sent_at is None
