"""Encodes positions in a list as cursors for clients; pure."""

import base64
import json


class BadCursor(ValueError):
    """The text is not a valid cursor."""


def encode_cursor(*parts: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def decode_cursor(text: str) -> list[object]:
    """The parts of a cursor; the caller must validate them. Raises BadCursor."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(text.encode()))
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list):
        raise BadCursor
    return parts
