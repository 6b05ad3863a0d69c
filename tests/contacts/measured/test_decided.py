"""Contacts follow decisions, each once, and whoever fell due meanwhile gets what held then."""

from datetime import timedelta

import pytest

from campaigns.modes import Measured
from contacts.measured import decided
from contacts.measured.decided import follow_decisions, take_step
from tests.consent.deciding import agree, withdraw
from tests.contacts.measured.measuring import followed, measured
from tests.tracking.factories import START, make_campaign, make_contact
from tracking.models import GroupVersion, IngestLock

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO, YES, LAPSED = Measured.NO, Measured.YES, Measured.LAPSED
BEFORE, LATER = START - DAY, START + DAY


def test_a_no_takes_those_out_who_are_not_due_yet(group):
    due = make_contact(group, email="ann@example.com")
    later = make_contact(
        make_campaign("Summer").groups.first(), email="ann@example.com", scheduled_at=LATER
    )
    other = make_contact(group, email="bob@example.com")
    withdraw(due, now=START + HOUR)
    assert measured(due, later, other) == [YES, YES, YES]
    assert followed(due, later, other, now=START + HOUR) == [LAPSED, NO, YES]


def test_a_yes_measures_from_the_next_mail_on(group, settings):
    settings.NEVER_ASKED = "off"
    due = make_contact(group, email="ann@example.com")
    later = make_contact(
        make_campaign("Summer").groups.first(), email="ann@example.com", scheduled_at=LATER
    )
    agree(due, now=START + HOUR)
    assert followed(due, later, now=START + HOUR) == [NO, YES]


def test_contacts_without_an_address_follow_too(group):
    by_key, by_nothing = make_contact(group, external_id="crm-1"), make_contact(group)
    for contact in (by_key, by_nothing):
        withdraw(contact, now=BEFORE)
    assert followed(by_key, by_nothing, now=LATER) == [NO, NO]


@pytest.mark.parametrize(
    ("decisions", "now"),
    [
        ([(withdraw, -2, NO)], NO),
        ([(withdraw, 1, LAPSED)], LAPSED),
        ([(withdraw, -2, NO), (agree, -1, YES)], YES),
        ([(withdraw, -2, NO), (agree, 1, NO)], NO),
        ([(agree, -2, YES), (withdraw, 2, LAPSED)], LAPSED),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_when_contacts_follow_makes_no_difference(group, decisions, now, at_once):
    contact = make_contact(group, email="ann@example.com")
    for decide, hours, expected in decisions:
        moment = START + hours * HOUR
        decide(contact, now=moment, **({"proof": "form 7"} if decide is agree else {}))
        if at_once:
            assert followed(contact, now=max(moment, START)) == [expected]
    assert followed(contact, now=LATER) == [now]


def test_each_decision_is_looked_at_once(group):
    contact = make_contact(group, email="ann@example.com")
    assert not take_step(now=LATER)
    withdraw(contact, now=BEFORE)
    withdraw(make_contact(group, email="bob@example.com"), now=BEFORE)
    assert take_step(now=LATER)
    assert IngestLock.objects.get().decisions_followed == 2
    version = GroupVersion.objects.get(group_id=group.id).version
    assert not take_step(now=LATER)
    assert follow_decisions(now=LATER)
    assert GroupVersion.objects.get(group_id=group.id).version == version


def test_a_step_is_bounded_by_the_contacts_that_it_concerns(group, monkeypatch):
    monkeypatch.setattr(decided, "CHUNK", 3)
    campaigns = [make_campaign(f"Week {n}") for n in range(2)]
    people = [
        [make_contact(c.groups.first(), email=f"{name}@example.com") for c in campaigns]
        for name in ("ann", "bob", "zoe")
    ]
    for contacts in people:
        withdraw(contacts[0], now=BEFORE)
    for done in (1, 2, 3):
        assert take_step(now=LATER)
        states = [measured(*contacts) for contacts in people]
        assert states == [[NO, NO]] * done + [[YES, YES]] * (3 - done)
    assert not follow_decisions(now=LATER, steps=0)


def test_a_person_with_more_contacts_than_a_step_holds_is_followed_alone(group, monkeypatch):
    monkeypatch.setattr(decided, "CHUNK", 1)
    contacts = [
        make_contact(make_campaign(f"Week {n}").groups.first(), email="ann@example.com")
        for n in range(3)
    ]
    withdraw(contacts[0], now=BEFORE)
    assert followed(*contacts, now=LATER) == [NO, NO, NO]
