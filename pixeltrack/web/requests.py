"""Finds the first request in the bytes of a connection; pure.

It only determines where a request ends and its path: gunicorn's parser validates it.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from tracking.door import paths as pixel_paths

# The same limit as nginx's.
MOST_HEAD_BYTES = 32 * 1024
# Larger bodies are read by a thread, so that they are not buffered in memory.
MOST_BODY_BYTES = 32 * 1024
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n")
HAS_BODY = (b"\ncontent-length", b"\ntransfer-encoding", b"\nexpect")
AUTHORITY = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)


class BadHead(ValueError):
    """The bytes can't be the start of a request; `status` is the response's."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """A request with a complete head; `size` is its length in bytes, with a body to be awaited.

    `streams` tells that its body is large, of unknown length, or only sent on request: it is not
    awaited.
    """

    path: str
    size: int
    streams: bool = False

    @property
    def is_pixel(self) -> bool:
        return pixel_paths.is_of_pixels(self.path)


def first_request(data: bytes | bytearray) -> Request | None:
    """The request at the start of the bytes, None while its head is incomplete.

    Raises BadHead for a head that is too long or can never end.
    """
    end = data.find(END_OF_HEAD)
    if end > MOST_HEAD_BYTES or (end < 0 and len(data) > MOST_HEAD_BYTES):
        raise BadHead(431)
    if end < 0:
        if data.count(b"\n") != data.count(b"\r\n"):
            raise BadHead(400)
        return None
    size = end + len(END_OF_HEAD)
    head = bytes(data[:size])
    body = _body_bytes(head)
    if body is None or body > MOST_BODY_BYTES:
        return Request(_path(head), size, True)
    return Request(_path(head), size + body, False)


def _body_bytes(head: bytes) -> int | None:
    """The length of the body; None if only a parser can determine it, or must request it."""
    lowered = head.lower()
    if not any(name in lowered for name in HAS_BODY):
        return 0
    lengths = LENGTH.findall(lowered)
    only_length = lowered.count(HAS_BODY[0]) == len(lengths) == 1
    if not only_length or any(name in lowered for name in HAS_BODY[1:]):
        return None
    return int(lengths[0])


def _path(head: bytes) -> str:
    """The decoded path, "" if the first line is invalid."""
    parts = head.partition(b"\r\n")[0].split(b" ")
    if len(parts) != 3:
        return ""
    path = AUTHORITY.sub(b"", parts[1], count=1) if parts[1][:1] != b"/" else parts[1]
    return unquote_to_bytes(path.partition(b"?")[0].partition(b"#")[0]).decode("latin-1")
