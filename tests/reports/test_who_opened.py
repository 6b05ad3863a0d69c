"""The numbers of who opened and who did not agree with the lists and the report."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from campaigns.models import Contact, NotSentReason
from contacts.change import change_contact, erase_contact
from contacts.measured.decided import follow_decisions
from contacts.not_sent import mark_not_sent
from contacts.opened.resent import mark_resent
from contacts.schedules.reschedule import reschedule_group
from contacts.trial import make_test
from foundation.errors import InvalidInput
from reports.who_opened import who_opened
from tests.consent.deciding import agree, withdraw
from tests.reporting import campaign_report
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_campaign,
    make_contact,
    make_hit,
)
from tracking.counting.record import record
from tracking.opened import Opened, facts_of, those_opened
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
AGENTS = (APPLE_PRIVACY, GMAIL, THUNDERBIRD)
EVENTS = ("opened", "opened", "marked", "unmarked", "erased", "resent", "rescheduled")
DECISIONS = ("agreed", "withdrew", "withdrew")


def listed(contacts, now):
    return {opened: len(those_opened(contacts, opened, now=now)) for opened in Opened}


def of_report(campaign, now):
    return campaign_report(campaign_id=campaign.id, now=now).totals


def happen_to(contact, event, now, source):
    ids = {"campaign_id": contact.campaign_id, "contact_ids": [contact.uuid]}
    match event:
        case "opened":
            record([make_hit(contact, after=now - START, agent=source.choice(AGENTS))])
        case "marked":
            mark_not_sent(**ids, reason=NotSentReason.BOUNCED, now=now)
        case "unmarked":
            mark_not_sent(**ids, reason=None, now=now, undo=True)
        case "agreed":
            agree(contact, now=now, proof="form 7")
        case "withdrew":
            withdraw(contact, now=now)
        case "erased":
            erase_contact(contact_id=contact.uuid, now=now)
        case "resent":
            mark_resent(**ids, now=now)
        case "rescheduled":
            changes = {"scheduled_at": now + HOUR}
            change_contact(contact_id=contact.uuid, changes=changes, now=now)


def live_through(campaign, source, events=EVENTS):
    """Contacts of all kinds, and everything that may happen to them, in any order."""
    groups = list(campaign.groups.order_by("number"))
    contacts = [
        make_contact(
            source.choice(groups),
            scheduled_at=source.choice([None, START, START + source.random() * 8 * HOUR]),
        )
        for _ in range(25)
    ]
    make_test(campaign_id=campaign.id, group_id=groups[0].id, label="", now=START)
    for _ in range(60):
        now, one = START + source.random() * 6 * HOUR, source.choice(contacts)
        try:
            happen_to(one, source.choice(events), now, source)
        except InvalidInput:
            # Its schedule is frozen, or it is erased.
            continue
    reschedule_group(group_id=groups[1].id, shift=HOUR, now=START + 2 * HOUR)


@pytest.mark.parametrize("seed", range(8))
def test_the_three_numbers_add_up_to_those_sent_whatever_happened(seed):
    campaign = make_campaign()
    live_through(campaign, random.Random(seed))
    contacts = facts_of(Contact.objects.filter(campaign=campaign))
    groups = [group.id for group in campaign.groups.all()]
    seen = Counter()
    for hours in (-1, 0, 1, 3.3, 5, 9, 24 * 40):
        now = START + hours * HOUR
        who, totals = who_opened(groups, now=now), of_report(campaign, now)
        assert who.by == listed(contacts, now)
        assert sum(who.by.values()) == totals.sent
        assert who.by[Opened.PERSON] == totals.first_counted
        assert who.by[Opened.PERSON] + who.by[Opened.MACHINE] == totals.first_of_any_kind
        assert who.unknown == totals.contacts - totals.sent
        seen.update({name: number > 0 for name, number in who.by.items()}, unknown=who.unknown > 0)
    assert min(seen.values()) > 0


@pytest.mark.parametrize("seed", range(5))
def test_lists_and_numbers_agree_on_whom_nobody_knows_whatever_was_decided(seed):
    campaign = make_campaign()
    live_through(campaign, random.Random(seed), [*EVENTS, *DECISIONS])
    follow_decisions(now=START + 9 * HOUR)
    contacts = facts_of(Contact.objects.filter(campaign=campaign))
    groups = [group.id for group in campaign.groups.all()]
    for hours in (9, 24 * 40):
        now = START + hours * HOUR
        who, totals = who_opened(groups, now=now), of_report(campaign, now)
        assert who.by == listed(contacts, now)
        assert sum(who.by.values()) + who.unmeasured == totals.sent
        assert who.by[Opened.PERSON] == totals.first_counted
        assert totals.mailed.least_of_all <= totals.mailed.most_of_all <= 1
        assert who.unmeasured > 0
    assert list(audit.find_differences().lines()) == []


def test_each_group_has_its_own_numbers():
    campaign = make_campaign()
    first, second = campaign.groups.order_by("number")
    record([make_hit(make_contact(first))])
    make_contact(second)
    make_contact(second, scheduled_at=None)
    one, other = (who_opened([group.id], now=START + HOUR) for group in (first, second))
    assert (one.by[Opened.PERSON], one.by[Opened.NO], one.unknown) == (1, 0, 0)
    assert (other.by[Opened.PERSON], other.by[Opened.NO], other.unknown) == (0, 1, 1)


def test_a_campaign_without_groups_has_no_contacts(django_assert_num_queries):
    with django_assert_num_queries(0):
        who = who_opened([], now=START)
    assert set(who.by.values()) == {who.unknown} == {0}


def test_the_numbers_take_one_query(django_assert_num_queries):
    group = make_campaign().groups.first()
    for _ in range(3):
        make_contact(group)
    with django_assert_num_queries(1):
        who_opened([group.id], now=START)
