"""Serves the metrics of commands without a web server, if METRICS_PORT is set.

It must never stop the command: errors are logged.
"""

import socket
import socketserver
import sys
import threading
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

import structlog
from django.conf import settings
from django.db import connections
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from foundation.metrics.access import REFUSAL, holds_token, is_loopback
from foundation.metrics.prometheus import exposition

PATH = "/metrics"
AT_ONCE = 4
PATIENCE_SECONDS = 5
# What socketserver passes on; the tuple is for UDP.
Request = socket.socket | tuple[bytes, socket.socket]
TEXT = "text/plain; charset=utf-8"

log = structlog.get_logger(__name__)


def expose(*collectors: Collector) -> None:
    """Serve the process's metrics and those of the collectors.

    Other machines are served, and listened to, only if METRICS_TOKEN is set.
    """
    if settings.METRICS_PORT is None:
        return
    address = ("0.0.0.0" if settings.METRICS_TOKEN else "127.0.0.1", settings.METRICS_PORT)  # noqa: S104
    try:
        server = MetricsServer(address, collectors)
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    except (OSError, RuntimeError) as error:
        log.error("metrics_not_exposed", port=settings.METRICS_PORT, error=str(error))


class _Handler(BaseHTTPRequestHandler):
    server: "MetricsServer"
    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self._answer(HTTPStatus.NOT_FOUND, b"The figures are at /metrics.\n", TEXT)
        elif not self._may_read():
            self._answer(HTTPStatus.FORBIDDEN, REFUSAL.encode(), TEXT)
        else:
            self._answer(HTTPStatus.OK, self.server.figures(), CONTENT_TYPE_LATEST)

    def _may_read(self) -> bool:
        sent = self.headers.get("Authorization", "")
        # Behind a proxy every request appears to come from this machine.
        passed_on = "X-Forwarded-For" in self.headers
        here = is_loopback(self.client_address[0]) and not passed_on
        return here or holds_token(sent, token=settings.METRICS_TOKEN)

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are not logged."""


class MetricsServer(socketserver.ThreadingTCPServer):
    """Handles AT_ONCE requests at a time and closes further connections."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], collectors: Iterable[Collector]) -> None:
        self._collectors = tuple(collectors)
        self._free = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, _Handler)

    def figures(self) -> bytes:
        try:
            return exposition(self._collectors)
        finally:
            # This thread ends, and nothing else would close its connections.
            connections.close_all()

    def process_request_thread(self, request: Request, client_address: tuple[str, int]) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Request, client_address: tuple[str, int]) -> None:
        # Prometheus closes slow connections and retries.
        if isinstance(sys.exception(), ConnectionError | TimeoutError):
            return
        log.warning("metrics_request_failed", exc_info=True)
