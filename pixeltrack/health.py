"""Health checks for load balancers, supervisors and people."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from foundation import database_fit
from foundation.database.deadlines import NoAnswer, TimedQueries
from foundation.errors import DomainError
from foundation.version import __version__

# The timeout of each check in seconds.
HANGING_AFTER = 2
HANGING = "hanging"
UNKNOWN = "unknown"

log = structlog.get_logger(__name__)


class DoesNotFit(DomainError):
    """The database is up but does not match the settings."""


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """Redirects people to the admin; programs get a short answer."""
    if "text/html" in request.headers.get("Accept", ""):
        response: HttpResponse = redirect("admin:index")
    else:
        response = JsonResponse(
            {"status": "healthy", "service": "PixelTrack", "version": __version__}
        )
    response["Vary"] = "Accept"
    return response


@dataclass(frozen=True)
class Check:
    """A health check and its messages; `look` raises if it fails.

    It is given HANGING_AFTER seconds. Add further checks to CHECKS: the response shows each by
    name, and is degraded if one fails.
    """

    name: str
    look: Callable[[], object]
    well: str
    ill: str
    patient: TimedQueries = field(default_factory=lambda: TimedQueries(HANGING_AFTER))

    def state(self) -> str:
        try:
            self.patient.ask(self.look)
        except NoAnswer:
            log.error(f"{self.name}_{HANGING}")
            return HANGING
        except (Error, DomainError) as error:
            reason = getattr(error, "detail", None)
            log.error(f"{self.name}_{self.ill}", error=type(error).__name__, reason=reason)
            return self.ill
        return self.well


def _look_at_database() -> None:
    with connection.cursor() as cursor:
        # A table, because SQLite would create an empty file and succeed.
        cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")


def _look_at_tables() -> None:
    if missing := database_fit.missing_tables():
        raise DoesNotFit(database_fit.lacking(missing))


def _look_at_keys() -> None:
    if wrong := database_fit.wrong_keys(except_for=database_fit.missing_tables()):
        raise DoesNotFit(" ".join(wrong))


# The others query the database, too: if it does not answer, they need not wait for it.
CHECKS = (
    Check("database", _look_at_database, well="connected", ill="unreachable"),
    Check("tables", _look_at_tables, well="complete", ill="missing"),
    Check("keys", _look_at_keys, well="right", ill="wrong"),
)


def _states() -> dict[str, str]:
    first, *others = CHECKS
    states = {first.name: first.state()}
    answers = states[first.name] == first.well
    return states | {check.name: check.state() if answers else UNKNOWN for check in others}


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    states = _states()
    healthy = all(states[check.name] == check.well for check in CHECKS)
    body = {"status": "healthy" if healthy else "degraded", **states, "version": __version__}
    response = JsonResponse(body, status=200 if healthy else 503)
    response["Cache-Control"] = "no-store"
    return response
