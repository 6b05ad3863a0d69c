"""Whether a contact was opened by a person, by machines only, or not."""

from datetime import timedelta
from uuid import uuid4

import pytest

from campaigns.models import Contact
from campaigns.modes import Measured
from tests.consent.deciding import withdraw
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record
from tracking.hits.classify import Kind
from tracking.opened import ContactFacts, Opened, facts_of, opened_of, those_opened

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PERSON, MACHINE, NO = Opened.PERSON, Opened.MACHINE, Opened.NO
MARKED = {"not_sent_at": START}
LATER = {"due_at": START + HOUR}


@pytest.mark.parametrize(
    ("contact", "best_kind", "opened"),
    [
        ({}, None, NO),
        ({}, Kind.MACHINE, MACHINE),
        ({}, Kind.PROXIED, PERSON),
        ({}, Kind.HUMAN, PERSON),
        (LATER, None, None),
        (LATER, Kind.HUMAN, PERSON),
        (LATER, Kind.MACHINE, MACHINE),
        ({"due_at": None}, None, None),
        ({"due_at": None}, Kind.HUMAN, PERSON),
        (MARKED, None, None),
        (MARKED, Kind.HUMAN, None),
        (MARKED, Kind.MACHINE, None),
        ({"erased_at": START - MINUTE}, None, None),
        ({"erased_at": START - MINUTE}, Kind.HUMAN, PERSON),
        ({"erased_at": START}, None, NO),
        ({"erased_at": START + MINUTE}, None, NO),
        # A minute is over or has not begun, as for counters.
        ({"due_at": START + timedelta(seconds=59)}, None, NO),
        ({"due_at": START + MINUTE}, None, None),
        ({"measured": Measured.NO}, None, None),
        ({"measured": Measured.LAPSED}, None, None),
        ({"measured": Measured.LAPSED}, Kind.HUMAN, PERSON),
        ({"measured": Measured.NO}, Kind.MACHINE, MACHINE),
    ],
)
def test_a_contact_is_one_of_the_three_or_unknown(contact, best_kind, opened):
    facts = ContactFacts(uuid4(), START, START, None, None)._replace(**contact)
    assert opened_of(facts, best_kind, now=START) is opened


@pytest.mark.django_db
def test_the_contacts_found_keep_their_order():
    group = make_campaign().groups.first()
    contacts = [make_contact(group) for _ in range(5)]
    record(
        [
            make_hit(contacts[1], agent=APPLE_PRIVACY),
            make_hit(contacts[3], agent=GMAIL),
            make_hit(contacts[3], agent=APPLE_PRIVACY),
        ]
    )

    known = sorted(facts_of(Contact.objects.all()), key=lambda facts: facts.created_at)

    def found(opened):
        return [known.index(one) for one in those_opened(known, opened, now=START)]

    assert {o: found(o) for o in Opened} == {PERSON: [3], MACHINE: [1], NO: [0, 2, 4]}
    assert those_opened([], NO, now=START) == []


@pytest.mark.django_db
def test_who_withdrew_just_now_is_not_named_as_not_opened():
    group = make_campaign().groups.first()
    contacts = [make_contact(group, email=f"n{n}@example.com") for n in range(4)]
    record([make_hit(contacts[1])])
    for contact in contacts[1:3]:
        withdraw(contact, now=START + HOUR)
    known = sorted(facts_of(Contact.objects.all()), key=lambda facts: facts.created_at)
    for opened, found in ((NO, [0, 3]), (PERSON, [1])):
        some = those_opened(known, opened, now=START + 2 * HOUR)
        assert [known.index(one) for one in some] == found
