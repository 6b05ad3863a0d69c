"""Cursors: where a list goes on, as text that a client hands back; pure."""

import base64
import json


class BadCursor(ValueError):
    """A text is no cursor that was given out."""


def encode_cursor(*parts: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def decode_cursor(text: str) -> list[object]:
    """The parts of a cursor; whoever reads them must check them. Raises BadCursor."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list):
        raise BadCursor
    return parts
