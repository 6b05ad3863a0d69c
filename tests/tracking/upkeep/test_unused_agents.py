"""User agents that no open has any more go, and none that one has."""

from datetime import timedelta

import pytest

from contacts.person.forgetting import forget_contacts
from tests.consent.deciding import withdraw
from tests.tracking.factories import GMAIL, START, make_campaign, make_contact, make_hit
from tracking.counting import record as recording
from tracking.counting import user_agents
from tracking.counting.record import record
from tracking.models import Open, UserAgent
from tracking.upkeep.unused_agents import remove_unused_agents

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = START + DAY
OWN = "Quaint/7.5 (of one person)"


@pytest.fixture
def ann():
    return make_contact(make_campaign().groups.get(number=1), email="ann@example.com")


@pytest.fixture
def bob(ann):
    return make_contact(ann.group, email="bob@example.com")


def agents():
    return set(UserAgent.objects.values_list("value", flat=True))


def sweep(*days):
    return [remove_unused_agents(now=NOW + day * DAY) for day in days]


def test_what_only_a_forgotten_person_had_goes_within_two_days(ann, bob):
    record([make_hit(ann, agent=OWN), make_hit(ann, agent=GMAIL), make_hit(bob, agent=GMAIL)])
    forget_contacts(contact_ids=[ann.uuid], now=NOW)
    assert sweep(0) == [0]
    assert agents() == {OWN, GMAIL}
    assert sweep(1.1) == [1]
    assert agents() == {GMAIL}


def test_so_does_what_was_stored_of_who_withdrew_meanwhile(ann, monkeypatch):
    resolve = user_agents.resolve

    def resolve_and_withdraw(values, **options):
        found = resolve(values, **options)
        withdraw(ann, now=START)
        return found

    monkeypatch.setattr(recording.user_agents, "resolve", resolve_and_withdraw)
    assert record([make_hit(ann, agent=OWN)]).recorded == 0
    assert agents() == {OWN}
    assert sweep(0, 1.1) == [0, 1]
    assert agents() == set()


def test_opens_are_looked_through_once_a_day(ann, django_assert_num_queries):
    sweep(0)
    with django_assert_num_queries(1):
        assert sweep(0.9) == [0]


def test_one_that_comes_again_stays(ann, bob):
    record([make_hit(ann, agent=OWN)])
    forget_contacts(contact_ids=[ann.uuid], now=NOW)
    sweep(0)
    record([make_hit(bob, agent=OWN)])
    assert sweep(1.1, 2.2, 3.3) == [0, 0, 0]
    assert agents() == {OWN}


def test_one_whose_open_is_stored_while_it_is_looked_for_stays(ann):
    """The string is stored before the ingest lock is taken, its open under it."""
    ids = user_agents.resolve([OWN], to_store=set)
    sweep(0)
    record([make_hit(ann, agent=OWN)])
    assert Open.objects.get().user_agent_id == ids[OWN]
    assert sweep(1.1) == [0]
    assert agents() == {OWN}


def test_one_that_was_removed_just_now_is_stored_anew(ann, bob):
    record([make_hit(ann, agent=OWN)])
    forget_contacts(contact_ids=[ann.uuid], now=NOW)
    sweep(0, 1.1)
    record([make_hit(bob, agent=OWN)])
    stored = UserAgent.objects.get(value=OWN)
    assert Open.objects.get().user_agent_id == stored.id
