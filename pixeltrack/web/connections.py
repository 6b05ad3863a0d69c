"""A client connection of the web process: the bytes received so far, and its timeouts."""

import socket
import time
from collections import deque

from gunicorn.config import Config
from gunicorn.http import get_parser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn

# Over a Unix socket it is a path.
Address = tuple[str, int] | str
# The longest silence in seconds while a body is received or a response is sent.
STALL_SECONDS = 10
# The lowest average rate of a body.
LEAST_BYTES_A_SECOND = 4096


class BodyUnreader(SocketUnreader):
    """Reads a body with limits on silence and on the average rate.

    Raises TimeoutError, an OSError, if they are exceeded.
    """

    def __init__(self, client: socket.socket) -> None:
        super().__init__(client)
        self.restart()

    def restart(self) -> None:
        """Restart the clock for the next request."""
        self._begun = time.monotonic()
        self._bytes = 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        taken = time.monotonic() - self._begun
        if taken > STALL_SECONDS + self._bytes / LEAST_BYTES_A_SECOND:
            raise TimeoutError("the body comes too slowly")
        data: bytes = super().chunk(size_hint)
        self._bytes += len(data)
        return data


class Connection(TConn):
    """A connection whose requests are received by the main thread.

    `received` holds the bytes not yet given to the parser; `waits_in` is the queue in which it
    waits for its client, None while it is served.
    """

    def __init__(
        self, cfg: Config, client: socket.socket, address: Address, server: Address
    ) -> None:
        super().__init__(cfg, client, address, server)
        self.received = bytearray()
        self.waits_in: deque | None = None
        self.path = ""
        self.initialized = True
        self.parser = get_parser(cfg, client, address)
        self.parser.unreader = BodyUnreader(client)

    def hand_over(self, size: int) -> None:
        """Give the parser that many of the bytes."""
        self.parser.unreader.unread(bytes(self.received[:size]))
        del self.received[:size]

    def take_back(self) -> None:
        """Return bytes that the parser read ahead: they belong to the next request."""
        self.received[:0] = self.parser.unreader.take_buffered()

    def begin(self) -> None:
        """A thread serves it now, and may wait for the client a little."""
        self.sock.settimeout(STALL_SECONDS)
        self.parser.unreader.restart()


class SentAtOnce:
    """A socket that buffers writes until `flush`.

    gunicorn sends head and body separately, which wakes the client twice.
    """

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def sendall(self, data: bytes) -> None:
        self._parts.append(data)

    def flush(self) -> None:
        self._client.sendall(b"".join(self._parts))
