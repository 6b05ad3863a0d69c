"""Opens of each group are kept while its counters stay, and say what is read anew."""

import re
from datetime import UTC, timedelta
from random import Random

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.periods import Step
from tests.reporting import campaign_report
from tests.tracking.factories import (
    APPLE_PRIVACY,
    GMAIL,
    START,
    THUNDERBIRD,
    make_contact,
    make_hit,
)
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
NOW = START + timedelta(days=30)
TABLES = ("opensbyslot", "opensbyclientslot")


@pytest.fixture
def contacts(campaign):
    return [make_contact(group) for group in campaign.groups.all() for _ in range(3)]


def report_of(campaign, **question):
    report = campaign_report(campaign_id=campaign.id, now=NOW, **question)
    return report.groups, report.totals, report.panels


def groups_read(campaign):
    """Whose opens are read, by counter."""
    with CaptureQueriesContext(connection) as captured:
        report_of(campaign, zone=UTC)
    found = {}
    for query in captured.captured_queries:
        for table in TABLES:
            if f"tracking_{table}" in query["sql"]:
                ids = re.search(r"group_id. IN \(([\d, ]+)\)", query["sql"])[1]
                found[table] = {int(one) for one in ids.split(", ")}
    return found


def test_the_opens_of_other_groups_are_not_read_again(campaign, contacts):
    record([make_hit(contact) for contact in contacts])
    everybody = {group.id for group in campaign.groups.all()}
    assert groups_read(campaign) == dict.fromkeys(TABLES, everybody)
    assert groups_read(campaign) == {}
    record([make_hit(contacts[0], after=timedelta(hours=2))])
    assert groups_read(campaign) == {table: {contacts[0].group_id} for table in TABLES}


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
    for _ in range(12):
        after = longest * chance.random()
        agent = chance.choice([THUNDERBIRD, GMAIL, APPLE_PRIVACY])
        record([make_hit(chance.choice(contacts), agent=agent, after=after)])
        question = {"machine": chance.random() < 0.3}
        seen = report_of(campaign, **question)
        keys = [f"opens-{group.id}" for group in campaign.groups.all()]
        kept = caches["reports"].get_many(keys)
        caches["reports"].clear()
        assert seen == report_of(campaign, **question)
        caches["reports"].set_many(kept)
        steps.add(seen[-1].series.step)
    assert longest > timedelta(hours=6) or steps == {Step.MINUTE}
