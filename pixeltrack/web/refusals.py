"""Error responses of the web process itself, when no thread is free.

Must not import Django: waiting for it is not possible here.
"""

import json
import uuid
from http import HTTPStatus

from foundation.short_page import short_page

RETRY_AFTER = 2
# The headers that the middleware adds to every response.
HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Process-Time": "0.000000",
    "X-XSS-Protection": "1; mode=block",
}
WORDS = {
    400: ("bad_request", "This request is malformed."),
    408: ("request_timeout", "The request did not arrive in time; send it again."),
    431: ("head_too_large", "The request's head is too long; send fewer or shorter headers."),
    503: ("busy", "The server is busy; try again in a moment."),
}


def refusal(status: int, *, path: str = "") -> bytes:
    """A complete response: in the API's error format, or a plain page."""
    code, sentence = WORDS[status]
    reason = HTTPStatus(status).phrase
    if path.startswith("/api/"):
        kind, body = "application/json", json.dumps({"detail": sentence, "code": code})
    else:
        page = short_page(reason=reason, sentence=sentence)
        kind, body = "text/html; charset=utf-8", page
    headers = HEADERS | {
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        "X-Request-ID": str(uuid.uuid4()),
    }
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER)
    lines = [
        f"HTTP/1.1 {status} {reason}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", body]).encode()
