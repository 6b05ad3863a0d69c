"""Maps errors to HTTP responses: a sentence, a code and the invalid fields.

Must never show a traceback, or repeat what was sent.
"""

import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_framework_handler

from foundation.errors import (
    WHOLE,
    Busy,
    DomainError,
    InvalidInput,
    KeyReused,
    NotAllowed,
    NotFound,
    Taken,
    TooLarge,
)
from foundation.short_page import short_page

STATUSES = {
    InvalidInput: status.HTTP_400_BAD_REQUEST,
    NotAllowed: status.HTTP_403_FORBIDDEN,
    NotFound: status.HTTP_404_NOT_FOUND,
    KeyReused: status.HTTP_422_UNPROCESSABLE_ENTITY,
    TooLarge: status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    Busy: status.HTTP_503_SERVICE_UNAVAILABLE,
}
# By code. The framework's own sentences repeat the input, or don't say what to do.
SENTENCES = {
    "bad_authorization_header": "Send the header as Authorization: Bearer <access token>.",
    "method_not_allowed": "Use another method: the header Allow lists those of this URL.",
    "no_active_account": "Check the user name and the password.",
    "not_acceptable": "Answers are JSON: accept application/json.",
    "not_authenticated": "Sign in, and send the header Authorization: Bearer <access token>.",
    "password_changed": "Sign in again: the password was changed since this token was made.",
    "parse_error": "Send a complete body in the format of its Content-Type.",
    "permission_denied": "Ask an administrator for the permission: this user lacks it.",
    "token_not_valid": "Sign in again: this token is wrong, expired or signed out.",
    "unsupported_media_type": "Send the body as JSON, with Content-Type: application/json.",
    "user_inactive": "Ask an administrator: the user of this token is switched off.",
    "user_not_found": "Sign in as another user: that of this token does not exist.",
}
# Seconds after which a call that found the database busy or down may be retried.
RETRY_AFTER = 2
MOST_LOGGED = 20
CUT_SHORT = "The body did not arrive completely or in time; send it again."
AWAY = "The database can't be reached; try again in a moment."
INTERNAL = "An internal server error occurred"

log = structlog.get_logger(__name__)


class LockedOut(exceptions.APIException):
    """Too many failed sign-ins; `wait` is in seconds."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "locked_out"
    is_logged = True

    def __init__(self, wait: float) -> None:
        super().__init__(f"Too many failed sign-ins: try again in {wait / 60:.0f} minutes.")
        self.wait = wait


class SignInFailed(exceptions.AuthenticationFailed):
    """A failed sign-in, as the token library reports it."""

    is_logged = True


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The response to an error; None for unexpected ones, which Django answers and logs."""
    response = _answer(_ours(error, context), context)
    is_logged = getattr(error, "is_logged", False)
    if response is not None and response.status_code < 500 and not is_logged:
        _log_rejection(response)
    return response


def _ours(error: Exception, context: dict[str, Any]) -> Exception:
    """Converts Django's and the framework's errors."""
    if isinstance(error, Http404):
        return NotFound(_not_found_sentence(context.get("view")))
    if isinstance(error, exceptions.ValidationError):
        return InvalidInput.fields(_by_field(error.detail))
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return error


def _answer(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        return _of_domain_error(error)
    if isinstance(error, OperationalError | InterfaceError):
        log.exception("database_unreachable")
        return _of_domain_error(Busy(AWAY, code="database_unreachable"))
    if isinstance(error, UnreadablePostError):
        return Response({"detail": CUT_SHORT, "code": "request_timeout"}, status=408)
    response = rest_framework_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = _body(error)
    return response


def _not_found_sentence(view: object) -> str:
    queryset: QuerySet | None = getattr(view, "queryset", None)
    if queryset is None:
        return "Page not found"
    return f"{str(queryset.model._meta.verbose_name).capitalize()} not found"


def _of_domain_error(error: DomainError) -> Response:
    body: dict[str, object] = {"detail": error.detail, "code": error.code}
    if error.errors:
        body["errors"] = error.errors
    if isinstance(error, Taken) and error.existing_id is not None:
        body["existing_id"] = error.existing_id
    code = next((s for kind, s in STATUSES.items() if isinstance(error, kind)), 400)
    headers = {"Retry-After": str(RETRY_AFTER)} if isinstance(error, Busy) else None
    return Response(body, status=code, headers=headers)


def _body(error: exceptions.APIException) -> dict[str, str]:
    detail = error.detail
    # The token library puts its sentence and code into a dictionary.
    if isinstance(detail, dict):
        sentence, code = str(detail["detail"]), str(detail["code"])
    else:
        sentence, code = str(detail), str(error.get_codes())
    return {"detail": SENTENCES.get(code, sentence), "code": code}


def _by_field(detail: object) -> dict[str, list[str]]:
    """Flattens nested details: the third contact's e-mail is "contacts.2.email"."""
    errors: dict[str, list[str]] = {}
    for path, sentence in _flatten(detail):
        errors.setdefault(path or WHOLE, []).append(sentence)
    return errors


def _flatten(detail: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == WHOLE else str(name)
            yield from _flatten(inner, f"{path}.{step}".strip("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flatten(inner, path)
    else:
        yield path, _sendable(str(detail))


def _sendable(sentence: str) -> str:
    """Without lone surrogates that the input may have contained."""
    return sentence.encode("utf-8", "replace").decode()


def _log_rejection(response: Response) -> None:
    log.info(
        "input_rejected",
        status=response.status_code,
        code=response.data["code"],
        fields=sorted(response.data.get("errors", ()))[:MOST_LOGGED],
    )


# --- Errors outside the API's own views -----------------------------------------------------


def _json(request: HttpRequest, status_code: int, detail: str, code: str) -> HttpResponse | None:
    if not request.path_info.startswith("/api/"):
        return None
    return JsonResponse({"detail": detail, "code": code}, status=status_code)


def _page(request: HttpRequest, status_code: int) -> str:
    """The template of an error page; outside the admin Django's default page is used."""
    folder = "admin/" if request.path_info.startswith("/admin/") else ""
    return f"{folder}{status_code}.html"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    answer = _json(request, 400, "This request is malformed.", "bad_request")
    return answer or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    answer = _json(request, 403, "This is not allowed.", "permission_denied")
    return answer or defaults.permission_denied(request, exception, _page(request, 403))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    answer = _json(request, 404, "There is nothing at this address.", "not_found")
    return answer or defaults.page_not_found(request, exception, _page(request, 404))


def server_error(request: HttpRequest) -> HttpResponse:
    """Called by Django while it handles the error; temporary failures get 503."""
    error = sys.exception()
    if isinstance(error, UnreadablePostError):
        return _short(request, 408, CUT_SHORT, "request_timeout")
    if isinstance(error, OperationalError | InterfaceError):
        error = Busy(AWAY, code="database_unreachable")
    if isinstance(error, Busy):
        response = _short(request, 503, error.detail, error.code)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    return _json(request, 500, INTERNAL, "internal_error") or defaults.server_error(request)


def _short(request: HttpRequest, status_code: int, detail: str, code: str) -> HttpResponse:
    """A page that needs no database, or the API's error format."""
    page = short_page(reason=HTTPStatus(status_code).phrase, sentence=detail)
    response = _json(request, status_code, detail, code) or HttpResponse(page, status=status_code)
    response["Cache-Control"] = "no-store"
    return response
