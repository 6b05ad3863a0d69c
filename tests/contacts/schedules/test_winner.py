"""Giving the winner to the rest: which group and when, which contacts become due, what stays."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from campaigns import services
from campaigns.models import Contact, Group, NotSentReason
from campaigns.queries import outside_dates, rest_of
from contacts.change import change_contact, erase_contact
from contacts.create import create_contacts
from contacts.not_sent import mark_not_sent
from contacts.schedules import winner
from contacts.schedules.reschedule import reschedule_group
from contacts.schedules.winner_times import planned_start, preview
from foundation.errors import InvalidInput
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tests.winners import NOW, call, decide, give, with_roles
from tracking.counting.record import record
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BEFORE = START - HOUR


@pytest.fixture
def campaign():
    return make_campaign(groups=4)


@pytest.fixture
def groups(campaign):
    return with_roles(campaign)


def refused(operation, *arguments, **wish):
    with pytest.raises(InvalidInput) as caught:
        operation(*arguments, **wish)
    return list(caught.value.errors), caught.value.code


def times(contact):
    found = Contact.objects.values_list("scheduled_at", "due_at")
    return found.get(uuid=contact.uuid)


# --- Which group, and when it may be given -----------------------------------------------------


def test_the_group_that_was_called_by_watching_is_given_as_preliminary(groups):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    given = give(rest)
    assert (given.winner, given.winner_is_preliminary) == (b, True)
    assert (given.winner_chosen_at, given.winner_given_at) == (NOW, NOW)
    assert given.is_mailed


def test_a_decision_takes_precedence_over_a_call(campaign, groups):
    a, b, rest, _ = groups
    make_contact(rest)
    call(b)
    decide(campaign, a)
    given = give(rest)
    assert (given.winner, given.winner_is_preliminary) == (a, False)


def test_another_variant_may_be_named_and_a_warning_says_so(groups):
    a, b, rest, _ = groups
    make_contact(rest)
    call(b)
    given = give(rest, winner_id=a.id)
    assert given.winner == a
    assert winner.warnings(given) == ["The verdict names “2 Group 2”, not “1 Group 1”."]


def test_without_a_better_group_one_has_to_be_named(campaign, groups):
    a, b, rest, _ = groups
    make_contact(rest)
    call(b)
    decide(campaign)
    assert refused(give, rest) == (["winner"], "no_winner")
    given = give(rest, winner_id=a.id)
    assert (given.winner, given.winner_is_preliminary) == (a, False)
    assert winner.warnings(given) == []


def test_nothing_is_given_before_a_call_or_a_decision(groups):
    a, _, rest, _ = groups
    make_contact(rest)
    assert refused(give, rest) == ([], "undecided")
    assert refused(give, rest, winner_id=a.id) == ([], "undecided")
    assert Group.objects.get(id=rest.id).winner is None


def test_only_a_variant_of_the_campaign_is_given(groups):
    _, b, rest, control = groups
    make_contact(rest)
    call(b)
    other = make_campaign("Autumn").groups.first()
    for group_id in (rest.id, control.id, other.id, 10**12):
        assert refused(give, rest, winner_id=group_id) == (["winner"], "invalid")


def test_a_rest_without_contacts_to_mail_is_given_nothing(groups):
    _, b, rest, _ = groups
    call(b)
    erased = make_contact(rest)
    erase_contact(contact_id=erased.uuid, now=BEFORE)
    make_contact(rest, not_sent_at=BEFORE, not_sent_reason=NotSentReason.TEST)
    assert refused(give, rest) == ([], "empty")


def test_an_archived_campaign_or_rest_is_given_nothing(campaign, groups):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    assert refused(give, rest) == ([], "archived")
    services.unarchive_campaign(campaign_id=campaign.id)
    services.archive_group(group_id=rest.id, now=NOW)
    assert refused(give, rest) == ([], "archived")
    assert rest_of(campaign.id) is None


def test_only_a_rest_is_given_a_winner(groups):
    a, b, _, control = groups
    call(b)
    for group in (a, control):
        assert refused(give, group) == ([], "no_rest")


def test_repeating_it_changes_nothing_and_another_choice_is_refused(groups):
    a, b, rest, _ = groups
    contact = make_contact(rest)
    call(b)
    first = give(rest, start_at=NOW + HOUR)
    before = times(contact)
    later = NOW + 3 * HOUR
    for wish in ({}, {"winner_id": b.id}, {"start_at": NOW + HOUR}):
        assert give(rest, now=later, **wish).winner_given_at == first.winner_given_at
    assert refused(give, rest, now=later, winner_id=a.id) == (["winner"], "already_given")
    assert refused(give, rest, now=later, start_at=later) == (["start_at"], "already_given")
    assert times(contact) == before


def test_it_may_be_given_exactly_where_giving_is_not_refused(campaign, groups):
    _, b, rest, _ = groups

    def may():
        assert [one.id for one in winner.waiting_rests(limit=5)] == (
            [rest.id] if winner.may_be_given(rest_of(campaign.id)) else []
        )
        return winner.may_be_given(rest_of(campaign.id))

    assert not may()
    make_contact(rest)
    assert not may()
    call(b)
    assert may()
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    assert not may()
    services.unarchive_campaign(campaign_id=campaign.id)
    give(rest)
    assert not may()


def test_the_database_keeps_a_winner_for_the_rest_alone(groups):
    a, b, *_ = groups
    with pytest.raises(IntegrityError), transaction.atomic():
        Group.objects.filter(id=a.id).update(
            winner=b, winner_chosen_at=NOW, winner_start_at=NOW, winner_given_at=NOW
        )


# --- When the rest is due ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "first"),
    [
        pytest.param(NOW + 2 * HOUR, NOW + 2 * HOUR, id="later"),
        pytest.param(NOW - 2 * HOUR, NOW, id="a time that has passed"),
        pytest.param(None, NOW, id="no time, and the planned one has passed"),
    ],
)
def test_contacts_keep_their_distance_to_the_first(groups, start, first):
    _, b, rest, _ = groups
    planned = [START, START + HOUR, START + 3 * HOUR, None]
    contacts = [make_contact(rest, scheduled_at=at) for at in planned]
    call(b)
    assert give(rest, start_at=start).winner_start_at == first
    due = [first, first + HOUR, first + 3 * HOUR, first]
    assert [times(contact) for contact in contacts] == [(at, at) for at in due]
    assert not audit.find_differences()


def test_what_is_planned_for_later_goes_out_as_planned(groups):
    _, b, rest, _ = groups
    contacts = [make_contact(rest, scheduled_at=NOW + n * HOUR) for n in (1, 4)]
    call(b)
    assert planned_start(rest, now=NOW) == NOW + HOUR
    give(rest)
    assert [times(contact)[1] for contact in contacts] == [NOW + HOUR, NOW + 4 * HOUR]


def test_a_rest_without_any_schedule_is_due_at_once(groups):
    _, b, rest, _ = groups
    contact = make_contact(rest, scheduled_at=None)
    call(b)
    give(rest)
    assert times(contact) == (NOW, NOW)


def test_no_contact_is_due_later_than_databases_can_store(groups):
    _, b, rest, _ = groups
    make_contact(rest)
    make_contact(rest, scheduled_at=START.replace(year=2150))
    call(b)
    late = START.replace(year=2100)
    assert refused(give, rest, start_at=late) == (["start_at"], "invalid")


def test_contacts_outside_the_dates_are_reported(campaign, groups):
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    late = campaign.end_at + HOUR
    assert refused(give, rest, start_at=late) == (["start_at"], "outside_dates")
    given = give(rest, start_at=campaign.end_at + HOUR, allow_outside_dates=True)
    assert winner.warnings(given) == ["1 contact lies outside the campaign's dates now."]


@pytest.mark.parametrize("days", [-1, 0, 3, 29, 40])
@pytest.mark.parametrize("scheduled", [[0, 20], [0, None], [None], [None, None, 5]])
def test_a_preview_is_what_giving_brings(campaign, groups, days, scheduled):
    _, b, rest, _ = groups
    for day in scheduled:
        make_contact(rest, scheduled_at=None if day is None else START + timedelta(days=day))
    make_contact(rest, not_sent_at=BEFORE, not_sent_reason=NotSentReason.BOUNCED)
    call(b)
    start = NOW + timedelta(days=days)
    told = preview(rest, start_at=start, now=NOW)
    give(rest, start_at=start, allow_outside_dates=True)
    sent = Contact.objects.filter(group=rest, not_sent_at__isnull=True)
    due = sorted(sent.values_list("due_at", flat=True))
    assert (told.contacts, told.first, told.last) == (len(scheduled), due[0], due[-1])
    assert told.outside == outside_dates(sent, campaign).count()


def test_erased_and_test_contacts_stay_as_they_are(groups):
    _, b, rest, _ = groups
    make_contact(rest)
    erased = make_contact(rest)
    erase_contact(contact_id=erased.uuid, now=BEFORE)
    own = make_contact(rest, not_sent_at=BEFORE, not_sent_reason=NotSentReason.TEST)
    call(b)
    give(rest)
    assert [times(one) for one in (erased, own)] == [(START, None)] * 2


def test_only_the_rest_becomes_due(groups):
    a, b, rest, control = groups
    contacts = [make_contact(group) for group in (a, b, control)]
    before = [times(contact) for contact in contacts]
    make_contact(rest)
    call(b)
    give(rest)
    assert [times(contact) for contact in contacts] == before


def test_an_open_before_the_winner_keeps_the_counters_right(groups):
    _, b, rest, _ = groups
    contact = make_contact(rest)
    record([make_hit(contact)])
    call(b)
    give(rest)
    assert times(contact) == (NOW, NOW)
    assert not audit.find_differences()


def test_a_contact_added_to_a_rest_with_a_winner_is_due_as_scheduled(groups):
    a, b, rest, _ = groups
    make_contact(rest)
    call(b)
    rest = give(rest)
    later = NOW + HOUR
    row = {"campaign": rest.campaign_id, "group": rest.id, "scheduled_at": later + HOUR}
    [result] = create_contacts(contacts=[row], now=later, pixels_per_contact=1)
    assert Contact.objects.get(uuid=result.uuid).due_at == later + HOUR
    moved = make_contact(a, scheduled_at=later + HOUR)
    change_contact(contact_id=moved.uuid, changes={"group": rest}, now=later)
    assert times(moved) == (later + HOUR, later + HOUR)
    assert not audit.find_differences()


# --- In chunks ----------------------------------------------------------------------------------


@pytest.fixture
def large(groups, monkeypatch):
    """A rest of five contacts in chunks of two; three of them were created at one moment."""
    monkeypatch.setattr(winner, "CHUNK", 2)
    _, b, rest, _ = groups
    call(b)
    moments = [BEFORE - HOUR * n for n in (1, 1, 1, 2, 3)]
    return rest, [make_contact(rest, created_at=moment) for moment in moments]


def due_of(contacts):
    return sum(times(contact)[1] is not None for contact in contacts)


def test_a_large_rest_is_made_due_in_steps_and_given_at_the_end(large):
    rest, contacts = large
    winner.choose_winner(rest_id=rest.id, now=NOW)
    assert not winner.schedule_rest(rest_id=rest.id, now=NOW, chunks=1)
    half_done = Group.objects.get(id=rest.id)
    assert (due_of(contacts), half_done.is_mailed, half_done.is_being_given) == (2, False, True)
    assert not audit.find_differences()
    later = NOW + HOUR
    winner.schedule_interrupted(now=later)
    given = Group.objects.get(id=rest.id)
    assert (due_of(contacts), given.is_being_given, given.winner_given_at) == (5, False, later)
    # As of the choice, whenever it was carried out.
    assert {times(contact) for contact in contacts} == {(NOW, NOW)}
    assert not audit.find_differences()


def test_giving_again_continues_what_was_interrupted(large):
    rest, contacts = large
    winner.choose_winner(rest_id=rest.id, now=NOW)
    winner.schedule_rest(rest_id=rest.id, now=NOW, chunks=1)
    give(rest, now=NOW + HOUR)
    assert {times(contact) for contact in contacts} == {(NOW, NOW)}


def test_schedules_can_not_change_while_due_times_are_computed_from_them(large):
    rest, contacts = large
    winner.choose_winner(rest_id=rest.id, now=NOW)
    winner.schedule_rest(rest_id=rest.id, now=NOW, chunks=1)
    change = {"contact_id": contacts[0].uuid, "changes": {"scheduled_at": None}, "now": NOW}
    assert refused(change_contact, **change) == (["scheduled_at"], "being_given")
    again = {"group_id": rest.id, "shift": HOUR, "now": NOW}
    assert refused(reschedule_group, **again) == (["scheduled_at"], "being_given")
    winner.schedule_interrupted(now=NOW)
    assert reschedule_group(**again | {"now": NOW - HOUR}).rescheduled == 5


def test_a_contact_added_meanwhile_becomes_due_too(large):
    rest, contacts = large
    winner.choose_winner(rest_id=rest.id, now=NOW)
    winner.schedule_rest(rest_id=rest.id, now=NOW, chunks=2)
    earlier = make_contact(rest, created_at=BEFORE - 9 * HOUR)
    later = make_contact(rest, created_at=NOW + HOUR)
    winner.schedule_interrupted(now=NOW + HOUR)
    assert due_of([*contacts, earlier, later]) == 7
    # No contact is due before it was created.
    assert (times(earlier)[1], times(later)[1]) == (NOW, NOW + HOUR)


def test_a_contact_that_sorts_before_those_made_due_is_found_at_the_end(large, monkeypatch):
    """Contacts are as old as the call that creates them, whenever they are stored."""
    rest, contacts = large
    make_due, late = winner._make_due, []

    def while_another_is_stored(*arguments):
        make_due(*arguments)
        if not late:
            late.append(make_contact(rest, created_at=BEFORE - 9 * HOUR))

    monkeypatch.setattr(winner, "_make_due", while_another_is_stored)
    give(rest)
    assert due_of([*contacts, *late]) == 6


def test_a_choice_that_was_not_stored_is_not_carried_out(groups):
    _, b, rest, _ = groups
    contact = make_contact(rest)
    call(b)
    winner.schedule_interrupted(now=NOW)
    assert winner.schedule_rest(rest_id=rest.id, now=NOW)
    assert times(contact) == (START, None)


def test_no_mark_is_undone_while_the_winner_is_given_so_that_no_contact_is_moved_twice(
    campaign, groups, monkeypatch
):
    monkeypatch.setattr(winner, "CHUNK", 1)
    _, b, rest, _ = groups
    marked = make_contact(
        rest, scheduled_at=START, not_sent_at=BEFORE, not_sent_reason=NotSentReason.BOUNCED
    )
    make_contact(rest, scheduled_at=START + HOUR)
    call(b)
    winner.choose_winner(rest_id=rest.id, now=NOW)
    winner.schedule_rest(rest_id=rest.id, now=NOW, chunks=1)
    undo = {"campaign_id": campaign.id, "contact_ids": [marked.uuid], "reason": None, "undo": True}
    assert refused(mark_not_sent, **undo, now=NOW) == (["undo"], "being_given")
    assert winner.schedule_rest(rest_id=rest.id, now=NOW)
    assert times(marked) == (NOW, NOW)
    assert mark_not_sent(**undo, now=NOW).marked == 1
    assert times(marked)[0] == NOW
    assert not audit.find_differences()
