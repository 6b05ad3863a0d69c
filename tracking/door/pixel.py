"""Serves the pixel: always the same image, and one record in the spool for each GET.

Must not import Django, and does not depend on a database or queue.
"""

import base64
import functools
import os
import threading
import time
from collections.abc import Callable, Iterable

import structlog

from foundation import env
from foundation.client_address import client_address, network_of
from foundation.metrics.prometheus import PIXEL_HITS, PIXEL_UNWRITTEN
from tracking.door import paths as pixel_paths
from tracking.hits import event_log
from tracking.spool.writer import SpoolWriter

GIF = base64.b64decode("R0lGODlhAQABAIABAAAAAP///yH5BAEAAAEALAAAAAABAAEAAAICTAEAOw==")
# Responses must not be cached: each load is an open of its own.
UNCACHED = ("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0, private")
IMAGE_HEADERS = (
    ("Content-Type", "image/gif"),
    ("Content-Length", str(len(GIF))),
    UNCACHED,
    ("X-Robots-Tag", "noindex"),
)
WRONG_METHOD = b"A pixel is only loaded with GET or HEAD.\n"
WRONG_METHOD_HEADERS = (
    ("Allow", "GET, HEAD"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(WRONG_METHOD))),
    UNCACHED,
)
PURPOSE_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")

Answer = tuple[str, tuple[tuple[str, str], ...], bytes]

log = structlog.get_logger(__name__)


class Pixel:
    """The pixel of one spool; `append` returns whether it stored the record."""

    def __init__(self, *, append: Callable[[bytes], bool], trusted_proxies: int) -> None:
        self._append = append
        self._trusted_proxies = trusted_proxies
        self._refused = False

    def answer(self, environ: dict) -> Answer:
        """Status line, headers and body; the same image whether or not the pixel exists."""
        method = environ["REQUEST_METHOD"]
        if method == "GET":
            name = pixel_paths.pixel_id(environ["PATH_INFO"])
            if name:
                self._keep(self._record(name, environ))
            return "200 OK", IMAGE_HEADERS, GIF
        if method == "HEAD":
            return "200 OK", IMAGE_HEADERS, b""
        return "405 Method Not Allowed", WRONG_METHOD_HEADERS, WRONG_METHOD

    def _record(self, pixel: str, environ: dict) -> bytes:
        return event_log.encode(
            event_id=os.urandom(16).hex(),
            at=time.time(),
            pixel=pixel,
            user_agent=_text(environ.get("HTTP_USER_AGENT", "")),
            network=network_of(client_address(environ, trusted_proxies=self._trusted_proxies)),
            purpose=_purpose(environ),
        )

    def _keep(self, record: bytes) -> None:
        if self._append(record):
            PIXEL_HITS.inc()
            if self._refused:
                self._refused = False
                log.warning("spool_write_recovered")
        else:
            PIXEL_UNWRITTEN.inc()
            if not self._refused:
                self._refused = True
                log.error("spool_write_failed", consequence="served, not counted")


def _text(value: str) -> str:
    """The header as UTF-8; WSGI decodes it as Latin-1."""
    if value.isascii():
        return value
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def _purpose(environ: dict) -> str:
    return ", ".join(_text(environ[name]) for name in PURPOSE_HEADERS if environ.get(name))


_making = threading.Lock()


@functools.cache
def _pixel() -> Pixel:
    settings = env.pixel_settings()
    writer = SpoolWriter(settings.spool_dir, fsync_ms=settings.spool_fsync)
    return Pixel(append=writer.append, trusted_proxies=settings.trusted_proxies)


def pixel() -> Pixel:
    """The pixel configured by the environment, created on first use.

    Raises foundation.env.SettingsError.
    """
    with _making:
        return _pixel()


def respond(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """The pixel as a WSGI application."""
    status, headers, body = pixel().answer(environ)
    start_response(status, list(headers))
    return (body,)
