"""The mails sent up to a moment, from whole days and the minutes of today."""

from datetime import timedelta

import pytest

from reports.overview import read_system
from reports.sent import read_sent
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
# START is at nine in the morning (UTC).
MIDNIGHT = START - timedelta(hours=9)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
SCHEDULES = (
    None,
    MIDNIGHT - DAY,
    MIDNIGHT - SECOND,
    MIDNIGHT,
    START,
    START + 30 * SECOND,
    START + MINUTE,
    MIDNIGHT + DAY - SECOND,
    MIDNIGHT + DAY,
    MIDNIGHT + 9 * DAY,
)
MOMENTS = (
    MIDNIGHT - 2 * DAY,
    MIDNIGHT - SECOND,
    MIDNIGHT,
    START,
    START + 59 * SECOND,
    START + MINUTE,
    MIDNIGHT + DAY - SECOND,
    MIDNIGHT + DAY,
    MIDNIGHT + 20 * DAY,
)


@pytest.fixture
def groups():
    """Two groups with a contact of each schedule, opened and not, and one marked not sent."""
    groups = list(make_campaign().groups.order_by("number"))
    for group in groups:
        for scheduled_at in SCHEDULES:
            make_contact(group, scheduled_at=scheduled_at)
            record([make_hit(make_contact(group, scheduled_at=scheduled_at))])
            make_contact(
                group, scheduled_at=scheduled_at, not_sent_at=START, not_sent_reason="bounced"
            )
    make_contact(groups[1], scheduled_at=START)
    return groups


def sent_by(moment, *, extra):
    """(contacts, sent to) of a group, counted one by one."""
    minute = moment.replace(second=0)
    due = [at for at in SCHEDULES if at and at.replace(second=0) <= minute]
    contacts = 2 * len(SCHEDULES) + extra
    return contacts, len(due) + len(SCHEDULES) + (extra if minute >= START else 0)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_sum_of_days_and_todays_minutes_is_the_sum_of_all(groups, moment):
    expected = {group.id: sent_by(moment, extra=n) for n, group in enumerate(groups)}
    ids = [group.id for group in groups]
    assert {row.group_id: row[1:3] for row in read_sent(ids, now=moment)} == expected
    reach = read_system(now=moment).reach
    totals = tuple(map(sum, zip(*expected.values(), strict=True)))
    assert (reach.contacts, reach.sent) == totals


def test_contacts_that_are_never_due_are_counted(groups):
    erased = make_contact(groups[1], scheduled_at=START, erased_at=START - MINUTE)
    make_contact(groups[1], scheduled_at=START, erased_at=START)
    record([make_hit(erased)])
    # Of those without a schedule one was opened, one not, and one is marked not sent.
    told = {row.group_id: row.never_due for row in read_sent([g.id for g in groups], now=START)}
    assert told == {groups[0].id: 2, groups[1].id: 3}


def test_it_takes_one_query(groups, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(read_sent([group.id for group in groups], now=START))
