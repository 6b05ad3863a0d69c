"""The web process answers every client, and no client affects the others."""

import contextlib
import signal
import socket

import pytest

from tests.processes.running import Site, wait_until

pytestmark = pytest.mark.one_engine

NAME = "2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11"
PIXEL = f"GET /pixel/{NAME}.gif HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
IMAGE_BYTES = 43


class Client:
    """One kept-alive connection for raw bytes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.waiting = b""
        # Only connections that were answered before are kept alive.
        assert self.ask(PIXEL) == (200, IMAGE_BYTES)

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, data):
        self.send(data)
        return self.answer(body=not data.startswith(b"HEAD"))

    def answer(self, *, body=True):
        """Status and length of the next answer's body."""
        head = self._take(lambda: self.waiting.find(b"\r\n\r\n") + 1, 4).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0]) if body else 0
        self._take(lambda: len(self.waiting) >= length, 0, length)
        return int(head.split()[1]), length

    def answer_head(self):
        """The headers of the next answer, which has no body."""
        return self._take(lambda: self.waiting.find(b"\r\n\r\n") + 1, 4).lower()

    def _take(self, is_there, extra, length=None):
        while not (found := is_there()):
            received = self.socket.recv(65536)
            assert received, "the server hung up"
            self.waiting += received
        size = found - 1 + extra if length is None else length
        taken, self.waiting = self.waiting[:size], self.waiting[size:]
        return taken

    def is_hung_up_on(self):
        try:
            return self.socket.recv(65536) == b""
        except ConnectionResetError:
            return True


@pytest.fixture(scope="module")
def web(_alias, django_db_blocker, tmp_path_factory):
    from tests.processes.conftest import Database

    with django_db_blocker.unblock():
        site = Site(tmp_path_factory.mktemp("web"), Database(_alias).url())
    site.start_web()
    yield site
    site.close()


def kept(web):
    return sum(path.read_bytes().count(b"\n{") for path in web.segments())


@pytest.fixture
def client(web):
    client = Client(web.port)
    yield client
    client.socket.close()


def test_kept_alive_connections_are_served_again_and_again(web, client):
    before = kept(web)
    assert [client.ask(PIXEL) for _ in range(5)] == [(200, IMAGE_BYTES)] * 5
    assert kept(web) == before + 5


def test_head_and_other_paths_share_a_connection_with_pixels(client):
    assert client.ask(PIXEL.replace(b"GET", b"HEAD")) == (200, 0)
    assert client.ask(PIXEL.replace(b"GET", b"POST"))[0] == 405
    assert client.ask(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")[0] == 404
    assert client.ask(PIXEL) == (200, IMAGE_BYTES)


def test_several_requests_at_once_are_all_answered(web, client):
    before = kept(web)
    client.send(PIXEL * 5)
    assert [client.answer() for _ in range(5)] == [(200, IMAGE_BYTES)] * 5
    assert kept(web) == before + 5


def test_a_request_in_pieces_is_answered_once_complete(client):
    for piece in (PIXEL[:5], PIXEL[5:40], PIXEL[40:-2]):
        client.send(piece)
    assert client.ask(PIXEL[-2:]) == (200, IMAGE_BYTES)


def test_a_request_with_a_body_does_not_confuse_the_next(client):
    body = b"GET /pixel/ HTTP/1.1\r\n\r\n"
    headers = f"Host: localhost\r\nContent-Length: {len(body)}".encode()
    client.send(PIXEL.replace(b"Host: localhost", headers) + body)
    assert client.answer() == (200, IMAGE_BYTES)
    assert client.ask(PIXEL) == (200, IMAGE_BYTES)


@pytest.mark.parametrize(
    "header",
    [b"X: y\r\n folded", b"Bad Name: x", b"Host: other", b"X: a\x00b", b"X" * 9000 + b": y"],
)
def test_a_malformed_request_is_refused_and_affects_no_other_client(web, client, header):
    other = Client(web.port)
    client.send(PIXEL.replace(b"\r\n\r\n", b"\r\n" + header + b"\r\n\r\n"))
    client.answer()
    assert other.ask(PIXEL) == (200, IMAGE_BYTES)
    other.socket.close()


def test_the_connection_is_closed_if_the_client_asks_for_it(client):
    assert client.ask(PIXEL.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))[0] == 200
    assert client.is_hung_up_on()


