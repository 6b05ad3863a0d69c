"""Giving the winner to the rest while others write, on the real database."""

import threading

import pytest
from django.db import connection

from campaigns.models import Contact, Group
from contacts import create
from contacts.create import create_contacts
from contacts.schedules import winner
from reports.verdict import storing
from reports.verdict.states import Decision, Figures, State, Stored
from tests.threads import run_together
from tests.tracking.factories import START, make_campaign, make_contact
from tests.winners import NOW, call, with_roles
from tracking.models import CampaignSlots, VerdictDecision
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def groups():
    return with_roles(make_campaign(groups=4))


@pytest.fixture(autouse=True)
def _two_writers(vendor):
    if vendor == "sqlite":
        pytest.skip("SQLite's write lock keeps two writers apart")


def give(rest):
    winner.choose_winner(rest_id=rest.id, now=NOW)
    assert winner.schedule_rest(rest_id=rest.id, now=NOW)


def test_a_contact_created_while_the_winner_is_given_is_due(groups, monkeypatch):
    """The creation has read the rest as waiting, and finds the winner once it has the lock."""
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    read, given = create._Stored.read.__func__, []

    def read_and_let_give(cls, candidates):
        stored = read(cls, candidates)
        if not given:
            given.append(run_together(lambda: give(rest)))
        return stored

    monkeypatch.setattr(create._Stored, "read", classmethod(read_and_let_give))
    row = {"campaign": rest.campaign_id, "group": rest.id, "scheduled_at": START}
    [result] = create_contacts(contacts=[row], now=NOW, pixels_per_contact=1)
    assert (given, result.errors) == ([[]], {})
    assert Contact.objects.get(uuid=result.uuid).due_at == NOW
    assert not audit.find_differences()


def test_two_who_give_the_winner_at_once_get_the_same_answer(groups):
    _, b, rest, _ = groups
    contacts = [make_contact(rest) for _ in range(20)]
    call(b)
    assert run_together(lambda: give(rest), lambda: give(rest)) == []
    assert set(Contact.objects.filter(group=rest).values_list("due_at", flat=True)) == {NOW}
    assert Group.objects.get(id=rest.id).winner_given_at == NOW
    assert len(contacts) == 20
    assert not audit.find_differences()


def test_a_decision_comes_before_the_choice_or_after_it(groups, monkeypatch):
    """The sweep can store none between looking for one and choosing."""
    _, b, rest, _ = groups
    make_contact(rest)
    call(b)
    CampaignSlots.objects.create(
        campaign_id=rest.campaign_id, first_due=0, width=15, cut_off=0, groups=2, fixed_at=NOW
    )
    before = storing.stored.read(rest.campaign_id)
    decision = Decision(0, State.DECIDED_OPEN, None, Figures(None, {}), (), "Decided.")
    new = Stored(before.call, decision)

    def store():
        try:
            storing._store(rest.campaign_id, new, before=before, look=storing._Look(NOW, 1, None))
        finally:
            connection.close()

    sweep, real, stored_between = threading.Thread(target=store), winner.found, []

    def found(campaign_id):
        known = real(campaign_id)
        sweep.start()
        sweep.join(timeout=1)
        stored_between.append(not sweep.is_alive())
        return known

    monkeypatch.setattr(winner, "found", found)
    winner.choose_winner(rest_id=rest.id, now=NOW)
    sweep.join()
    assert stored_between == [False]
    assert VerdictDecision.objects.count() == 1
    assert Group.objects.get(id=rest.id).winner_is_preliminary
