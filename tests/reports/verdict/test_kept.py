"""A verdict that is kept says what one that is read anew would."""

import re
from datetime import UTC, timedelta
from random import Random

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import NotSentReason
from contacts.change import erase_contact
from contacts.not_sent import mark_not_sent
from contacts.schedules.reschedule import reschedule_group
from foundation.timestamps import from_ms
from reports.report import report_subject, verdict_on
from reports.verdict.reading import follow, read_basis, read_counters
from tests.reports.verdict.campaigns import (
    DAY,
    DECIDED,
    HOUR,
    MINUTE,
    opened,
    pass_time,
    send,
    share,
)
from tests.tracking.factories import START
from tracking.counting import tables
from tracking.counting.fold import FIRST_BY_AGE, NO_SLOT, Deltas
from tracking.counting.record import note_complete

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups(campaign):
    return list(campaign.groups.order_by("number"))


def verdict_of(campaign, moment):
    """Without the rest of the report, which takes longer."""
    return verdict_on(report_subject(campaign.id), now=moment, zone=UTC)


def read_anew(campaign, moment):
    caches["reports"].clear()
    return verdict_of(campaign, moment)


def statements(campaign, moment):
    with CaptureQueriesContext(connection) as captured:
        verdict_of(campaign, moment)
    return [query["sql"] for query in captured.captured_queries]


def tables_read(campaign, moment):
    return " ".join(statements(campaign, moment))


def sent_and_opened(groups):
    first, second = (send(group, 400, over=3 * HOUR) for group in groups)
    opened(share(first, 0.2)), opened(share(second, 0.3))
    return [*first, *second]


# --- What is read -------------------------------------------------------------------------------


def test_ages_are_read_once_while_nothing_changes(campaign, groups):
    sent_and_opened(groups)
    pass_time(START + DAY)
    assert "firstopensbyage" in tables_read(campaign, START + DAY)
    assert "firstopensbyage" not in tables_read(campaign, START + DAY)


def test_an_open_is_followed_without_reading_them_again(campaign, groups):
    contacts = sent_and_opened(groups)
    pass_time(START + DAY)
    before = verdict_of(campaign, START + DAY)
    opened(contacts[1:100:2], after=HOUR)
    assert "firstopensbyage" not in tables_read(campaign, START + DAY)
    assert verdict_of(campaign, START + DAY) == read_anew(campaign, START + DAY) != before


def groups_read(sql):
    """Whose ages are read."""
    [statement] = [text for text in sql if "firstopensbyage" in text]
    return set(re.search(r"group_id. IN \(([\d, ]+)\)", statement)[1].split(", "))


def test_a_mark_has_those_of_its_group_alone_read_again(campaign, groups):
    contacts = sent_and_opened(groups)
    pass_time(START + DAY)
    everybody = {str(group.id) for group in groups}
    assert groups_read(statements(campaign, START + DAY)) == everybody
    mark_some(Random(1), campaign, groups, contacts[:400], START + DAY)
    assert groups_read(statements(campaign, START + DAY)) == {str(groups[0].id)}


def test_an_open_in_a_slot_that_was_not_kept_has_all_read_again(campaign, groups):
    sent_and_opened(groups)
    pass_time(START + DAY)
    verdict_of(campaign, START + DAY)
    moved = Deltas()
    moved.add([(FIRST_BY_AGE, (groups[0].id, NO_SLOT, 0), (1, 1, 0, 0))], +1)
    tables.move(moved)
    assert "firstopensbyage" in tables_read(campaign, START + DAY)
    assert verdict_of(campaign, START + DAY) == read_anew(campaign, START + DAY)


def test_opens_that_cannot_be_of_what_is_kept_have_all_read_again(campaign, groups):
    sent_and_opened(groups)
    pass_time(START + DAY)
    basis = read_basis(campaign, groups)
    counters = read_counters(basis, [groups[0].id])[groups[0].id]
    slot = int(counters.slots.numbers[0])
    assert follow(basis.decision_age, counters, {FIRST_BY_AGE: [[slot, 0, 1, 1, 0, 0]]})
    impossible = {FIRST_BY_AGE: [[slot, 0, 0, 0, 10**6, 0]]}
    assert follow(basis.decision_age, counters, impossible) is None


