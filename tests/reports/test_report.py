"""The figures of a report: from counters, equal to what the raw rows say, in few queries."""

from datetime import UTC, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.change import erase_contact
from foundation.errors import NotFound
from reports.periods import Window
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
from tracking.hits.classify import Kind

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=1)


def totals(campaign, now=NOW):
    return campaign_report(campaign_id=campaign.id, now=now).totals


def test_an_empty_campaign_has_no_rate(campaign):
    figures = totals(campaign)
    assert (figures.contacts, figures.sent, figures.open_rate) == (0, 0, None)


def test_rates_are_given_without_and_with_machine_opens(campaign, group):
    contacts = [make_contact(group) for _ in range(8)]
    record(
        [
            make_hit(contacts[0], agent=GMAIL),
            make_hit(contacts[1], agent=THUNDERBIRD),
            make_hit(contacts[1], agent=THUNDERBIRD, after=timedelta(hours=2)),
            make_hit(contacts[2], agent=APPLE_PRIVACY),
            make_hit(contacts[1], agent=APPLE_PRIVACY, after=timedelta(hours=3)),
        ]
    )
    figures = totals(campaign)
    assert (figures.opens, figures.unique_opens) == (3, 2)
    assert (figures.open_rate, figures.open_rate_with_machine) == (0.25, 0.375)
    assert figures.unique_by_kind == {Kind.HUMAN: 1, Kind.PROXIED: 1, Kind.MACHINE: 1}


def test_only_due_or_opened_contacts_count_as_sent(campaign, group):
    make_contact(group)
    make_contact(group, scheduled_at=NOW + timedelta(hours=1))
    make_contact(group, scheduled_at=None)
    opened_ahead = make_contact(group, scheduled_at=NOW + timedelta(hours=1))
    opened_unscheduled = make_contact(group, scheduled_at=None)
    record([make_hit(opened_ahead), make_hit(opened_unscheduled)])
    figures = totals(campaign)
    assert (figures.contacts, figures.sent) == (5, 3)


def test_a_contact_erased_before_it_was_due_was_never_sent_to(campaign, group):
    erased_before, erased_after, erased_after_an_early_open = (
        make_contact(group, scheduled_at=START) for _ in range(3)
    )
    record([make_hit(erased_after_an_early_open, after=-timedelta(hours=2))])
    early = START - timedelta(hours=1)
    erase_contact(contact_id=erased_before.uuid, now=early)
    erase_contact(contact_id=erased_after_an_early_open.uuid, now=early)
    erase_contact(contact_id=erased_after.uuid, now=NOW)
    figures = totals(campaign)
    assert (figures.contacts, figures.sent, figures.unique_opens) == (3, 2, 1)


def test_the_totals_are_the_sum_of_the_groups(campaign):
    for group in campaign.groups.all():
        for _ in range(group.number * 2):
            record([make_hit(make_contact(group))])
    report = campaign_report(campaign_id=campaign.id, now=NOW)
    assert [part.figures.unique_opens for part in report.groups] == [2, 4]
    assert (report.totals.unique_opens, report.totals.sent) == (6, 6)


def test_an_archived_group_stays_in_the_report(campaign, group):
    record([make_hit(make_contact(group))])
    campaign.groups.update(archived_at=timezone.now())
    assert totals(campaign).unique_opens == 1


def test_other_campaigns_are_not_included(campaign):
    other = make_campaign("Autumn")
    record([make_hit(make_contact(other.groups.get(number=1)))])
    assert totals(campaign).opens == 0


def test_a_report_takes_few_queries_whatever_the_size_of_the_campaign(
    campaign, group, django_assert_max_num_queries
):
    record([make_hit(make_contact(g)) for g in campaign.groups.all() for _ in range(20)])
    with django_assert_max_num_queries(12):
        totals(campaign)


def test_opens_are_read_once_and_followed_from_then_on(campaign, group):
    contact = make_contact(group)
    record([make_hit(contact)])

    def reads_opens():
        with CaptureQueriesContext(connection) as captured:
            totals(campaign)
        return any("opensbyslot" in query["sql"] for query in captured.captured_queries)

    assert [reads_opens(), reads_opens()] == [True, False]
    before = totals(campaign).opens
    record([make_hit(contact, after=timedelta(hours=3))])
    assert not reads_opens()
    assert totals(campaign).opens == before + 1


ASKED = [
    {"zone": UTC},
    {"zone": ZoneInfo("Asia/Kolkata")},
    {"machine": True},
    {"window": Window(START + timedelta(hours=1), START + timedelta(hours=2))},
    {"window": Window(until=START + timedelta(hours=1))},
]


def test_what_is_kept_answers_no_other_question(campaign, group):
    hits = [make_hit(make_contact(group), after=timedelta(minutes=45 * n)) for n in range(6)]
    record([*hits, make_hit(make_contact(group), agent=APPLE_PRIVACY)])

    def asked_anew(question):
        caches["reports"].clear()
        return asked(question)

    def asked(question):
        report = campaign_report(campaign_id=campaign.id, now=NOW, **question)
        return report.totals, report.panels

    answers = [asked_anew(question) for question in ASKED]
    for first, second in permutations(range(len(ASKED)), 2):
        asked(ASKED[first])
        assert asked(ASKED[second]) == answers[second]


def test_an_unknown_campaign_is_not_found():
    with pytest.raises(NotFound):
        campaign_report(campaign_id=12345, now=NOW)
