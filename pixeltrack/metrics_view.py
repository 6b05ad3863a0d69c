"""The endpoint that Prometheus scrapes; only with METRICS_TOKEN, or from loopback."""

from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from contacts.imports.metrics import task_figures
from discounts.metrics import budget_figures
from foundation import client_address
from foundation.metrics.access import REFUSAL, holds_token, is_loopback
from foundation.metrics.database import DatabaseFigures
from foundation.metrics.disk import DiskFigures
from foundation.metrics.neighbours import PublicDoorFigures, RedisFigures
from foundation.metrics.prometheus import SpoolSize, exposition
from tracking.door.unrecorded import DoorFigures
from tracking.ingest.backlog import (
    KafkaFigures,
    audit_figures,
    lag_figures,
    process_figures,
    spool_figures,
)

PATH = "/metrics"
FROM_DATABASE = (
    lag_figures,
    spool_figures,
    process_figures,
    audit_figures,
    task_figures,
    budget_figures,
)


class MetricsForToken:
    """Answers requests with METRICS_TOKEN before host and https are checked.

    Prometheus scrapes each of several replicas by its IP address, over plain HTTP.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == PATH and _holds_token(request):
            return metrics(request)
        return self.get_response(request)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read(request):
        return HttpResponse(REFUSAL, status=403, content_type="text/plain; charset=utf-8")
    folders = {"spool": settings.SPOOL_DIR, "uploads": Path(gettempdir())}
    collectors = (
        SpoolSize(settings.SPOOL_DIR),
        DiskFigures(folders | ({"logs": settings.LOG_DIR} if settings.LOG_DIR else {})),
        DoorFigures(settings.PIXEL_ANSWERS),
        PublicDoorFigures(settings.DOOR_URL),
        RedisFigures(settings.REDIS_URL),
        KafkaFigures(),
        DatabaseFigures(*FROM_DATABASE),
    )
    return HttpResponse(exposition(collectors), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if _holds_token(request):
        return True
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES:
        # Behind a proxy every request appears to come from this machine.
        return False
    return is_loopback(client_address.of_request(request))


def _holds_token(request: HttpRequest) -> bool:
    return holds_token(request.headers.get("Authorization", ""), token=settings.METRICS_TOKEN)
