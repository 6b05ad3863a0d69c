"""Progress of forwarders is stored once it is true, and moves the moment that reports are as of."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reports.report import counted_until
from tracking.counting.record import note_complete
from tracking.hits.progress_notes import SpoolNote
from tracking.ingest import spool_progress
from tracking.models import SpoolProgress

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


def test_reports_are_as_of_the_earliest_progress_of_spools_and_partitions(now):
    spool_progress.note([SpoolNote("a", 0, 2, now), SpoolNote("b", 0, 1, now - MINUTE)])
    assert counted_until() is None
    spool_progress.note([SpoolNote("a", 1, 2, now - 2 * MINUTE)])
    assert counted_until() == now - 2 * MINUTE
    spool_progress.note([SpoolNote("a", 1, 2, now)])
    assert counted_until() == now - MINUTE


def test_the_last_note_of_a_batch_counts(now):
    spool_progress.note(
        [SpoolNote("a", 0, 1), SpoolNote("a", 0, 1, now - MINUTE), SpoolNote("a", 0, 1, now)]
    )
    assert SpoolProgress.objects.count() == 1
    assert counted_until() == now


def test_a_new_spool_stops_the_moment(now):
    spool_progress.note([SpoolNote("a", 0, 1, now)])
    spool_progress.note([SpoolNote("b", 0, 1), SpoolNote("a", 0, 1, now + MINUTE)])
    assert counted_until() == now


def test_a_silent_spool_stops_the_moment_until_it_leaves(now):
    spool_progress.note([SpoolNote("a", 0, 1, now), SpoolNote("b", 0, 1, now)])
    spool_progress.note([SpoolNote("a", 0, 1, now + MINUTE)])
    assert counted_until() == now
    spool_progress.note([SpoolNote("b", 0, 1, leaves=True)])
    assert counted_until() == now + MINUTE
    assert spool_progress.spools_complete_until() == {"a": now + MINUTE}


def test_a_spool_that_left_may_come_back(now):
    spool_progress.note([SpoolNote("a", 0, 1, leaves=True), SpoolNote("a", 0, 1, now)])
    assert spool_progress.spools_complete_until() == {"a": now}


def test_replayed_notes_never_move_the_moment_back(now):
    note_complete(moment=now)
    spool_progress.note([SpoolNote("a", 0, 1, now - MINUTE)])
    assert counted_until() == now


def test_after_the_last_spool_left_there_is_no_moment(now):
    spool_progress.note([SpoolNote("a", 0, 1, leaves=True)])
    assert counted_until() is None
