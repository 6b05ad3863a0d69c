"""Heartbeats of processes and samples of the spool's disk, as the home reads them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from foundation.metrics.disk_forecast import GIB
from pixeltrack import backups
from tracking import heartbeats
from tracking.door.tally import Tally, to_json
from tracking.models import DiskSample, ProcessSeen, SetAside

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 22, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def sample(ago, *, free=50 * GIB, total=100 * GIB, lost=0):
    DiskSample.objects.create(at=NOW - ago, free=free, total=total, lost=lost)


def upkeep():
    return heartbeats.read_upkeep(now=NOW, set_aside=timedelta(days=7))


def test_all_that_the_home_tells_of_processes_is_read_at_once(django_assert_num_queries):
    sample(MINUTE)
    heartbeats.note_seen("sweep", now=NOW - MINUTE)
    heartbeats.note_set_aside(3, reason="refused", now=NOW)
    with django_assert_num_queries(1):
        found = upkeep()
    assert found.seen == heartbeats.last_seen() == {"sweep": NOW - MINUTE}
    assert (found.spool.at, found.spool.free) == (NOW - MINUTE, 50 * GIB)
    assert found.set_aside == {"refused": 3}


def test_only_the_last_time_of_a_process_is_kept():
    for moment in (NOW - MINUTE, NOW):
        heartbeats.note_seen("sweep", now=moment)
    assert heartbeats.last_seen() == {"sweep": NOW}
    assert ProcessSeen.objects.count() == 1


def test_the_next_backup_is_due_after_its_interval_and_the_time_of_the_last_one():
    began, hour = NOW - timedelta(minutes=20), timedelta(hours=1)
    heartbeats.begin_backups(due=began)
    heartbeats.note_backup(began=began, ended=NOW, interval=hour)
    heartbeats.begin_backups(due=NOW)
    due = NOW + hour + timedelta(minutes=20)
    assert heartbeats.last_seen() == {heartbeats.BACKUP_MADE: began, heartbeats.BACKUP_DUE: due}


@pytest.mark.parametrize(("interval", "is_due"), [(None, True), (timedelta(0), False)])
def test_a_manual_backup_does_not_change_the_next_one_unless_it_ends_backups(interval, is_due):
    heartbeats.begin_backups(due=NOW)
    heartbeats.note_backup(began=NOW, ended=NOW, interval=interval)
    assert (heartbeats.BACKUP_DUE in heartbeats.last_seen()) == is_due


@pytest.mark.django_db(transaction=True)
def test_a_first_backup_that_fails_is_still_due(tmp_path, monkeypatch):
    def fail(*_, **options):
        raise backups.BackupFailed("no room")

    monkeypatch.setattr(backups, "back_up", fail)
    with pytest.raises(CommandError, match="no room"):
        call_command("back_up", tmp_path, expect_next=24)
    assert heartbeats.last_seen().keys() == {heartbeats.BACKUP_DUE}


def test_a_sample_has_the_spools_disk_and_what_nginx_lost():
    tally = settings.PIXEL_ANSWERS.with_name("answers.tally")
    tally.write_text(to_json(Tally(lost=7)))
    try:
        heartbeats.sample_disk(now=NOW)
    finally:
        tally.unlink()
    [found] = DiskSample.objects.all()
    assert 0 < found.free < found.total
    assert found.lost >= 7


def test_samples_are_kept_for_a_day():
    sample(timedelta(hours=25))
    sample(timedelta(hours=23))
    heartbeats.sample_disk(now=NOW)
    assert DiskSample.objects.count() == 2


@pytest.mark.parametrize("ago", [None, timedelta(minutes=61)])
def test_without_a_late_sample_nothing_is_known(ago):
    if ago:
        sample(ago)
    assert upkeep().spool is None


def test_the_rate_is_that_of_the_last_hour():
    """Earlier changes, such as a deleted backup, do not count."""
    sample(timedelta(hours=2), free=1 * GIB)
    for minutes in range(60, -1, -1):
        sample(minutes * MINUTE, free=12 * GIB + minutes * GIB // 60)
    state = upkeep().spool
    assert abs(state.left - timedelta(hours=12)) < MINUTE
    assert (state.free, state.total, state.is_low) == (12 * GIB, 100 * GIB, False)


def test_lost_opens_are_those_of_a_day_even_across_a_restart_of_the_machine():
    for ago, lost in ((30, 90), (20, 100), (10, 103), (5, 0), (0, 2)):
        sample(timedelta(hours=ago) if ago > 25 else ago * MINUTE, lost=lost)
    assert upkeep().spool.lost == 3 + 2


def test_lines_set_aside_add_up_by_day_and_reason():
    for lines, reason, ago in ((2, "refused", 0), (3, "refused", 0), (5, "unreadable", 8)):
        heartbeats.note_set_aside(lines, reason=reason, now=NOW - timedelta(days=ago))
    assert SetAside.objects.count() == 2
    assert upkeep().set_aside == {"refused": 5}
