"""The verdict on real campaigns: schedules that differ or change never make it wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import F

from campaigns.models import Contact, NotSentReason
from contacts import change
from contacts.not_sent import mark_not_sent
from contacts.schedule import reschedule_group
from foundation.timestamps import to_ms
from reports.verdict import decide
from reports.verdict.comparable import AGE_BINS, GroupCounts
from reports.verdict.compare import GRACE_SECONDS
from reports.verdict.decide import State
from tests.reporting import campaign_report
from tests.tracking.factories import (
    APPLE_PRIVACY,
    START,
    make_contact,
    make_contacts,
    open_contacts,
)
from tracking.counting import facts
from tracking.counting.launch import launch_due_campaigns
from tracking.counting.record import note_complete
from tracking.counting.strata import STRATA, age_bin
from tracking.models import Open
from tracking.upkeep import audit

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SIZE = 200


def send(group, *, at=START, size=SIZE, over=timedelta(0)):
    """Contacts scheduled evenly over a span."""
    return make_contacts(group, [at + over * n / size for n in range(size)])


def report_at(campaign, moment, *, complete=True):
    if complete:
        note_complete(moment=moment)
    return campaign_report(campaign_id=campaign.id, now=moment)


def from_raw_rows(campaign, now):
    """The verdict on what contacts and opens say, whatever the counters hold."""
    counts = [_raw_counts(group, to_ms(now)) for group in campaign.groups.order_by("number")]
    return decide.verdict(counts, now=to_ms(now), grace_seconds=GRACE_SECONDS)


def _raw_counts(group, now):
    table = {name: [[0] * AGE_BINS for _ in range(STRATA)] for name in ("counted", "with_machine")}
    sent, pending, latest = [0] * STRATA, [0] * STRATA, [None] * STRATA
    contacts = Contact.objects.filter(group=group, not_sent_at=None, scheduled_at__isnull=False)
    contacts = contacts.exclude(erased_at__lt=F("scheduled_at"))
    found = facts.contacts(contacts.values_list("uuid", flat=True))
    moments = []
    for contact in contacts:
        stratum = found[contact.uuid].stratum
        minute = to_ms(contact.scheduled_at) // 60_000 * 60_000
        end = minute + 60_000
        moments.append(end)
        (sent if minute <= now else pending)[stratum] += 1
        latest[stratum] = max(end, latest[stratum] or 0)
        hits = Open.objects.filter(contact_id=contact.uuid).order_by("opened_at")
        for name, some in (("with_machine", hits), ("counted", hits.filter(kind__gt=0))):
            if first := some.first():
                age = age_bin(to_ms(first.opened_at) - to_ms(contact.scheduled_at))
                table[name][stratum][age] += 1
    return GroupCounts(
        id=group.id,
        name=group.name,
        planned_share=None,
        sent=sent,
        pending=pending,
        max_sent_at=latest,
        median_sent_at=sorted(moments)[(len(moments) - 1) // 2],
        **table,
    )


def test_a_clear_difference_is_called(campaign):
    a, b = campaign.groups.order_by("number")
    first, second = send(a), send(b)
    launch_due_campaigns(now=START)
    open_contacts(first[:30], after=HOUR)
    open_contacts(second[:90], after=HOUR)
    report = report_at(campaign, START + 5 * HOUR)
    assert report.verdict == from_raw_rows(campaign, START + 5 * HOUR)
    assert (report.verdict.state, report.verdict.leader) == (State.LIKELY_BETTER, b.id)
    assert "45.0% against 15.0% opened within 4 h of sending" in report.verdict.text
    assert report.verdict.ranges[b.id].opened == report.groups[1].figures.unique_opens == 90
    assert report.verdict.warnings == ()


def sent_an_hour_later(a, b):
    first, second = send(a), send(b, at=START + HOUR)
    return first, second, START + 2 * HOUR


def sent_over_a_day(a, b):
    over = timedelta(hours=24)
    first, second = send(a, over=over), send(b, over=over)
    return first, second, START + 12 * HOUR


def some_not_sent(a, b):
    first, second = send(a, size=SIZE + 25), send(b)
    mark_not_sent(
        campaign_id=a.campaign_id,
        contact_ids=[contact.uuid for contact in first[SIZE:]],
        reason=NotSentReason.BOUNCED,
        now=START,
    )
    return first[:SIZE], second, START + 5 * HOUR


def rescheduled_before_the_launch(a, b):
    first, second = send(a), send(b, at=START + 8 * HOUR)
    reschedule_group(group_id=b.id, scheduled_at=START, now=START)
    return first, _again(second), START + 5 * HOUR


def rescheduled_after_the_launch(a, b):
    first, second = send(a), send(b, at=START + HOUR, over=HOUR)
    launch_due_campaigns(now=START)
    reschedule_group(group_id=b.id, shift=-HOUR, now=START)
    return first, _again(second), START + 5 * HOUR


def added_after_the_launch(a, b):
    first, second = send(a), send(b)
    launch_due_campaigns(now=START)
    first += send(a, at=START + HOUR, size=20)
    second += send(b, at=START + HOUR, size=20)
    return first, second, START + 6 * HOUR


def some_moved_to_the_other_group(a, b):
    first, second = send(a, size=SIZE + 10), send(b, size=SIZE - 10)
    launch_due_campaigns(now=START)
    moved, first = first[SIZE:], first[:SIZE]
    for contact in moved:
        change.change_contact(contact_id=contact.uuid, changes={"group": b}, now=START)
    return first, second + moved, START + 5 * HOUR


def some_erased(a, b):
    first, second = send(a), send(b, at=START + HOUR)
    launch_due_campaigns(now=START)
    # One after it was sent to, one before.
    for contact in (first[-1], second[-1]):
        change.erase_contact(contact_id=contact.uuid, now=START + 30 * MINUTE)
    return first, second[:-1], START + 6 * HOUR


def _again(contacts):
    stored = Contact.objects.in_bulk([contact.uuid for contact in contacts])
    for contact in contacts:
        contact.scheduled_at = stored[contact.uuid].scheduled_at
    return contacts


SCHEDULES = [
    sent_an_hour_later,
    sent_over_a_day,
    some_not_sent,
    rescheduled_before_the_launch,
    rescheduled_after_the_launch,
    added_after_the_launch,
    some_moved_to_the_other_group,
    some_erased,
]


@pytest.mark.parametrize("make", SCHEDULES)
def test_whatever_the_schedule_equal_groups_are_never_called_different(campaign, make):
    """Both groups open alike, by age; of those not due yet nobody does."""
    first, second, now = make(*campaign.groups.order_by("number"))
    launch_due_campaigns(now=START)
    for contacts in (first, second):
        for after, share in ((2 * MINUTE, 9), (20 * MINUTE, 7), (50 * MINUTE, 5)):
            due = [c for c in contacts[::share] if c.scheduled_at + after < now]
            open_contacts(due, after=after)
            open_contacts(due[::3], after=after, agent=APPLE_PRIVACY)
    report = report_at(campaign, now)
    assert replace(report.verdict, warnings=()) == from_raw_rows(campaign, now)
    assert report.verdict.state in (State.TOO_EARLY, State.NO_DIFFERENCE_WORTH_ACTING_ON)
    assert not audit.find_differences()
    figures = [part.figures for part in report.groups]
    due = [[c for c in contacts if c.scheduled_at <= now] for contacts in (first, second)]
    assert [own.sent for own in figures] == [len(contacts) for contacts in due]
    for own, contacts in zip(figures, due, strict=True):
        opened = Open.objects.filter(contact_id__in=[c.uuid for c in contacts], kind__gt=0)
        unique = opened.values("contact_id").distinct().count()
        assert own.open_rate == pytest.approx(unique / len(contacts), abs=1e-9)


def test_a_group_sent_later_waits_until_its_age_is_reached(campaign):
    a, b = campaign.groups.order_by("number")
    first = send(a)
    send(b, at=START + 3 * HOUR)
    launch_due_campaigns(now=START)
    open_contacts(first[:75], after=HOUR)
    verdict = report_at(campaign, START + 2 * HOUR).verdict
    assert (verdict.state, verdict.age_minutes) == (State.TOO_EARLY, None)
    assert "more than 2 hours apart" in verdict.warnings[0]


def test_what_was_not_counted_yet_is_not_compared(campaign):
    """Ingest is an hour behind: ages it has not seen the end of do not count."""
    a, b = campaign.groups.order_by("number")
    send(a), send(b)
    launch_due_campaigns(now=START)
    note_complete(moment=START + HOUR)
    assert report_at(campaign, START + 2 * HOUR, complete=False).verdict.age_minutes == 50
    note_complete(moment=START + 2 * HOUR)
    assert report_at(campaign, START + 2 * HOUR, complete=False).verdict.age_minutes == 105


def test_before_anybody_is_due_it_is_too_early(campaign):
    for group in campaign.groups.all():
        send(group, size=3)
    verdict = report_at(campaign, START - HOUR).verdict
    assert (verdict.state, verdict.text) == (State.TOO_EARLY, "Too early: 0 opens so far.")


def test_while_a_launch_goes_on_it_is_too_early(campaign):
    for group in campaign.groups.all():
        send(group)
    assert report_at(campaign, START + 5 * HOUR).verdict.state is State.TOO_EARLY


def test_a_group_without_contacts_takes_no_part(campaign):
    a, b = campaign.groups.order_by("number")
    campaign.groups.create(number=3, name="Empty", name_key="empty")
    for group in (a, b):
        send(group)
    launch_due_campaigns(now=START)
    verdict = report_at(campaign, START + 5 * HOUR).verdict
    assert verdict.ranges.keys() == {a.id, b.id}
    assert verdict.text == "Too early: 0 opens so far."


def test_contacts_without_a_schedule_are_mentioned(campaign):
    make_contact(campaign.groups.get(number=1), scheduled_at=None)
    assert report_at(campaign, START).verdict.warnings == (
        "1 contact without a schedule (or erased before it) can't be compared.",
    )