def test_clients_that_never_disconnect_block_no_other_client(web, client):
    lingering = [Client(web.port) for _ in range(20)]
    for one in lingering:
        one.send(PIXEL.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        one.answer()
    assert client.ask(PIXEL) == (200, IMAGE_BYTES)
    for one in lingering:
        one.socket.close()


def test_a_client_that_does_not_read_blocks_no_other_client(web):
    deaf, other = Client(web.port), Client(web.port)
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    deaf.socket.settimeout(0.5)

    def is_stuck():
        try:
            deaf.send(PIXEL * 500)
        except OSError:
            return True
        return False

    wait_until(is_stuck, "the unread answers to fill every buffer")
    assert other.ask(PIXEL) == (200, IMAGE_BYTES)
    deaf.socket.close()
    other.socket.close()


PAGE = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
CALL = b"POST /api/v1/auth/token/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "half",
    [
        PIXEL[:30],
        PAGE[:-2],
        CALL + b"Content-Length: 1000\r\n\r\n{",
        CALL + b"Content-Length: 1000000\r\n\r\n{",
        CALL + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        PIXEL[:-2] + b"Content-Length: 1000\r\n\r\nx",
    ],
    ids=["pixel", "page", "short-body", "long-body", "chunks", "body-of-pixel"],
)
def test_clients_that_stop_within_a_request_block_no_other_client(web, client, half):
    """More of them than there are threads: kept and new connections, pages and monitors."""
    silent = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(40)]
    for one in silent:
        one.sendall(half)
    assert client.ask(PIXEL) == (200, IMAGE_BYTES)
    other = Client(web.port)
    assert other.ask(PAGE)[0] == 404
    assert other.ask(PAGE.replace(b"nowhere", b"health"))[0] == 200
    assert client.ask(CALL + b"Content-Length: 2\r\n\r\n{}")[0] == 400
    for one in [*silent, other.socket]:
        one.close()


def test_headers_may_arrive_byte_by_byte(web):
    slow = socket.create_connection(("127.0.0.1", web.port), timeout=30)
    slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    before = kept(web)
    for byte in PIXEL:
        slow.sendall(bytes([byte]))
    assert slow.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert kept(web) == before + 1
    slow.close()


def test_a_client_of_http_1_0_is_answered_and_disconnected(web):
    old = socket.create_connection(("127.0.0.1", web.port), timeout=30)
    old.sendall(f"GET /pixel/{NAME}.gif HTTP/1.0\r\n\r\n".encode())
    answer = b""
    while data := old.recv(4096):
        answer += data
    assert b"200 OK" in answer
    assert answer.endswith(b";")
    old.close()


def test_a_pixel_with_a_body_without_end_is_answered(web):
    endless = socket.create_connection(("127.0.0.1", web.port), timeout=30)
    endless.sendall(PIXEL[:-2] + b"Transfer-Encoding: chunked\r\n\r\n5\r\n")
    assert endless.recv(4096).startswith(b"HTTP/1.1 200 ")
    endless.close()


@pytest.mark.parametrize(
    "header",
    [
        b"SCRIPT_NAME: /pixel",
        b"Script_Name: /nowhere",
        b"SCRIPT-NAME: /pixel",
        b"PATH_INFO: /health",
        b"REMOTE_USER: admin",
        b"REMOTE_ADDR: 192.0.2.1",
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-Protocol: ssl",
        b"X-Forwarded-Ssl: on",
        b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off",
        b"X-Forwarded-Host: other.example",
        b"X-Forwarded-Prefix: /pixel",
    ],
)
def test_no_header_of_a_client_changes_what_it_gets(web, client, header):
    """It comes from the loopback, from which gunicorn would trust all of these."""
    before = kept(web)
    headers = b"\r\n" + header + b"\r\n\r\n"
    assert client.ask(PIXEL.replace(b"\r\n\r\n", headers)) == (200, IMAGE_BYTES)
    assert kept(web) == before + 1
    nowhere = b"GET /pixelhealth HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert client.ask(nowhere.replace(b"\r\n\r\n", headers))[0] == 404
    home = b"GET /admin/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    client.send(home.replace(b"\r\n\r\n", headers))
    head = client.answer_head()
    assert head.startswith(b"http/1.1 302")
    assert b"location: /admin/login/" in head


@pytest.fixture
def leaving(tmp_path):
    """A site of which one process will end; pixels need no database."""
    site = Site(tmp_path, f"sqlite:///{tmp_path}/absent/site.db")
    yield site
    site.close()


def test_a_process_that_ends_answers_accepted_connections_and_refuses_new_ones(leaving):
    """A refused connection has sent nothing, so nginx can use another process, even for a POST."""
    site = leaving
    master = site.start_web()
    taken = []

    def refuses():
        try:
            taken.append(socket.create_connection(("127.0.0.1", site.port), timeout=30))
        except ConnectionRefusedError:
            return True
        taken[-1].sendall(PIXEL)
        return False

    client = Client(site.port)
    with client.socket, contextlib.ExitStack() as stack:
        # It keeps the process running meanwhile.
        client.send(PIXEL[:40])
        master.send_signal(signal.SIGTERM)
        wait_until(refuses, "others to be refused")
        for one in taken:
            stack.enter_context(one)
            assert one.recv(65536).startswith(b"HTTP/1.1 200")
        assert client.ask(PIXEL[40:]) == (200, IMAGE_BYTES)
