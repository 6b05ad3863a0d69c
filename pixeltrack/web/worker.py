"""gunicorn's threaded worker, with a main thread that receives requests and serves pixels.

A thread gets a request only once it is complete, so that no client can occupy one with a partial
request and delay pixels; large bodies and health checks have lanes of their own. The main thread
must never block: neither on a client nor on a disk.
"""

import errno
import logging
import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

import structlog
from gunicorn.http.errors import InvalidRequestLine, NoMoreData
from gunicorn.http.message import Request as Parsed
from gunicorn.util import unquote_to_wsgi_str
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from foundation import env, logs
from foundation.metrics.prometheus import HTTP_REQUESTS
from pixeltrack.web.connections import Address, Connection, SentAtOnce
from pixeltrack.web.lanes import Lane, Lanes
from pixeltrack.web.refusals import refusal
from pixeltrack.web.requests import BadHead, Request, first_request
from tracking.door import paths as pixel_paths

MOST_AT_ONCE = 16 * 1024
# Seconds from its first byte until a request must be complete, except for large bodies.
REQUEST_SECONDS = 10
LINGER_SECONDS = 2
# Replaces the client's address in gunicorn's error messages.
NOBODY = ("-", 0)
NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE}
NO_CLIENT = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED}

log = structlog.get_logger(__name__)


