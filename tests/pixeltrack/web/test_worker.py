"""The worker answers pixels without a thread, and waits for no client."""

import logging
import os
import selectors
import socket
import threading

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from pixeltrack.web.connections import Connection
from pixeltrack.web.lanes import MOST_WAITING, PATIENCE_SECONDS, Lane, Lanes
from pixeltrack.web.refusals import refusal
from pixeltrack.web.requests import Request
from pixeltrack.web.worker import PixelWorker

REQUEST = b"GET /pixel/x.gif HTTP/1.1\r\nHost: localhost\r\n\r\n"
LONG_BODY = REQUEST.replace(b"\r\n\r\n", b"\r\nContent-Length: 10000000\r\n\r\nhalf")


def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"image"]


@pytest.fixture
def worker():
    config = Config()
    worker = PixelWorker(1, os.getpid(), [], None, 30, config, Logger(config))
    worker.answers_pixels = True
    worker.wsgi = application
    worker.poller = selectors.DefaultSelector()
    yield worker
    worker.poller.close()
    worker.tmp.close()
    # The server's loggers would write to the console in all later tests.
    for name in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).handlers.clear()


class Door:
    """Where the worker's connections come from: one for each client."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.clients = []

    def client(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(10)
        client.connect(self.listener.getsockname())
        self.clients.append(client)
        return client

    def close(self):
        for one in (*self.clients, self.listener):
            one.close()


@pytest.fixture
def door(tmp_path):
    door = Door(str(tmp_path / "door"))
    yield door
    door.close()


@pytest.fixture
def ends(worker, door):
    """The worker's end of a connection, and the client's."""
    client = door.client()
    worker.accept(door.listener)
    conn = worker.pending_conns[-1]
    yield conn, client
    conn.sock.close()


def hear(worker):
    """Let the worker handle all pending events of its clients."""
    for key, _ in worker.poller.select(timeout=10):
        key.data(key.fileobj)


@pytest.mark.parametrize("pieces", [[REQUEST], [REQUEST[:9], REQUEST[9:-1], REQUEST[-1:]]])
def test_a_pixel_never_needs_a_thread(worker, ends, pieces):
    conn, client = ends
    assert worker.tpool is None
    for _ in range(3):
        for piece in pieces:
            client.sendall(piece)
            hear(worker)
        answer = client.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert answer.endswith(b"image")
    assert list(worker.keepalived_conns) == [conn]
    assert not worker.pending_conns


def test_several_pixels_at_once_are_all_answered(worker, ends):
    conn, client = ends
    client.sendall(REQUEST * 3 + REQUEST[:10])
    hear(worker)
    assert client.recv(65536).count(b"image") == 3
    assert conn.received == REQUEST[:10]
    assert list(worker.pending_conns) == [conn]


def test_a_pixel_with_a_long_body_is_answered_without_waiting_for_the_rest(worker, ends):
    conn, client = ends
    client.sendall(LONG_BODY)
    hear(worker)
    assert b"Connection: close" in client.recv(4096)
    assert list(worker.lingering_conns) == [conn]
    client.sendall(b"more")
    hear(worker)
    assert list(worker.lingering_conns) == [conn]
    client.close()
    hear(worker)
    assert not worker.lingering_conns
    assert worker.nr_conns == 0


@pytest.mark.parametrize(
    ("sent", "answer"),
    [(b"", b""), (REQUEST[:9], b"HTTP/1.1 408 Request Timeout")],
)
def test_a_request_that_takes_too_long_is_closed(worker, ends, sent, answer):
    conn, client = ends
    if sent:
        client.sendall(sent)
        hear(worker)
    conn.timeout = 0
    worker.tpool = worker.get_thread_pool()
    worker.murder_pending()
    assert client.recv(4096).startswith(answer)
    assert not worker.pending_conns


def test_where_no_more_connections_fit_the_least_important_one_is_closed(worker, door):
    worker.worker_connections = 3
    idle = door.client()
    worker.accept(door.listener)
    idle.sendall(REQUEST)
    hear(worker)
    for _ in range(2):
        door.client()
        worker.accept(door.listener)
    assert not worker.keepalived_conns
    assert worker.nr_conns == 2
    for conn in worker.pending_conns:
        conn.sock.close()


def test_a_connection_closed_for_another_while_it_sent_is_counted_once(worker, door):
    worker.worker_connections = 2
    speaking = door.client()
    worker.accept(door.listener)
    speaking.sendall(REQUEST[:9])
    [(key, _)] = worker.poller.select(timeout=10)
    # In the same round another client comes first.
    door.client()
    worker.accept(door.listener)
    key.data(key.fileobj)
    assert worker.nr_conns == len(worker.pending_conns) == 1
    worker.pending_conns[0].sock.close()


def test_a_call_whose_body_never_arrives_is_refused_with_json(worker, ends):
    conn, client = ends
    client.sendall(b"POST /api/v1/auth/token/ HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
    hear(worker)
    worker._refuse(conn, 408)
    assert b"application/json" in client.recv(4096)


def test_the_client_address_of_a_malformed_request_is_not_logged(worker, ends, caplog):
    conn, client = ends
    conn.client = ("192.0.2.77", 4711)
    client.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nBad Name: x\r\n\r\n"))
    hear(worker)
    assert client.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert "Invalid HTTP header name" in caplog.text
    assert "192.0.2.77" not in caplog.text


def test_a_client_that_does_not_read_is_not_waited_for(worker, ends):
    conn, client = ends
    with pytest.raises(BlockingIOError):
        while True:
            conn.sock.send(b"x" * 100_000)
    client.sendall(REQUEST)
    answering = threading.Thread(target=hear, args=[worker], daemon=True)
    answering.start()
    answering.join(10)
    assert not answering.is_alive()
    assert not worker.keepalived_conns


# --- Lanes ------------------------------------------------------------------------------------


@pytest.fixture
def held():
    """A lane of one thread, which serves nothing until `go` is set, and what it served."""
    go, served = threading.Event(), []
    lane = Lane(threads=1, serve=lambda conn: go.wait(10), served=lambda *done: served.append(done))
    yield lane, go
    go.set()
    lane.shutdown(wait=True)


def test_requests_that_wait_too_long_are_returned_and_too_many_are_refused(held):
    lane, _ = held
    assert all(lane.take(number, now=0.0) for number in range(1 + MOST_WAITING))
    assert not lane.take("one too many", now=0.0)
    assert lane.late(now=PATIENCE_SECONDS - 1) == []
    assert lane.late(now=PATIENCE_SECONDS) == list(range(1, 1 + MOST_WAITING))
    assert lane.late(now=PATIENCE_SECONDS) == []


@pytest.mark.parametrize(
    ("request_", "same_as"),
    [
        (Request("/health", 1), Request("/metrics", 1)),
        (Request("/admin/", 1), Request("/api/v1/", 1)),
        (Request("/admin/", 1, streams=True), Request("/health", 1, streams=True)),
        (Request("/pixel/x", 1), Request("//pixel/y", 1, streams=True)),
    ],
)
def test_monitors_bodies_and_pixels_have_separate_lanes(request_, same_as):
    lanes = Lanes(32, serve=bool, served=print)
    assert lanes.of(request_) is lanes.of(same_as)
    others = [Request("/health", 1), Request("/x", 1), Request("/x", 1, streams=True)]
    assert len({lanes.of(other) for other in [*others, Request("/pixel/", 1)]}) == 4
    lanes.shutdown(wait=True)


# --- Refusals ---------------------------------------------------------------------------------


def parsed(answer):
    head, _, body = answer.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


def test_a_refused_call_gets_json_and_a_refused_page_gets_a_page():
    first, headers, body = parsed(refusal(503, path="/api/v1/discounts/apply"))
    assert first == "HTTP/1.1 503 Service Unavailable"
    assert headers["Content-Type"] == "application/json"
    assert headers["Retry-After"] == "2"
    assert body == '{"detail": "The server is busy; try again in a moment.", "code": "busy"}'
    first, headers, body = parsed(refusal(408, path="/admin/"))
    assert first == "HTTP/1.1 408 Request Timeout"
    assert headers["Content-Length"] == str(len(body))
    assert "did not arrive in time" in body


def test_a_refusal_has_the_headers_of_every_answer(client):
    given = set(client.get("/openapi.json").headers) - {"Content-Disposition", "Vary", "Allow"}
    assert given <= set(parsed(refusal(503))[1])


def test_a_connection_keeps_the_bytes_that_it_did_not_hand_over(worker, door):
    near = door.client()
    conn = Connection(worker.cfg, near, ("127.0.0.1", 1), ("127.0.0.1", 2))
    conn.received += REQUEST + b"next"
    conn.hand_over(len(REQUEST))
    assert conn.received == b"next"
    conn.take_back()
    assert conn.received == REQUEST + b"next"
