"""Runs and counts background jobs, as django-tasks-db's command of this name does.

It waits while the database is down, as our other processes do.
"""

import time
from contextlib import nullcontext
from typing import Any

import structlog
from django.db import Error, connection
from django_tasks.base import TaskResult
from django_tasks.signals import task_finished
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from contacts.imports.metrics import task_figures
from contacts.imports.tasks import import_contacts
from contacts.tasks import mix_contacts
from foundation import database_fit
from foundation.backoff import waits
from foundation.metrics import prometheus
from foundation.metrics.database import DatabaseFigures
from foundation.metrics.server import expose
from tracking import heartbeats

log = structlog.get_logger(__name__)

# Counters that start at 0, so that Prometheus sees the first increase.
for _task in (import_contacts, mix_contacts):
    for _outcome in ("successful", "failed"):
        prometheus.TASK_RUNS.labels(_task.name, _outcome)
    prometheus.TASK_SECONDS.labels(_task.name)


class InterruptibleWorker(db_worker.Worker):
    """Stops on a signal also while it waits: it has no task then."""

    def run(self) -> None:
        while self.running:
            try:
                return super().run()
            except Error as error:
                if self.batch:
                    raise
                self._wait_for_database(error)
        return None

    def _wait_for_database(self, error: Exception) -> None:
        name, detail = type(error).__name__, str(error)[:200]
        log.error("tasks_waiting", needed="database", error=name, detail=detail)
        for wait in waits():
            connection.close()
            if not self.running:
                return
            time.sleep(wait)
            try:
                DBTaskResult.objects.ready().exists()
            except Error:
                continue
            log.warning("tasks_resumed", needed="database")
            return


# The command creates its worker by this name.
db_worker.Worker = InterruptibleWorker  # type: ignore[misc]  # it takes no other


class Command(db_worker.Command):
    # They would load every page of the console.
    requires_system_checks = []

    def handle(self, *, batch: bool, **options: Any) -> None:
        task_finished.connect(_count, dispatch_uid="metrics")
        expose(DatabaseFigures(task_figures))
        database_fit.log_problems()
        # A job that ends by itself is not waited for.
        with nullcontext() if batch else heartbeats.beating("tasks"):
            super().handle(batch=batch, **options)


def _count(*, task_result: TaskResult, **_: object) -> None:
    task = task_result.task.name
    prometheus.TASK_RUNS.labels(task, task_result.status.lower()).inc()
    began, ended = task_result.started_at, task_result.finished_at
    if began and ended:
        prometheus.TASK_SECONDS.labels(task).observe((ended - began).total_seconds())
