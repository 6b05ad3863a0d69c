"""Metrics of long jobs that wait, run and end."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from contacts.imports import run as import_run
from contacts.imports import tasks
from contacts.imports.metrics import task_figures
from tests.figures import figure, told_by


def standing(status, *, began_hours_ago=None):
    began = began_hours_ago and timezone.now() - timedelta(hours=began_hours_ago)
    result = tasks.import_contacts.enqueue(1)
    DBTaskResult.objects.filter(id=result.id).update(status=status, started_at=began)


@pytest.mark.django_db
def test_waiting_and_running_jobs_are_counted():
    standing("READY")
    standing("READY")
    standing("RUNNING", began_hours_ago=1)
    # Its worker was killed.
    standing("RUNNING", began_hours_ago=25)
    standing("FAILED", began_hours_ago=1)
    assert told_by(task_figures()) == {("tasks_waiting",): 2, ("tasks_running",): 1}


@pytest.mark.django_db(transaction=True)
def test_the_worker_counts_what_it_has_done_and_how_it_ended(monkeypatch):
    def ended(outcome):
        return figure("task_runs_total", task="import_contacts", outcome=outcome)

    def work():
        tasks.enqueue_import(1)
        call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)

    before = ended("successful"), ended("failed")
    timed = figure("task_seconds_count", task="import_contacts")
    work()
    monkeypatch.setattr(import_run, "claim", lambda *_, **__: 1 / 0)
    work()
    assert (ended("successful"), ended("failed")) == (before[0] + 1, before[1] + 1)
    assert figure("task_seconds_count", task="import_contacts") == timed + 2
