"""Response headers and request logging; pixels bypass all middleware."""

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_structlog.middlewares import RequestMiddleware

from foundation import client_address, logs
from pixeltrack import request_metrics

SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
LOGGED_PATHS = ("/api/", "/admin/")

api_requests = structlog.get_logger(logs.API_REQUESTS)


class AnswerHeaders:
    """Adds the security headers, the request id and the response time, also over plain HTTP.

    It is the outermost one: redirects, static files and errors get the headers too.
    """

    FIXED = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-XSS-Protection": "1; mode=block",
        "Strict-Transport-Security": "max-age=31536000",
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = _settle_request_id(request)
        response = self.get_response(request)
        seconds = round(time.perf_counter() - started, 6)
        for name, value in self.FIXED.items():
            response[name] = value
        response["X-Request-ID"] = request_id
        response["X-Process-Time"] = f"{seconds:.6f}"
        request_metrics.count(request, status=response.status_code, seconds=seconds)
        if request.path_info.startswith(LOGGED_PATHS):
            _record(request, response.status_code, seconds, request_id)
        return response


class RequestContext(RequestMiddleware):
    """Binds the request id to every log line of the request, and logs exceptions."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """The request without its query, which may contain personal data."""
        return f"{request.method} {request.path}"


def _settle_request_id(request: HttpRequest) -> str:
    """Keep a well-formed id of the client, or generate one; later layers find it in META."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    request_id = given if SANE_REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
    request.META["HTTP_X_REQUEST_ID"] = request_id
    return request_id


def _record(request: HttpRequest, status: int, seconds: float, request_id: str) -> None:
    level = logging.ERROR if status >= 500 else logging.WARNING if status >= 400 else logging.INFO
    api_requests.log(
        level,
        "request",
        request_id=request_id,
        method=request.method,
        path=request.path,
        status_code=status,
        process_time=seconds,
        client_ip=client_address.of_request(request),
    )
