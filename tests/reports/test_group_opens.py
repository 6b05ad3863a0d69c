"""Opens of each group are kept while its counters stay, and say what is read anew."""

import re
from datetime import UTC, timedelta
from random import Random

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import NotSentReason
from contacts.not_sent import mark_not_sent
from reports.group_opens import Counts, GroupOpens, Selection, follow
from reports.periods import ALWAYS, Step, Window
from tests.reporting import campaign_report
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_contact,
    make_hit,
)
from tracking.counting import fold
from tracking.counting.record import record
from tracking.hits.classify import Kind

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=30)
TABLES = ("opensbyslot", "opensbyclientslot")
NAMES = ("opens", "opens-of-a-period", "first-opens")


@pytest.fixture
def contacts(campaign):
    return [make_contact(group) for group in campaign.groups.all() for _ in range(3)]


def report_of(campaign, **question):
    report = campaign_report(campaign_id=campaign.id, now=NOW, **question)
    return report.groups, report.totals, report.firsts, report.panels


def groups_read(campaign, **question):
    """Whose opens are read, by counter."""
    with CaptureQueriesContext(connection) as captured:
        report_of(campaign, zone=UTC, **question)
    # Those that begin and end the snapshot aside.
    assert sum(query["sql"].startswith("SELECT") for query in captured.captured_queries) <= 12
    found = {}
    for query in captured.captured_queries:
        for table in TABLES:
            if f"tracking_{table}" in query["sql"]:
                ids = re.search(r"group_id. IN \(([\d, ]+)\)", query["sql"])[1]
                found[table] = {int(one) for one in ids.split(", ")}
    return found


def test_an_open_is_followed_and_a_mark_has_its_group_alone_read_again(campaign, contacts):
    record([make_hit(contact) for contact in contacts])
    everybody = {group.id for group in campaign.groups.all()}
    assert groups_read(campaign) == dict.fromkeys(TABLES, everybody)
    record([make_hit(contacts[0], after=timedelta(hours=2))])
    assert groups_read(campaign) == {}
    mark_not_sent(
        campaign_id=campaign.id,
        contact_ids=[contacts[0].uuid],
        reason=NotSentReason.BOUNCED,
        now=NOW,
    )
    assert groups_read(campaign) == {table: {contacts[0].group_id} for table in TABLES}


def test_who_looks_at_a_period_takes_nothing_from_those_who_look_at_all_time(campaign, contacts):
    record([make_hit(contact) for contact in contacts])
    period = {"window": Window.covering(START, START + timedelta(hours=6))}
    assert groups_read(campaign).keys() == groups_read(campaign, **period).keys() == set(TABLES)
    for _ in range(2):
        record([make_hit(contacts[0], after=timedelta(hours=2))])
        assert groups_read(campaign) == groups_read(campaign, **period) == {}


def test_a_group_of_few_minutes_beside_a_longer_one_is_shown_by_the_hour(campaign, contacts):
    first, last = contacts[0], contacts[-1]
    record([make_hit(first), make_hit(last), make_hit(last, after=timedelta(hours=9))])
    *_, panels = report_of(campaign)
    assert panels.series.step is Step.HOUR
    assert panels.series.points[0].opens == {first.group_id: 1, last.group_id: 1}


@pytest.mark.parametrize("longest", [timedelta(hours=1), timedelta(hours=12), timedelta(days=20)])
@pytest.mark.parametrize("seed", range(3))
def test_a_report_that_is_kept_is_the_one_that_would_be_given_anew(
    campaign, contacts, longest, seed
):
    chance, steps = Random(seed), set()
    # One of them has nothing but a part of what is opened.
    window = Window.covering(START, START + longest / 2) if seed == 2 else ALWAYS
    for _ in range(12):
        after = longest * chance.random()
        agent = chance.choice([THUNDERBIRD, GMAIL, APPLE_PRIVACY])
        record([make_hit(chance.choice(contacts), agent=agent, after=after)])
        question = {"machine": chance.random() < 0.3, "window": window}
        seen = report_of(campaign, **question)
        ids = [group.id for group in campaign.groups.all()]
        keys = [f"{name}-{one}" for name in NAMES for one in ids]
        kept = caches["reports"].get_many(keys)
        caches["reports"].clear()
        assert seen == report_of(campaign, **question)
        caches["reports"].set_many(kept)
        if seen[-1].series.points:
            steps.add(seen[-1].series.step)
    assert longest > timedelta(hours=6) or steps == {Step.MINUTE}


def opens_of(*hours):
    """Two opens of a person in each, by the hour and by the minute."""
    minutes = {hour * 60: 2 for hour in hours}
    firsts = {hour * 60: (1, 1) for hour in hours}
    short = max(hours) - min(hours) <= 6
    by_minute = Counts(minutes, firsts) if short else Counts()
    return GroupOpens(Counts(minutes, firsts), by_minute, {("Gmail", Kind.PROXIED): 2 * len(hours)})


def moved(amount, hour):
    """As many opens, and first opens, as were counted in an hour."""
    return {
        fold.OPENS_BY_SLOT: [[Kind.PROXIED, hour * 4, amount]],
        fold.OPENS_BY_MINUTE: [[Kind.PROXIED, hour * 60, amount]],
        fold.FIRST_BY_SLOT: [[hour * 4, amount // 2, amount // 2]],
        fold.FIRST_BY_MINUTE: [[hour * 60, amount // 2, amount // 2]],
        fold.OPENS_BY_CLIENT: [["Gmail", Kind.PROXIED, hour * 4, amount]],
    }


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (opens_of(1), moved(2, 3), opens_of(1, 3)),
        (opens_of(1, 3), moved(-2, 3), opens_of(1)),
        (opens_of(1), moved(2, 9), opens_of(1, 9)),
        # The minutes of a short span are not known from a long one.
        (opens_of(1, 9), moved(-2, 9), None),
        (opens_of(1, 9), moved(-2, 1) | {fold.FIRST_BY_SLOT: []}, None),
    ],
)
def test_what_moved_is_added_where_that_tells_all(before, change, after):
    assert follow(before, change, selection=Selection((1,)), zone=UTC) == after
