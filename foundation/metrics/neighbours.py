"""Checks the public pixel URL, its certificate and Redis, for Prometheus.

Checked on each scrape. Own metrics, because they show whether *this* installation's pixels and
limits work from where they are used, and no additional exporter has to run. Must not import Django.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

import structlog
from cryptography import x509
from prometheus_client.core import Metric
from redis import Redis
from redis.exceptions import RedisError

from foundation.metrics.prometheus import gauge

# For each step of a connection. With everything unreachable the whole response must stay within
# Prometheus's scrape_timeout.
PATIENCE_SECONDS = 1
# Not a valid pixel id, so the request is answered and not recorded.
PATH = "/pixel/"

log = structlog.get_logger(__name__)


class PublicDoorFigures:
    """Requests a pixel as a mail client would; nothing if no URL is configured.

    The certificate is read, not verified: internally the server has another name.
    """

    def __init__(self, address: str) -> None:
        self._address = urlsplit(address)

    def collect(self) -> Iterator[Metric]:
        host = self._address.hostname
        if not host:
            return
        try:
            answers, expires = _ask(host, self._address)
        except (OSError, http.client.HTTPException, ValueError) as error:
            log.warning("public_pixel_unreachable", error=type(error).__name__)
            answers, expires = False, None
        yield gauge("door_up", "Whether the public door answers pixels", answers)
        if expires is not None:
            meaning = "Until when the certificate of the public door holds"
            yield gauge("door_certificate_expires_timestamp_seconds", meaning, expires.timestamp())


class RedisFigures:
    """Whether Redis answers; nothing if no URL is configured."""

    def __init__(self, address: str) -> None:
        self._address = address

    def collect(self) -> Iterator[Metric]:
        if self._address:
            yield gauge("redis_up", "Whether Redis answers", _redis_answers(self._address))


def _redis_answers(address: str) -> bool:
    limits = {"socket_connect_timeout": PATIENCE_SECONDS, "socket_timeout": PATIENCE_SECONDS}
    try:
        with Redis.from_url(address, **limits) as redis:
            return bool(redis.ping())
    except (RedisError, OSError):
        return False


def _ask(host: str, address: SplitResult) -> tuple[bool, datetime | None]:
    connection = _connect(host, address)
    with closing(connection):
        connection.connect()
        expires = _expiry(connection.sock)
        connection.request("GET", PATH, headers={"Connection": "close"})
        answer = connection.getresponse()
        is_pixel = answer.status == 200 and answer.getheader("Content-Type") == "image/gif"
        return is_pixel, expires


def _connect(host: str, address: SplitResult) -> http.client.HTTPConnection:
    if address.scheme == "http":
        return http.client.HTTPConnection(host, address.port, timeout=PATIENCE_SECONDS)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(
        host, address.port, timeout=PATIENCE_SECONDS, context=context
    )


def _expiry(connection: socket.socket) -> datetime | None:
    if not isinstance(connection, ssl.SSLSocket):
        return None
    certificate = connection.getpeercert(binary_form=True)
    if certificate is None:
        return None
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc
