"""The pixel through the web process against a Django view that inserts a row for each load.

    python -m benchmarks.pixel

All run under gunicorn with one worker of as many threads as it is deployed with, and the row
goes to MariaDB. The pixel is measured as deployed, with a worker that answers it without a
thread, and with gunicorn's own threaded worker, which the view has too. Before and after speed
is counted, each must have kept exactly as many loads as it answered.
"""

import selectors
import socket
import uuid
from collections.abc import Callable

from benchmarks import project
from benchmarks.ratio import Way, compare
from benchmarks.serving import THREADED, serving

CONNECTIONS = 32
LOADS_OF_PIXEL = 12_000
LOADS_OF_VIEW = 3_000
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Thunderbird/140.1.0"


def main() -> None:
    project.start("mariadb")
    from django.conf import settings

    from tracking.models import Open

    def kept_by_pixel() -> int:
        return sum(path.read_bytes().count(b"\n{") for path in settings.SPOOL_DIR.glob("*.jsonl"))

    with (
        serving("pixeltrack.wsgi") as deployed_port,
        serving("pixeltrack.wsgi", worker_class=THREADED) as threaded_port,
        serving("benchmarks.pixel_reference", worker_class=THREADED) as view_port,
    ):
        pixel = Door("pixel", LOADS_OF_PIXEL, kept_by_pixel)
        view = Door("view", LOADS_OF_VIEW, Open.objects.count)
        deployed = pixel.way("as deployed", deployed_port)
        threaded = pixel.way("with gunicorn's own worker", threaded_port)
        reference = view.way("view", view_port)
        for way in (deployed, threaded, reference):
            way.prepare()()
        check(pixel, view)
        for way in (deployed, threaded):
            print(f"pixel {way.name}: {compare(way, reference)} times the view's speed")
        check(pixel, view)


def check(*doors: "Door") -> None:
    for door in doors:
        if door.kept() != door.answered:
            raise SystemExit(f"{door.name}: {door.answered} answered, {door.kept()} kept")


class Door:
    """Where loads are kept: how many were answered, and a way to ask how many were kept."""

    def __init__(self, name: str, loads: int, kept: Callable[[], int]) -> None:
        self.name, self.loads, self.kept = name, loads, kept
        self.answered = 0

    def way(self, name: str, port: int) -> Way:
        """Loads as many pixels as the door has its speed measured by, through one server."""
        return Way(name, self.loads, lambda: Readers(port, self.loads, self.count).run)

    def count(self) -> None:
        self.answered += 1


class Readers:
    """Keep-alive connections that load one distinct pixel after the other."""

    def __init__(self, port: int, count: int, answered: Callable[[], None]) -> None:
        self.port, self.waiting, self.answered = port, count, answered
        self.requests = [_request() for _ in range(count)]
        self.received: dict[socket.socket, bytes] = {}
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", self.port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(connection, selectors.EVENT_READ)
            self._ask(connection)
        while self.waiting:
            for key, _ in self.selector.select():
                self._hear(key.fileobj)
        for connection in self.received:
            connection.close()

    def _ask(self, connection: socket.socket) -> None:
        self.received[connection] = b""
        if self.requests:
            connection.sendall(self.requests.pop())

    def _hear(self, connection: socket.socket) -> None:
        self.received[connection] += connection.recv(4096)
        head, separator, body = self.received[connection].partition(b"\r\n\r\n")
        if separator and len(body) == 43:
            if not head.startswith(b"HTTP/1.1 200 "):
                raise SystemExit(head.decode())
            self.waiting -= 1
            self.answered()
            self._ask(connection)


def _request() -> bytes:
    lines = [
        f"GET /pixel/{uuid.uuid4()}.gif HTTP/1.1",
        "Host: 127.0.0.1",
        f"User-Agent: {AGENT}",
        "Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        "Accept-Language: en-GB,en;q=0.5",
        "Accept-Encoding: gzip, deflate",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


if __name__ == "__main__":
    main()
