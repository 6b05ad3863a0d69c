"""Metrics of whether the public pixel and Redis answer, however they fail."""

import http.server
import socket
import ssl
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from foundation.metrics import neighbours
from foundation.metrics.neighbours import PublicDoorFigures, RedisFigures
from tests.processes.container import certify
from tests.processes.running import free_port
from tests.redis_server import RedisServer


@contextmanager
def door(*, status=200, kind="image/gif", certificate=None):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/pixel/" else 404)
            self.send_header("Content-Type", kind)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "fullchain.pem", certificate / "privkey.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def told(collector):
    return {
        sample.name: sample.value for family in collector.collect() for sample in family.samples
    }


def test_a_host_that_answers_a_pixel_is_up():
    with door() as address:
        assert told(PublicDoorFigures(address)) == {"door_up": 1}


@pytest.mark.parametrize("wrong", [{"status": 502}, {"kind": "text/html"}, {"status": 301}])
def test_with_any_other_answer_it_is_down(wrong):
    with door(**wrong) as address:
        assert told(PublicDoorFigures(address)) == {"door_up": 0}


def test_its_certificate_is_read_for_whatever_host_it_is(tmp_path):
    certify(tmp_path / "tls")
    with door(certificate=tmp_path / "tls") as address:
        found = told(PublicDoorFigures(address))
    expires = datetime.fromtimestamp(found["door_certificate_expires_timestamp_seconds"], UTC)
    assert abs(expires - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=2)
    assert found["door_up"] == 1


def test_a_host_that_refuses_connections_is_down():
    assert told(PublicDoorFigures(f"http://127.0.0.1:{free_port()}")) == {"door_up": 0}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_hangs_is_down(scheme, monkeypatch):
    monkeypatch.setattr(neighbours, "PATIENCE_SECONDS", 0.1)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
        assert told(PublicDoorFigures(address)) == {"door_up": 0}


def test_without_settings_there_are_no_metrics():
    assert told(PublicDoorFigures("")) == told(RedisFigures("")) == {}


def test_redis_is_up_until_it_hangs_or_dies(tmp_path, monkeypatch):
    monkeypatch.setattr(neighbours, "PATIENCE_SECONDS", 0.3)
    redis = RedisServer(tmp_path)
    figures = RedisFigures(redis.url)
    try:
        assert told(figures) == {"redis_up": 1}
        redis.hang()
        assert told(figures) == {"redis_up": 0}
        redis.go_on()
    finally:
        redis.kill()
    assert told(figures) == {"redis_up": 0}
