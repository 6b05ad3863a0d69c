"""gunicorn's threaded worker, which answers pixels on kept-alive connections by itself.

Handing a request to a thread and back costs several times what answering a pixel does, since
threads take turns at the interpreter. Everything else goes gunicorn's way, through its parser.
The main thread must never wait: neither for a client nor for a disk.
"""

import socket
from concurrent.futures import Future

from gunicorn.workers.gthread import TConn, ThreadWorker

from pixeltrack import env

PEEK = socket.MSG_PEEK | socket.MSG_DONTWAIT
MOST_BYTES = 8192
PIXEL_REQUESTS = (b"GET /pixel/", b"HEAD /pixel/")
END_OF_HEAD = b"\r\n\r\n"
# Stands in gunicorn's complaints where a client's address would.
NOBODY = ("-", 0)
BODY_HEADERS = (b"\ncontent-length", b"\ntransfer-encoding")


def is_whole_pixel_request(data: bytes) -> bool:
    """Whether this is one request of a pixel, complete and without a body."""
    if not data.startswith(PIXEL_REQUESTS) or data.find(END_OF_HEAD) != len(data) - 4:
        return False
    lowered = data.lower()
    return not any(header in lowered for header in BODY_HEADERS)


class SentAtOnce:
    """A socket that keeps what is sent until `flush`.

    gunicorn sends head and body apart, and each wakes the client.
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


class PixelWorker(ThreadWorker):
    """A `gthread` worker that differs in pixels, in how connections end and in what it logs."""

    answers_pixels = False

    def load_wsgi(self) -> None:
        super().load_wsgi()
        # Without a delay for syncing, each pixel waits for the disk.
        self.answers_pixels = not self.cfg.is_ssl and env.pixel_settings().spool_fsync > 0

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        if not (self.answers_pixels and _asks_for_pixel(client)):
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        done = Future()
        done.set_result(self.answer(conn))
        self.finish_request(conn, done)

    def finish_request(self, conn: TConn, done: Future) -> None:
        ended = not done.cancelled() and done.exception() is None and done.result() is False
        if not ended:
            super().finish_request(conn, done)
            return
        # It lingers for up to two seconds, until the client hangs up too.
        self.nr_conns -= 1
        self.tpool.submit(conn.close, graceful=True)

    def handle_error(self, req, client: socket.socket, addr, exc: Exception) -> None:
        """As always, but no recipient's address is logged, however malformed the request."""
        super().handle_error(req, client, NOBODY, exc)

    def answer(self, conn: TConn) -> bool:
        """Answer one request; whether the connection can be kept.

        The socket does not block: a client that reads nothing is hung up on.
        """
        request, client = None, conn.sock
        try:
            request = next(conn.parser)
            conn.sock = SentAtOnce(client)
            keep = self.handle_request(request, conn)
            conn.sock.flush()
            return self._keepalive_after(conn, keep)
        except (StopIteration, OSError):
            return False
        except Exception as error:
            self.handle_error(request, client, conn.client, error)
            return False
        finally:
            conn.sock = client


def _asks_for_pixel(client: socket.socket) -> bool:
    try:
        return is_whole_pixel_request(client.recv(MOST_BYTES, PEEK))
    except OSError:
        return False
