"""Answers what pages poll: a piece of their HTML, or 304 while it is the same."""

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import parse_etags, quote_etag


def etag_of(html: str) -> str:
    return quote_etag(hashlib.sha256(html.encode()).hexdigest()[:32])


def live_answer(request: HttpRequest, html: str, *, goes_on: bool = True) -> HttpResponse:
    """`html`, and whether it is worth asking again. Nobody may keep it: it may name people."""
    headers = {"ETag": etag_of(html), "Cache-Control": "private, no-store"}
    given_etags = request.headers.get("If-None-Match", "")
    known = {given.removeprefix("W/") for given in parse_etags(given_etags)}
    if headers["ETag"] in known:
        return HttpResponse(status=304, headers=headers)
    return JsonResponse({"html": html, "goes_on": goes_on}, headers=headers)
