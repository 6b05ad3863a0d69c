"""Says whether the server works: for load balancers, supervisors and people."""

import structlog
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from pixeltrack import __version__

log = structlog.get_logger(__name__)


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """People are shown the admin, programs a short answer."""
    if "text/html" in request.headers.get("Accept", ""):
        response = redirect("admin:index")
    else:
        response = JsonResponse(
            {"status": "healthy", "service": "PixelTrack", "version": __version__}
        )
    response["Vary"] = "Accept"
    return response


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    connected = _database_answers()
    body = {
        "status": "healthy" if connected else "degraded",
        "database": "connected" if connected else "unreachable",
        "version": __version__,
    }
    response = JsonResponse(body, status=200 if connected else 503)
    response["Cache-Control"] = "no-store"
    return response


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            # A table, because SQLite would make an empty file and find all well.
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except Error as error:
        log.error("database_unreachable", error=type(error).__name__)
        return False
    return True
