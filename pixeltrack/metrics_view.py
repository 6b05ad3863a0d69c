"""The page that Prometheus scrapes; only for whoever holds METRICS_TOKEN, or from loopback."""

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from pixeltrack import client_address
from pixeltrack.metrics import exposition
from tracking.backlog import BacklogFigures


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read(request):
        return HttpResponse(
            "Send METRICS_TOKEN as a Bearer token, or ask from the machine itself.\n",
            status=403,
            content_type="text/plain; charset=utf-8",
        )
    figures = exposition(spool_dir=settings.SPOOL_DIR, others=[BacklogFigures()])
    return HttpResponse(figures, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        if hmac.compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
            return True
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES:
        # Some proxy passed this on, so it only looks as if it came from the machine itself.
        return False
    address = client_address.of_request(request)
    return bool(address) and ipaddress.ip_address(address).is_loopback