class PixelWorker(ThreadWorker):
    """A `gthread` worker with other queues, connection handling and logging.

    `keepalived_conns` are between two requests, `pending_conns` in an incomplete one,
    `lingering_conns` got their last response: what they still send is discarded.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.cfg.is_ssl:
            raise env.SettingsError("certfile is not for this server: let nginx speak TLS.")
        # Clients must not override the address or scheme of their request; Django trusts proxies
        # according to TRUSTED_PROXIES.
        self.cfg.set("forwarder_headers", "")
        self.cfg.set("forwarded_allow_ips", "")
        self.cfg.set("secure_scheme_headers", {})
        self.lingering_conns: deque[Connection] = deque()
        self.answers_pixels = False

    def load_wsgi(self) -> None:
        super().load_wsgi()
        # Its lines name the path of a request that failed.
        for name in ("gunicorn.error", "gunicorn.access"):
            logging.getLogger(name).addFilter(logs.WithoutTokens())
        # Without a delay for syncing, each pixel waits for the disk.
        self.answers_pixels = env.pixel_settings().spool_fsync > 0

    def get_thread_pool(self) -> Lanes:
        return Lanes(self.cfg.threads, serve=self.serve, served=self._served)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not (enabled or self.alive):
            self._close_door()

    def _close_door(self) -> None:
        """Accept the connections that are already queued, and refuse new ones at once.

        gunicorn would leave them in the queue until the last response is sent and then reset them,
        after requests were sent that can't be repeated. A refused client has sent nothing and turns
        to another process.
        """
        for listener in self.sockets:
            while self._take_client(listener):
                continue
            listener.close()

    # --- Connections come, wait and go ---------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        self._take_client(listener)

    def _take_client(self, listener: socket.socket) -> bool:
        """Returns whether there was one."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in NO_DESCRIPTORS:
                self._make_room()
            elif error.errno not in NO_CLIENT:
                raise
            return False
        self.nr_conns += 1
        conn = Connection(self.cfg, client, address, listener.getsockname())
        self._register(conn)
        self._wait(conn, self.pending_conns, REQUEST_SECONDS)
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        return True

    def _make_room(self) -> None:
        """Close the least important connection, so that the next client can connect."""
        for waiting in (self.lingering_conns, self.keepalived_conns, self.pending_conns):
            if waiting:
                self._close(waiting[0])
                return

    def _register(self, conn: Connection) -> None:
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._hear, conn))

    def _wait(self, conn: Connection, queue: deque, seconds: float) -> None:
        """Each queue is sorted by deadline, since it has a fixed timeout."""
        self._leave(conn)
        conn.timeout = time.monotonic() + seconds
        conn.waits_in = queue
        queue.append(conn)

    def _leave(self, conn: Connection) -> None:
        if conn.waits_in is not None:
            conn.waits_in.remove(conn)
            conn.waits_in = None

    def _close(self, conn: Connection) -> None:
        self._leave(conn)
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def _linger(self, conn: Connection) -> None:
        """Wait until the client closes too: closing at once could lose the response on its way."""
        conn.received.clear()
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self._wait(conn, self.lingering_conns, LINGER_SECONDS)

    def _be_idle(self, conn: Connection) -> None:
        if not self.cfg.keepalive:
            self._linger(conn)
            return
        self._wait(conn, self.keepalived_conns, self.cfg.keepalive)
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)

    def murder_pending(self) -> None:
        """Close expired connections: incomplete requests, idle and lingering ones."""
        now = time.monotonic()
        while self.pending_conns and self.pending_conns[0].timeout <= now:
            conn = self.pending_conns[0]
            if conn.received:
                self._refuse(conn, 408)
            else:
                self._close(conn)
        while self.lingering_conns and self.lingering_conns[0].timeout <= now:
            self._close(self.lingering_conns[0])
        for conn in self.tpool.late(now=now):
            self._register(conn)
            self._refuse(conn, 503)

    def _cap_keepalive(self, deadline: float) -> None:
        """Includes those without a request yet: browsers open connections in advance."""
        super()._cap_keepalive(deadline)
        for conn in list(self.pending_conns):
            # The next request may already have arrived without being read.
            if not conn.received:
                self._wait(conn, self.keepalived_conns, STOP_KEEPALIVE_LINGER)

    # --- Requests ------------------------------------------------------------------------------

    def _hear(self, conn: Connection, client: socket.socket) -> None:
        if client.fileno() < 0:
            # Closed in this same round to make room for another.
            return
        try:
            data = client.recv(MOST_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(conn)
        elif conn.waits_in is not self.lingering_conns:
            conn.received += data
            self._go_on(conn)

    def _go_on(self, conn: Connection) -> None:
        """Serve the complete requests received so far."""
        while conn.received[:2] == b"\r\n":
            # Some clients send an additional empty line after a request.
            del conn.received[:2]
        while conn.received:
            try:
                request = first_request(conn.received)
            except BadHead as bad:
                self._refuse(conn, bad.status)
                return
            conn.path = request.path if request else ""
            if request is None or (len(conn.received) < request.size):
                if conn.waits_in is not self.pending_conns:
                    self._wait(conn, self.pending_conns, REQUEST_SECONDS)
                return
            if not (self.answers_pixels and request.is_pixel):
                self._dispatch(conn, request)
                return
            if not self._answer_at_once(conn, request):
                self._linger(conn)
                return
            self._leave(conn)
        self._be_idle(conn)

    def _dispatch(self, conn: Connection, request: Request) -> None:
        self._leave(conn)
        self.poller.unregister(conn.sock)
        conn.hand_over(len(conn.received) if request.streams else request.size)
        if not self.tpool.of(request).take(conn, now=time.monotonic()):
            self._register(conn)
            self._refuse(conn, 503)

    def _refuse(self, conn: Connection, status: int) -> None:
        HTTP_REQUESTS.labels("other", "refused", str(status)).inc()
        if status == 503:
            log.warning("no_thread_free")
        with suppress(OSError):
            conn.sock.send(refusal(status, path=conn.path))
        self._linger(conn)

    def _served(self, lane: Lane, conn: Connection, done: Future) -> None:
        self.method_queue.defer(self._finish, lane, conn, done)

    def _finish(self, lane: Lane, conn: Connection, done: Future) -> None:
        """A thread has finished a request; the main thread takes over."""
        lane.end()
        try:
            self._register(conn)
        except (OSError, ValueError):
            # gunicorn closed it in the middle of a response.
            self._close(conn)
            return
        if done.cancelled() or done.exception() is not None or not done.result():
            self._linger(conn)
            return
        conn.take_back()
        self._go_on(conn)

    def _answer_at_once(self, conn: Connection, request: Request) -> bool:
        """Serve a pixel; returns whether the connection can be kept.

        The socket does not block: a client that does not read is disconnected.
        """
        conn.hand_over(request.size)
        client, conn.sock = conn.sock, SentAtOnce(conn.sock)
        try:
            keep = self.answer(conn, pixels_only=True, closing=request.streams)
            conn.sock.flush()
        except OSError:
            return False
        finally:
            conn.sock = client
        return keep

    def serve(self, conn: Connection) -> bool:
        """Serve a request in a thread; returns whether the connection can be kept."""
        conn.begin()
        return self.answer(conn)

    def answer(self, conn: Connection, *, pixels_only: bool = False, closing: bool = False) -> bool:
        request = None
        try:
            request = next(conn.parser)
            path = unquote_to_wsgi_str(request.path)
            if pixels_only and not pixel_paths.is_of_pixels(path):
                raise InvalidRequestLine(path)
            if closing:
                # Nobody waits for the rest of it.
                request.force_close()
            keep: bool = self._keepalive_after(conn, self.handle_request(request, conn))
        except (StopIteration, NoMoreData, OSError):
            return False
        except Exception as error:
            self.handle_error(request, conn.sock, conn.client, error)
            return False
        return keep

    def handle_error(
        self, req: Parsed | None, client: socket.socket, addr: Address, exc: Exception
    ) -> None:
        """As in gunicorn, but no recipient's address is logged, however malformed the request."""
        super().handle_error(req, client, NOBODY, exc)
