"""The worker answers pixels without a thread, and waits for nobody."""

import logging
import os
import selectors
import socket
import threading

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn

from pixeltrack.web_worker import PixelWorker, is_whole_pixel_request

REQUEST = b"GET /pixel/x.gif HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("request_bytes", [REQUEST, REQUEST.replace(b"GET", b"HEAD")])
def test_one_whole_request_of_a_pixel_is_one(request_bytes):
    assert is_whole_pixel_request(request_bytes)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        REQUEST[:-1],
        REQUEST[:-2],
        REQUEST * 2,
        REQUEST + b"x",
        REQUEST.replace(b"GET", b"POST"),
        REQUEST.replace(b"/pixel/", b"/admin/"),
        REQUEST.replace(b"Host: localhost", b"content-LENGTH: 5"),
        REQUEST.replace(b"Host: localhost", b"Transfer-Encoding: chunked"),
    ],
)
def test_anything_else_is_left_to_a_thread(request_bytes):
    assert not is_whole_pixel_request(request_bytes)


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
    # The server's loggers would keep to the console for all tests that follow.
    for name in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).handlers.clear()


@pytest.fixture
def ends(worker):
    """A kept-alive connection as the worker has it, and its client's end."""
    near, client = socket.socketpair()
    client.settimeout(10)
    conn = TConn(worker.cfg, near, ("127.0.0.1", 1), ("127.0.0.1", 2))
    conn.init()
    near.setblocking(False)
    worker.keepalived_conns.append(conn)
    worker.poller.register(near, selectors.EVENT_READ)
    yield conn, client
    near.close()
    client.close()


def test_a_pixel_needs_no_thread(worker, ends):
    conn, client = ends
    assert worker.tpool is None
    for _ in range(3):
        client.sendall(REQUEST)
        worker.on_client_socket_readable(conn, conn.sock)
        answer = client.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert answer.endswith(b"image")
    assert list(worker.keepalived_conns) == [conn]


def test_the_address_behind_a_malformed_request_is_not_logged(worker, ends, caplog):
    conn, client = ends
    conn.client = ("192.0.2.77", 4711)
    client.sendall(REQUEST.replace(b"\r\n\r\n", b"\r\nBad Name: x\r\n\r\n"))
    assert not worker.answer(conn)
    assert client.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert "Invalid HTTP header name" in caplog.text
    assert "192.0.2.77" not in caplog.text


def test_a_client_that_reads_nothing_is_not_waited_for(worker, ends):
    conn, client = ends
    with pytest.raises(BlockingIOError):
        while True:
            conn.sock.send(b"x" * 100_000)
    client.sendall(REQUEST)
    kept = []
    answering = threading.Thread(target=lambda: kept.append(worker.answer(conn)), daemon=True)
    answering.start()
    answering.join(10)
    assert kept == [False]
