"""Counts HTTP responses by route, never by path: the number of routes is bounded.

django-prometheus is not used: it has other metric names, labels by view instead of by route, and
counts some twenty things for each request in two middlewares.
"""

from functools import lru_cache

from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from foundation.metrics.prometheus import HTTP_REQUESTS, HTTP_SECONDS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER, UNKNOWN, STATIC = "other", "unknown", "static"


def count(request: HttpRequest, *, status: int, seconds: float) -> None:
    method = request.method if request.method in METHODS else OTHER
    route = route_of(request)
    HTTP_REQUESTS.labels(method, route, str(status)).inc()
    HTTP_SECONDS.labels(method, route).observe(seconds)


def route_of(request: HttpRequest) -> str:
    """The URL pattern that matches the path, also if a middleware answered the request."""
    if request.path_info.startswith(settings.STATIC_URL):
        return STATIC
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        return UNKNOWN
    return _readable(match.route)


@lru_cache(maxsize=1000)
def _readable(route: str) -> str:
    return simplify_regex(route)
