"""Encodes positions in a list as cursors for clients; pure."""

import base64
import json
from collections.abc import Callable
from typing import Any


class BadCursor(ValueError):
    """The text is not a valid cursor."""


def encode_cursor(*parts: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def read_cursor(text: str, *readers: Callable[[object], Any]) -> list[Any]:
    """The parts of a cursor, each as its reader reads it. Raises BadCursor."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(text.encode()))
        if isinstance(parts, list):
            return [read(part) for read, part in zip(readers, parts, strict=True)]
    except (ValueError, RecursionError):
        pass
    raise BadCursor
