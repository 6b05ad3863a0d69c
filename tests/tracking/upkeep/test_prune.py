"""Raw opens of whole days are deleted; counters, summaries and the audit stay correct."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.errors import InvalidInput
from tests.reporting import campaign_report
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting.record import REPEATED, TOO_OLD, record
from tracking.models import GroupChange, IngestLock, Open
from tracking.upkeep import audit, prune
from tracking.upkeep.prune import horizon_of, prune_opens

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def contacts():
    group = make_campaign().groups.get(number=1)
    return [make_contact(group) for _ in range(3)]


def figures(contacts, now):
    return campaign_report(campaign_id=contacts[0].campaign_id, now=now).totals


def test_the_horizon_is_the_start_of_a_day():
    now = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
    assert horizon_of(now, keep_days=3) == datetime(2026, 3, 7, tzinfo=UTC)


def test_old_raw_opens_are_deleted_and_every_figure_stays(contacts, monkeypatch):
    monkeypatch.setattr(prune, "BATCH", 2)
    record([make_hit(c, after=n * DAY) for c in contacts for n in range(5)])
    now = START + 5 * DAY
    before = figures(contacts, now)
    assert prune_opens(now=now, keep_days=2) == 9
    assert Open.objects.count() == 6
    assert figures(contacts, now) == before
    assert not audit.find_differences()


def test_old_changes_of_counters_are_deleted_in_batches(contacts, monkeypatch):
    monkeypatch.setattr(prune, "BATCH", 1)
    for hours in range(3):
        with time_machine.travel(START + timedelta(hours=hours), tick=False):
            record([make_hit(contacts[0], after=timedelta(hours=hours))])
    with CaptureQueriesContext(connection) as captured:
        prune.prune_changes(now=START + timedelta(hours=2))
    assert [change.changed_at for change in GroupChange.objects.all()] == [
        START + timedelta(hours=2)
    ]
    deleted = [query for query in captured if query["sql"].startswith("DELETE")]
    assert len(deleted) == 3, "two of one row, and one of what may be left"


def test_later_hits_are_added(contacts):
    record([make_hit(contacts[0])])
    prune_opens(now=START + 5 * DAY, keep_days=2)
    record([make_hit(contacts[0], after=6 * DAY), make_hit(contacts[1], after=6 * DAY)])
    totals = figures(contacts, START + 7 * DAY)
    assert (totals.opens, totals.unique_opens) == (3, 2)
    assert not audit.find_differences()


def test_a_replay_from_before_the_horizon_changes_nothing(contacts):
    hits = [make_hit(contacts[0]), make_hit(contacts[0], after=4 * DAY)]
    record(hits)
    prune_opens(now=START + 5 * DAY, keep_days=2)
    outcome = record(hits)
    assert (outcome.recorded, outcome.dropped[TOO_OLD], outcome.dropped[REPEATED]) == (0, 1, 1)
    assert not audit.find_differences()


def test_the_horizon_never_moves_back(contacts):
    prune_opens(now=START + 5 * DAY, keep_days=1)
    horizon = IngestLock.objects.get().pruned_before
    prune_opens(now=START + 5 * DAY, keep_days=30)
    assert IngestLock.objects.get().pruned_before == horizon


def test_the_audit_is_clean_while_pruning_is_half_done(contacts):
    record([make_hit(c) for c in contacts])
    IngestLock.objects.update(pruned_before=START + 2 * DAY)
    Open.objects.first().delete()
    assert not audit.find_differences()


@pytest.mark.parametrize("days", [-1, 0, 36_501, 99_999_999])
def test_keeping_less_than_a_day_or_too_many_days_is_refused(days):
    with pytest.raises(InvalidInput, match="1 to 36,500 days"):
        prune_opens(now=START, keep_days=days)
    assert IngestLock.objects.get().pruned_before is None


def test_the_command_needs_the_number_of_days(settings):
    settings.OPEN_RETENTION_DAYS = None
    with pytest.raises(CommandError, match="--days"):
        call_command("prune_opens")


def test_the_command_says_how_many_were_deleted(contacts):
    record([make_hit(contacts[0])])
    output = StringIO()
    call_command("prune_opens", "--days", "30", stdout=output)
    assert output.getvalue() == "1 raw opens were removed.\n"
