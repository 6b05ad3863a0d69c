"""Contacts know when their person withdrew, opened or not, and counters hold the same."""

import random
from datetime import timedelta

import pytest

from campaigns import services
from campaigns.models import NotSentReason
from contacts.change import change_contact, erase_contact
from contacts.measured.changed_modes import follow_modes
from contacts.measured.decided import follow_decisions
from contacts.not_sent import mark_not_sent
from contacts.opened.resent import mark_resent
from contacts.person.forgetting import forget_contacts
from tests.consent.deciding import agree, withdraw
from tests.contacts.measured.measuring import followed
from tests.reporting import campaign_report
from tests.tracking.factories import START, make_contact, make_hit
from tracking.counting import fold
from tracking.counting.campaign_slots import fix_due_campaigns
from tracking.counting.record import record
from tracking.models import LeftByAge
from tracking.upkeep import audit
from tracking.upkeep.prune import prune_opens
from tracking.upkeep.reclassify import reclassify_opens

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = START + DAY


@pytest.fixture
def ann(group):
    return make_contact(group, email="ann@example.com")


def left():
    rows = LeftByAge.objects.filter(contacts__gt=0)
    return {(row.age_bin, row.reason): row.contacts for row in rows}


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("fixed_first", [True, False])
def test_a_withdrawal_counts_by_its_age_whether_opened_or_not(ann, opened, fixed_first):
    if fixed_first:
        fix_due_campaigns(now=START + HOUR)
    if opened:
        record([make_hit(ann, after=MINUTE)])
    withdraw(ann, now=START + 7 * MINUTE)
    followed(ann, now=START + HOUR)
    fix_due_campaigns(now=START + HOUR)
    assert left() == {(1, fold.CONSENT): 1}
    assert ann.withdrew_in == 1


def test_a_yes_after_it_takes_nothing_back(ann):
    withdraw(ann, now=START + 7 * MINUTE)
    followed(ann, now=START + HOUR)
    agree(ann, now=START + 2 * HOUR, proof="form 7")
    followed(ann, now=LATER)
    assert ann.withdrew_in == 1


def test_a_change_of_modes_is_no_withdrawal(ann, campaign):
    fix_due_campaigns(now=START + HOUR)
    services.update_campaign(
        campaign_id=campaign.id, changes={"tracking_mode": "off"}, now=START + HOUR
    )
    followed(ann, now=LATER)
    assert (ann.withdrew_in, left()) == (None, {})


def test_a_no_before_the_due_time_is_no_withdrawal_from_this_mail(ann):
    fix_due_campaigns(now=START + HOUR)
    withdraw(ann, now=START - DAY)
    followed(ann, now=LATER)
    assert (ann.withdrew_in, left()) == (None, {})


def test_erasing_leaves_the_count_and_forgetting_takes_it(ann, group):
    bob = make_contact(group, email="bob@example.com")
    fix_due_campaigns(now=START + HOUR)
    for contact in (ann, bob):
        withdraw(contact, now=START + 7 * MINUTE)
    followed(ann, bob, now=START + HOUR)
    erase_contact(contact_id=ann.pk, now=LATER)
    assert left() == {(1, fold.CONSENT): 2}
    forget_contacts(contact_ids=[ann.pk, bob.pk], now=LATER)
    followed(ann, bob, now=LATER)
    assert (left(), ann.withdrew_in, bob.withdrew_in) == ({}, None, None)


def test_a_withdrawal_moves_no_rate_and_no_floor_above_a_ceiling(ann, group, campaign):
    others = [make_contact(group, email=f"{n}@example.com") for n in range(3)]
    record([make_hit(contact, after=MINUTE) for contact in (ann, others[0])])
    fix_due_campaigns(now=START + HOUR)

    def mailed():
        return campaign_report(campaign_id=campaign.id, now=LATER).totals.mailed

    before = mailed()
    withdraw(ann, now=START + 7 * MINUTE), withdraw(others[1], now=START + 7 * MINUTE)
    followed(ann, *others, now=START + HOUR)
    after = mailed()
    assert (after.rate, after.rate_with_machine) == (before.rate, before.rate_with_machine)
    assert after.least_of_all == before.least_of_all <= after.most_of_all


@pytest.mark.parametrize("seed", range(4))
def test_after_any_steps_counters_hold_what_was_decided(campaign, seed):
    rng = random.Random(seed)
    groups = list(campaign.groups.all())
    contacts = [make_contact(rng.choice(groups), email=f"{n}@example.com") for n in range(8)]
    now, steps = START - HOUR, list(_STEPS)
    for _ in range(30):
        now += rng.choice([MINUTE, 20 * MINUTE, 2 * HOUR])
        _STEPS[rng.choice(steps)](rng.choice(contacts), now)
        follow_decisions(now=now)
        follow_modes(now=now)
        assert list(audit.find_differences().lines()) == []
    assert seed or LeftByAge.objects.filter(reason=fold.CONSENT).exists()


def _mark(contact, now, *, undo=False):
    mark_not_sent(
        campaign_id=contact.campaign_id,
        contact_ids=[contact.pk],
        reason=None if undo else NotSentReason.WITHDRAWN,
        now=now,
        undo=undo,
    )


def _move(contact, now):
    contact.refresh_from_db()
    if contact.erased_at is None:
        other = f"{now.timestamp()}@example.com"
        change_contact(contact_id=contact.pk, changes={"email": other}, now=now)


def _limit(contact, now):
    changes = {"tracking_mode": "off" if now.minute % 2 else None}
    services.update_campaign(campaign_id=contact.campaign_id, changes=changes, now=now)


def _withdraw(contact, now):
    contact.refresh_from_db()
    if contact.erased_at is None:
        withdraw(contact, now=now)


def _agree(contact, now):
    contact.refresh_from_db()
    if contact.erased_at is None:
        agree(contact, now=now, proof="form 7")


_STEPS = {
    "withdraw": _withdraw,
    "withdraws": _withdraw,
    "agree": _agree,
    "open": lambda contact, now: record([make_hit(contact, after=now - START)]),
    "mark": _mark,
    "undo": lambda contact, now: _mark(contact, now, undo=True),
    "mail again": lambda contact, now: mark_resent(
        campaign_id=contact.campaign_id, contact_ids=[contact.pk], now=now
    ),
    "move": _move,
    "limit": _limit,
    "fix": lambda contact, now: fix_due_campaigns(now=now),
    "reclassify": lambda contact, now: reclassify_opens(),
    "prune": lambda contact, now: prune_opens(now=now, keep_days=1),
    "erase": lambda contact, now: erase_contact(contact_id=contact.pk, now=now),
    "forget": lambda contact, now: forget_contacts(contact_ids=[contact.pk], now=now),
}
