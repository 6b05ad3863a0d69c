"""Says whether the server works: for load balancers, supervisors and people."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from foundation import database_fit
from foundation.database.deadlines import NoAnswer, Patient
from foundation.errors import DomainError
from foundation.version import __version__

# Seconds that each check has; whatever takes longer is as good as away.
HANGING_AFTER = 2
HANGING = "hanging"
UNKNOWN = "unknown"

log = structlog.get_logger(__name__)


class DoesNotFit(DomainError):
    """The database is there, and is not what the settings are for."""


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """People are shown the admin, programs a short answer."""
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
    """One thing that must work, and the words for it; `look` raises where it does not.

    It is given HANGING_AFTER seconds. Add what else must hold to CHECKS: health shows each by its
    name, and is degraded where one fails.
    """

    name: str
    look: Callable[[], object]
    well: str
    ill: str
    patient: Patient = field(default_factory=lambda: Patient(HANGING_AFTER))

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
        # A table, because SQLite would make an empty file and find all well.
        cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")


def _look_at_tables() -> None:
    if missing := database_fit.missing_tables():
        raise DoesNotFit(database_fit.lacking(missing))


def _look_at_keys() -> None:
    if wrong := database_fit.wrong_keys(except_for=database_fit.missing_tables()):
        raise DoesNotFit(" ".join(wrong))


# The others ask the database, too: where it does not answer, they need not wait for it.
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
