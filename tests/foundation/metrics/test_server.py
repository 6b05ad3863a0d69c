"""Commands answer Prometheus on METRICS_PORT, and keep running whatever happens there."""

import os
import socket
import threading
from contextlib import closing
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.db import connections
from structlog.testing import capture_logs

from foundation.metrics import server as metrics_server
from foundation.metrics.prometheus import gauge
from foundation.metrics.server import MetricsServer, expose
from foundation.metrics.shared_folder import VARIABLE
from tests.processes.running import answers, free_port

# Earlier tests may have counted much.
OF_THE_TESTS = os.environ[VARIABLE]


class Fixed:
    def collect(self):
        yield gauge("answer", "It", 42)


class Held:
    """A metric that takes long to read."""

    def __init__(self):
        self.asked, self.release = threading.Semaphore(0), threading.Event()

    def collect(self):
        self.asked.release()
        self.release.wait(120)
        yield gauge("late", "It", 1)


@pytest.fixture
def port(settings, monkeypatch, tmp_path):
    """A port for what the test exposes; closed when it ends."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    servers = []

    class Closed(MetricsServer):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            servers.append(self)

    monkeypatch.setattr(metrics_server, "MetricsServer", Closed)
    settings.METRICS_PORT = free_port()
    yield settings.METRICS_PORT
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(port, path="/metrics", **headers):
    """The status and text of the answer."""
    url = f"http://127.0.0.1:{port}{path}"
    request = Request(url, headers={name.replace("_", "-"): v for name, v in headers.items()})
    try:
        with urlopen(request, timeout=60) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_it_reports_counted_and_collected_metrics(port, monkeypatch):
    monkeypatch.setenv(VARIABLE, OF_THE_TESTS)
    expose(Fixed())
    status, text = ask(port)
    assert status == 200
    assert "\nanswer 42.0\n" in text
    assert "pixel_unwritten_total" in text
    assert ask(port, "/")[0] == 404


class Asking:
    """A metric that is read from the database."""

    def collect(self):
        self.connection = connections["default"]
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT 42")
            yield gauge("answer", "It", cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_no_connection_to_the_database_is_left_behind(port):
    asking = Asking()
    expose(asking)
    assert "\nanswer 42.0\n" in ask(port)[1]
    assert asking.connection.connection is None


def test_without_a_port_nothing_listens(settings):
    settings.METRICS_PORT = None
    threads = threading.active_count()
    expose(Fixed())
    assert threading.active_count() == threads


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X_Forwarded_For": "127.0.0.1"}, 403),
        ("", {"X_Forwarded_For": "192.0.2.1", "Authorization": "Bearer "}, 403),
        ("right", {"X_Forwarded_For": "192.0.2.1", "Authorization": "Bearer right"}, 200),
        ("right", {"X_Forwarded_For": "192.0.2.1", "Authorization": "Bearer wrong"}, 403),
    ],
)
def test_it_is_not_public(port, settings, token, headers, status):
    settings.METRICS_TOKEN = token
    expose(Fixed())
    answer, text = ask(port, **headers)
    assert answer == status
    assert ("answer 42.0" in text) == (status == 200)


@pytest.mark.parametrize(("token", "heard"), [("", False), ("right", True)])
def test_only_with_a_token_it_listens_to_other_machines(port, settings, token, heard):
    settings.METRICS_TOKEN = token
    expose(Fixed())
    with closing(socket.socket()) as other:
        # Also an address of this machine, but not the loopback.
        assert (other.connect_ex(("127.0.0.2", port)) == 0) is heard


def test_a_port_in_use_does_not_stop_the_command(port):
    expose(Fixed())
    with capture_logs() as events:
        expose(Fixed())
    assert [(event["event"], event["port"]) for event in events] == [("metrics_not_exposed", port)]
    assert ask(port)[0] == 200


def test_connections_are_closed_while_too_many_wait(port, monkeypatch):
    held = Held()
    expose(held)
    waiting = [threading.Thread(target=ask, args=(port,)) for _ in range(metrics_server.AT_ONCE)]
    for thread in waiting:
        thread.start()
        assert held.asked.acquire(timeout=60)
    with pytest.raises(OSError, match=r"closed connection|reset"):
        ask(port)
    held.release.set()
    for thread in waiting:
        thread.join(60)
    assert ask(port)[0] == 200


def test_malformed_requests_are_logged_without_an_address(port):
    expose(Fixed())
    with closing(socket.create_connection(("127.0.0.1", port))) as client:
        client.sendall(b"\x00\x01 nonsense\r\n\r\n")
        client.recv(4096)
    assert answers(port)
    assert ask(port)[0] == 200


def test_a_scrape_that_disconnects_is_not_logged(port):
    """Prometheus disconnects after its timeout."""
    held = Held()
    expose(held)
    with capture_logs() as logs:
        with closing(socket.create_connection(("127.0.0.1", port))) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            held.asked.acquire(timeout=30)
            # With or without unread bytes, the answer is sent to a reset connection.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        held.release.set()
        for _ in range(3):
            assert ask(port)[0] == 200
    assert [entry for entry in logs if entry["event"] == "metrics_request_failed"] == []
