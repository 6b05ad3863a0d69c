"""Does the long jobs, as django-tasks-db's command of this name does, and counts them."""

from django_tasks.base import TaskResult
from django_tasks.signals import task_finished
from django_tasks_db.management.commands import db_worker

from campaigns import database_fit
from campaigns.task_figures import task_figures
from campaigns.tasks import import_contacts
from pixeltrack import metrics
from pixeltrack.metrics_database import DatabaseFigures
from pixeltrack.metrics_server import expose

# Figures that begin at 0 show their first rise.
for _outcome in ("successful", "failed"):
    metrics.TASK_RUNS.labels(import_contacts.name, _outcome)
metrics.TASK_SECONDS.labels(import_contacts.name)


class Command(db_worker.Command):
    def handle(self, **options) -> None:
        task_finished.connect(_count, dispatch_uid="metrics")
        expose(DatabaseFigures(task_figures))
        database_fit.log_problems()
        super().handle(**options)


def _count(*, task_result: TaskResult, **_: object) -> None:
    task = task_result.task.name
    metrics.TASK_RUNS.labels(task, task_result.status.lower()).inc()
    seconds = (task_result.finished_at - task_result.started_at).total_seconds()
    metrics.TASK_SECONDS.labels(task).observe(seconds)
