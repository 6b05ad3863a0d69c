"""What is killed, full or about to expire fires its alert on a real Prometheus."""

import pytest

from tests.processes.running import wait_until
from tests.processes.test_nginx import wait_for_a_fresh_minute
from tests.watched_site import WatchedSite

pytestmark = [
    pytest.mark.prometheus,
    pytest.mark.processes,
    # They share the processes, and each leaves something stopped.
    pytest.mark.xdist_group("alerts"),
]
ANSWERED = 6000
QUIET = {
    "BackupMissing",
    "DiskFilling",
    "DiskLow",
    "DoorAway",
    "PixelUnwritten",
    "ProcessDown",
    "RedisAway",
    "SweepNotRunning",
    "TasksAway",
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    site = WatchedSite(tmp_path_factory.mktemp("watched"))
    yield site
    site.close()


def test_while_all_is_well_only_the_alert_of_the_short_certificate_fires(watched):
    ask = watched.prometheus.value
    wait_until(lambda: ask("door_up * redis_up") == 1, "the door and Redis to be seen")
    wait_until(lambda: ask("max(sweep_last_success_timestamp_seconds)"), "a sweep")
    wait_until(lambda: ask('process_seen_timestamp_seconds{process="tasks"}'), "the long jobs")
    watched.await_alert("CertificateExpiring")
    wait_until(lambda: not QUIET & watched.prometheus.firing(), "quiet")


def test_a_disk_that_fills_up_and_the_lost_opens_fire_alerts(watched):
    if not watched.is_small:
        pytest.skip("mounting a file system needs the super-user")
    ask = watched.prometheus.value
    wait_until(lambda: ask("pixel_door_lost_total") == 0, "a first look")
    wait_for_a_fresh_minute()
    watched.answer(ANSWERED)
    watched.await_alert("DiskFilling")
    watched.await_alert("DiskLow")
    recorded = watched.end_minute()
    assert 0 < recorded < ANSWERED
    watched.await_alert("PixelUnwritten")
    assert ask("pixel_door_answered_total") == ANSWERED
    assert ask("pixel_door_recorded_total") == recorded
    assert ask("pixel_door_lost_total") == ANSWERED - recorded
    assert ask("sum(ingest_recorded_total) + sum(ingest_dropped_total)") == recorded


def test_a_missing_backup_fires_an_alert(watched, tmp_path):
    made = watched.site.manage("back_up", str(tmp_path), "--expect-next", "24")
    assert made == 0, watched.site.output()
    ask = watched.prometheus.value
    wait_until(lambda: ask("backup_due_timestamp_seconds > time()"), "the next one to be expected")
    assert "BackupMissing" not in watched.prometheus.firing()
    watched.let_time_pass_since_seen("backup due", minutes=121)
    watched.await_alert("BackupMissing")


def test_an_unreachable_redis_fires_an_alert(watched):
    watched.redis.kill()
    watched.await_alert("RedisAway")


def test_a_missing_process_of_long_jobs_fires_an_alert(watched):
    """Also where no job scrapes that process."""
    watched.kill("tasks")
    watched.let_time_pass_since_seen("tasks")
    watched.await_alert("TasksAway")
    watched.await_alert("ProcessDown")


def test_a_missing_sweep_fires_an_alert(watched):
    watched.kill("sweep")
    watched.await_alert("SweepNotRunning")


def test_a_pixel_that_does_not_answer_fires_an_alert(watched):
    watched.nginx.kill()
    watched.await_alert("DoorAway")
