"""Responses to pages that poll: a piece of their HTML, or 304 while it is the same."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag


def etag_of(html: str) -> str:
    return quote_etag(hashlib.sha256(html.encode()).hexdigest()[:32])


def unchanged(request: HttpRequest, headers: Mapping[str, str]) -> HttpResponse | None:
    """304 with the headers if the page has the version that their `ETag` names."""
    answer = get_conditional_response(request, headers["ETag"])
    if answer is None or answer.status_code != HTTPStatus.NOT_MODIFIED:
        return None
    return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)


def live_answer(request: HttpRequest, html: str, *, goes_on: bool = True) -> HttpResponse:
    """`html`, and whether to ask again. Not cached, as it may name people."""
    headers = {"ETag": etag_of(html), "Cache-Control": "private, no-store"}
    answer = {"html": html, "goes_on": goes_on}
    return unchanged(request, headers) or JsonResponse(answer, headers=headers)
