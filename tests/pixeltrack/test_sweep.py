"""What the sweep deletes, what it keeps, and how it stops."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from structlog.testing import capture_logs

from campaigns.models import Contact, ContactImport, ImportState
from contacts.imports.tasks import enqueue_import
from pixeltrack.management.commands import sweep
from tests.figures import figure
from tests.tracking.factories import START, make_campaign, make_contact, make_hit
from tracking.counting import record
from tracking.models import Open

LAST_SUCCESS = "sweep_last_success_timestamp_seconds"


def ago(**span):
    return timezone.now() - timedelta(**span)


def token(number, expires_at):
    return OutstandingToken.objects.create(jti=str(number), token="x", expires_at=expires_at)


def session(key, expires_at):
    return Session.objects.create(session_key=key, session_data="", expire_date=expires_at)


def attempt(name, moment):
    made = AccessAttempt.objects.create(username=name, failures_since_start=1)
    AccessAttempt.objects.filter(id=made.id).update(attempt_time=moment)
    return made


def login(name, moment):
    made = AccessLog.objects.create(username=name)
    AccessLog.objects.filter(id=made.id).update(attempt_time=moment)
    return made


def task_result(queue, finished_at):
    return DBTaskResult.objects.create(
        args_kwargs={"args": [], "kwargs": {}},
        task_path="x.y",
        queue_name=queue,
        backend_name="default",
        run_after=ago(days=30),
        status="SUCCESSFUL",
        finished_at=finished_at,
        exception_class_path="",
        traceback="",
    )


@pytest.mark.django_db
def test_expired_rows_are_deleted_and_others_stay():
    kept, swept = [], []
    for number, (make, old, young) in enumerate(
        [
            (token, ago(seconds=1), ago(days=-1)),
            (session, ago(seconds=1), ago(days=-1)),
            (attempt, ago(days=2), ago(hours=1)),
            (login, ago(days=91), ago(days=89)),
            (task_result, ago(days=15), ago(days=13)),
        ]
    ):
        swept.append(make(f"old{number}", old))
        kept.append(make(f"new{number}", young))

    call_command("sweep", once=True)

    assert all(type(row).objects.filter(pk=row.pk).exists() for row in kept)
    assert not any(type(row).objects.filter(pk=row.pk).exists() for row in swept)


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "left"), [(None, 2), (50, 2), (30, 1)])
def test_raw_opens_are_deleted_after_the_configured_days(settings, days, left):
    settings.OPEN_RETENTION_DAYS = days
    contact = make_contact(make_campaign(start=ago(days=60)).groups.get(number=1))
    record.record([make_hit(contact, after=ago(days=age) - START) for age in (40, 20)])

    call_command("sweep", once=True)

    assert Open.objects.count() == left


@pytest.mark.django_db
def test_a_metric_says_when_every_job_last_succeeded():
    began = time.time()
    call_command("sweep", once=True)
    assert began <= figure(LAST_SUCCESS) <= time.time()


@pytest.mark.django_db
def test_a_job_that_fails_is_logged_and_the_others_run(monkeypatch):
    def fail():
        raise DatabaseError("gone away")

    monkeypatch.setitem(sweep.JOBS, next(iter(sweep.JOBS)), fail)
    lapsed = session("old", ago(seconds=1))

    succeeded = figure(LAST_SUCCESS)
    with capture_logs() as events:
        call_command("sweep", once=True)

    assert [event["event"] for event in events] == ["sweep_failed"]
    assert figure(LAST_SUCCESS) == succeeded
    assert not Session.objects.filter(pk=lapsed.pk).exists()


def work():
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_an_import_with_the_task_of_an_older_version_is_resumed(start):
    """Like after an upgrade that moved the task."""
    job = start("email\nann@example.com\n")
    enqueue_import(job.id)
    DBTaskResult.objects.update(task_path="campaigns.tasks.import_contacts")
    work()
    job.refresh_from_db()
    assert (DBTaskResult.objects.get().status, job.state) == ("FAILED", ImportState.WAITING)

    ContactImport.objects.update(lease_until=ago(seconds=1))
    call_command("sweep", once=True)
    work()

    job.refresh_from_db()
    assert (job.state, job.created) == (ImportState.FINISHED, 1)
    assert Contact.objects.get().email == "ann@example.com"


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_loop_after_the_current_step(number, tmp_path):
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/sweep.db",
        "LOG_DIR": str(tmp_path),
    }
    with subprocess.Popen(
        [sys.executable, "manage.py", "sweep"],
        env=environment,
        cwd=settings.BASE_DIR,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # The first lines say what its empty database lacks.
        assert any("sweep_started" in line for line in iter(process.stderr.readline, ""))
        process.send_signal(number)
        rest = process.stderr.read()

    assert process.returncode == 0
    assert rest.rstrip().endswith("sweep_stopped")
