"""Limits the API calls per client address; applied before authentication.

It must never block calls by itself: if counting fails, calls pass.
"""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from foundation import client_address
from foundation.metrics.prometheus import UNCHECKED

# The first matching prefix counts; other paths are not limited.
GROUPS = (
    ("/api/v1/discounts/apply", "apply"),
    ("/api/v1/discounts/available", "discounts"),
    ("/api/v1/discounts/usage", "discounts"),
    ("/api/v1/", "default"),
)
PERIODS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}

log = structlog.get_logger(__name__)


class RateLimits:
    """Answers 429 to clients that exceed RATE_LIMITS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        group = group_of(request.path_info)
        usage = _count(request, group) if group else None
        if group and usage and usage["should_limit"]:
            return _refusal(group, usage)
        return self.get_response(request)


def group_of(path: str) -> str | None:
    """The limit that applies to a path, None if there is none."""
    return next((group for start, group in GROUPS if path.startswith(start)), None)


def in_words(rate: str) -> str:
    """A limit such as "30/m" for people."""
    count, _, period = rate.partition("/")
    return f"{count} per 1 {PERIODS[period]}"


def _count(request: HttpRequest, group: str) -> dict[str, int] | None:
    """The client's use of the limit including this call; None if counting failed."""
    try:
        usage: dict[str, int] | None = get_usage(
            request,
            group=group,
            key=lambda _group, request: client_address.account_of(
                client_address.of_request(request)
            ),
            rate=settings.RATE_LIMITS[group],
            increment=True,
        )
    except RedisError:
        usage = None
    if usage is None:
        UNCHECKED.inc()
    return usage


def _refusal(group: str, usage: dict[str, int]) -> HttpResponse:
    if usage["count"] == usage["limit"] + 1:
        log.warning("rate_limit_reached", group=group, limit=usage["limit"])
    sentence = f"Rate limit exceeded: {in_words(settings.RATE_LIMITS[group])}"
    body = {"error": sentence, "detail": sentence, "code": "rate_limited"}
    # The current second still counts.
    headers = {"Retry-After": str(usage["time_left"] + 1)}
    compact = {"separators": (",", ":")}
    return JsonResponse(body, status=429, headers=headers, json_dumps_params=compact)
