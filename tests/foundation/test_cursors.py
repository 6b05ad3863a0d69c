"""Cursors come back from clients, who may send anything."""

import base64

import pytest

from foundation.cursors import BadCursor, encode_cursor, read_cursor
from foundation.parsing import read_id


def test_a_cursor_gives_back_its_parts():
    assert read_cursor(encode_cursor(7, "a"), read_id, str) == [7, "a"]


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "é",
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        encode_cursor(7),
        encode_cursor(7, "a", "b"),
        encode_cursor("seven", "a"),
    ],
)
def test_what_is_no_cursor_of_these_parts_is_refused(text):
    with pytest.raises(BadCursor):
        read_cursor(text, read_id, str)