def test_without_counters_that_changed_time_reads_none_of_them(campaign, groups):
    sent_and_opened(groups)
    pass_time(START + DAY)
    verdict_of(campaign, START + DAY)
    note_complete(moment=START + 2 * DAY)
    assert "firstopensbyage" not in tables_read(campaign, START + 2 * DAY)


# --- What is said -------------------------------------------------------------------------------


def test_a_new_name_shows_at_once(campaign, groups):
    sent_and_opened(groups)
    pass_time(START + 2 * DAY, look=False)
    verdict_of(campaign, START + 2 * DAY)
    groups[1].name = "Renamed"
    groups[1].save()
    verdict = verdict_of(campaign, START + 2 * DAY)
    assert verdict.text.startswith("Renamed is ahead")


def test_who_looks_between_the_decision_and_its_counting_is_told_so(campaign, groups):
    sent_and_opened(groups)
    pass_time(START + DAY, look=False)
    decides_at = from_ms(verdict_of(campaign, START + DAY).decides_at)
    late = decides_at + HOUR
    assert verdict_of(campaign, late) == read_anew(campaign, late)
    assert verdict_of(campaign, late).text != verdict_of(campaign, START + DAY).text


def test_a_clock_that_was_ahead_is_not_believed_any_longer(campaign, groups):
    sent_and_opened(groups)
    pass_time(START + 2 * DAY, look=False)
    ahead = verdict_of(campaign, START + 2 * DAY)
    assert verdict_of(campaign, START + 2 * HOUR) != ahead


def test_the_decision_shows_once_it_is_stored(campaign, groups):
    sent_and_opened(groups)
    moment = DECIDED + 6 * HOUR
    pass_time(moment, look=False)
    assert verdict_of(campaign, moment).decision is None
    pass_time(moment)
    assert verdict_of(campaign, moment).decision is not None


# --- Whatever happens ---------------------------------------------------------------------------


def open_some(chance, campaign, groups, contacts, now):
    opened(chance.sample(contacts, 5), after=timedelta(minutes=chance.randrange(1, 5000)))


def mark_some(chance, campaign, groups, contacts, now):
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contact.uuid for contact in chance.sample(contacts, 3)],
        reason=chance.choice([NotSentReason.BOUNCED, NotSentReason.WITHDRAWN]),
        now=now,
    )


def send_more(chance, campaign, groups, contacts, now):
    contacts += send(chance.choice(groups), 5, at=now + HOUR)


def move_one_group(chance, campaign, groups, contacts, now):
    reschedule_group(group_id=chance.choice(groups).id, scheduled_at=now + HOUR, now=now)


def erase_one(chance, campaign, groups, contacts, now):
    erase_contact(contact_id=contacts.pop(chance.randrange(len(contacts))).uuid, now=now)


def rename_one(chance, campaign, groups, contacts, now):
    group = chance.choice(groups)
    group.name = f"Name {chance.randrange(1000)}"
    group.name_key = group.name.lower()
    group.save()


def count_until_now(chance, campaign, groups, contacts, now):
    note_complete(moment=now)


def look_and_store(chance, campaign, groups, contacts, now):
    pass_time(now)


def nothing(chance, campaign, groups, contacts, now):
    """Time passes, and somebody looks."""


STEPS = [
    open_some,
    mark_some,
    send_more,
    move_one_group,
    erase_one,
    rename_one,
    *[count_until_now] * 3,
    *[look_and_store] * 3,
    *[nothing] * 6,
]


@pytest.mark.parametrize("seed", range(4))
def test_a_kept_verdict_is_the_one_that_would_be_given_anew(campaign, groups, seed):
    chance, now = Random(seed), START + HOUR
    contacts = sent_and_opened(groups)
    keys = [f"verdict-{campaign.id}", *[f"counters-{group.id}" for group in groups]]
    pass_time(now)
    for _ in range(30):
        now += chance.choice([MINUTE, 10 * MINUTE, HOUR, 8 * HOUR])
        chance.choice(STEPS)(chance, campaign, groups, contacts, now)
        seen = verdict_of(campaign, now)
        kept = caches["reports"].get_many(keys)
        assert seen == read_anew(campaign, now)
        caches["reports"].set_many(kept)
