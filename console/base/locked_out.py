"""Who is locked out after too many failed sign-ins, and the page that they see."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation import client_address

# django-axes locks out nobody without an address.
UNKNOWN = "0.0.0.0"  # noqa: S104


def address_of(request: HttpRequest) -> str:
    """The address that failures are counted for (AXES_CLIENT_IP_CALLABLE)."""
    return client_address.account_of(client_address.of_request(request)) or UNKNOWN


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None, credentials: dict | None
) -> HttpResponse:
    """A page that says how long to wait; django-axes calls it (AXES_LOCKOUT_CALLABLE)."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    context = admin.site.each_context(request) | {
        "failures": settings.AXES_FAILURE_LIMIT,
        "minutes": seconds // 60,
    }
    response = render(request, "console/base/locked_out.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
