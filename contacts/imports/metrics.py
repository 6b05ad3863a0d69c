"""How many long jobs wait and run, for Prometheus."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client.core import Metric

from foundation.metrics.figures import gauge

# The row of one whose worker was killed says for ever that it runs.
LONGEST_RUN = timedelta(days=1)


def task_figures() -> Iterator[Metric]:
    waiting = DBTaskResult.objects.ready().count()
    yield gauge("tasks_waiting", "Long jobs that no worker has begun", waiting)
    begun = timezone.now() - LONGEST_RUN
    running = DBTaskResult.objects.running().filter(started_at__gte=begun).count()
    yield gauge("tasks_running", "Long jobs begun within a day that have not ended", running)
