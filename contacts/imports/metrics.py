"""The number of waiting and running background jobs, for Prometheus."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client.core import Metric

from foundation.metrics.prometheus import gauge

# The row of a killed worker's job says "running" forever.
LONGEST_RUN = timedelta(days=1)


def task_figures() -> Iterator[Metric]:
    waiting = DBTaskResult.objects.ready().count()
    yield gauge("tasks_waiting", "Background jobs that no worker has started", waiting)
    begun = timezone.now() - LONGEST_RUN
    running = DBTaskResult.objects.running().filter(started_at__gte=begun).count()
    yield gauge(
        "tasks_running", "Background jobs started within a day that have not ended", running
    )
