"""nginx answers pixels itself and passes on the rest to the web process, even during reloads."""

import http.client
import itertools
import signal
import socket
import threading

import pytest

from tests.processes.conftest import Database
from tests.processes.nginx import Nginx, RawClient, children_of, request
from tests.processes.running import Site, free_port, terminate, wait_until
from tracking.door.pixel import GIF

# One after the other: each picks free ports before it listens on them.
pytestmark = [pytest.mark.nginx, pytest.mark.xdist_group("nginx")]

NAME = "2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11"
MAX_BODY_MB = 1
SETTINGS = {"TRUSTED_PROXIES": "1"}
# The answers to visitors who may read, and are not signed in to write.
ALL_WELL = {("GET", 200), ("POST", 401)}


def site_values(web_address):
    """The variables of the site's template, in addition to the pixel's."""
    return {
        "templates": ("pixel", "pixeltrack"),
        "SITE_LISTEN": f"127.0.0.1:{free_port()}",
        "WEB_ADDRESS": web_address,
        "MAX_BODY_MB": MAX_BODY_MB,
    }


@pytest.fixture(scope="module")
def web(_alias, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock():
        site = Site(tmp_path_factory.mktemp("web"), Database(_alias).url())
    site.master = site.start_web(**SETTINGS)
    yield site
    site.close()


@pytest.fixture(scope="module")
def nginx(web, tmp_path_factory):
    values = site_values(f"127.0.0.1:{web.port}")
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), **values).start()
    yield nginx
    nginx.kill()


class ScriptedWeb:
    """Replaces the web process: notes what it gets, and disconnects when told to."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked = []
        self.to_hang_up_on = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            connection, _ = self._listener.accept()
            with connection:
                head = connection.recv(65536)
                if not head:
                    return
                self.asked.append(head.decode().split("\r\n"))
                if len(self.asked) > self.to_hang_up_on:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def close(self):
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def scripted():
    web = ScriptedWeb()
    yield web
    web.close()


@pytest.fixture
def ask_scripted(scripted, make_nginx):
    """Sends a request through nginx, behind this number of trusted proxies."""

    def ask(data, *, trusted_proxies=0):
        values = site_values(f"127.0.0.1:{scripted.port}")
        nginx = make_nginx(trusted_proxies=trusted_proxies, **values).start()
        client = RawClient(nginx.site_port)
        answer = client.ask(data)
        client.close()
        return answer

    return ask


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_is_repeated_if_a_worker_ends(scripted, ask_scripted, method):
    scripted.to_hang_up_on = 1
    assert ask_scripted(request("/health", method))[0] == 200
    assert len(scripted.asked) == 2


def test_a_write_is_never_repeated(scripted, ask_scripted):
    scripted.to_hang_up_on = 1
    assert ask_scripted(request("/api/v1/discounts/apply", "POST"))[0] == 502
    assert len(scripted.asked) == 1


@pytest.mark.parametrize(("trusted_proxies", "scheme"), [(0, "http"), (1, "https")])
def test_the_scheme_is_trusted_only_from_trusted_proxies(
    scripted, ask_scripted, trusted_proxies, scheme
):
    said = [("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.9")]
    ask_scripted(request("/", headers=said), trusted_proxies=trusted_proxies)
    [head] = scripted.asked
    assert f"X-Forwarded-Proto: {scheme}" in head
    assert "X-Forwarded-For: 203.0.113.9, 127.0.0.1" in head
    assert "Host: localhost" in head


@pytest.fixture
def client(nginx):
    client = RawClient(nginx.site_port)
    yield client
    client.close()


def test_nginx_answers_pixels_itself(nginx, web, client):
    assert client.ask(request(f"/pixel/{NAME}.gif"))[::2] == (200, GIF)
    assert client.ask(request("/pixel/nonsense", headers=[("If-None-Match", "*")]))[2] == GIF
    assert client.ask(request(f"/pixel/{NAME}.gif", "POST"))[0] == 405
    assert [str(hit.pixel_id) for hit in nginx.hits()] == [NAME]
    assert not web.segments()


def test_everything_else_is_passed_on(client):
    assert b"healthy" in client.ask(request("/health"))[2]
    assert client.ask(request("/nowhere"))[0] == 404
    # The API answers JSON, so the web process got the complete POST.
    headers = [("Content-Type", "application/json"), ("Content-Length", "3")]
    client.send(request("/api/v1/auth/token/", "POST", headers=headers) + b"{}\n")
    status, _, answer = client.answer()
    assert (status, b'"password"' in answer) == (400, True)


def test_larger_bodies_than_an_import_needs_are_refused(client):
    length = [("Content-Length", str(MAX_BODY_MB * 1024 * 1024 + 1))]
    assert client.ask(request("/api/v1/auth/token/", "POST", headers=length))[0] == 413


def logged_addresses(web):
    log = web.folder / "logs/api_requests.log"
    return [line.split('"client_ip": "')[1].split('"')[0] for line in log.read_text().splitlines()]


def test_the_web_process_learns_the_client_address_which_can_not_be_forged(web, client):
    made_up = [("X-Forwarded-For", "203.0.113.9")]
    client.ask(request("/api/v1/groups/", headers=made_up))
    wait_until(lambda: logged_addresses(web), "the line of the log")
    assert logged_addresses(web)[-1] == "127.0.0.1"


TOKEN = "bxwqHljMQ3KlZw4CssPUeQcfIYf-8Grum2RXFmMf_bl7"
SPELLINGS = (
    f"/privacy/{TOKEN}",
    f"//Privacy/{TOKEN}?again={TOKEN}",
    f"/%70rivacy/{TOKEN}",
    f"/x/privacy/{TOKEN}/",
    f"/reports/{TOKEN}",
    f"//Reports/{TOKEN}?again={TOKEN}",
    f"/%72eports/{TOKEN}",
    f"/x/reports/{TOKEN}/",
)


def lines_logged(nginx):
    """What was asked according to the log, which is written after the answer."""
    client = RawClient(nginx.site_port)
    client.ask(request("/last"))
    client.close()
    log = nginx.folder / "access.log"
    wait_until(lambda: "/last" in log.read_text(), "the last line")
    return [line.split('"')[1] for line in log.read_text().splitlines()]


@pytest.fixture
def logging_nginx(make_nginx, web):
    """Logs requests as the template says, and complains of everything."""
    nginx = make_nginx(**site_values(f"127.0.0.1:{web.port}"))
    log = f"access_log {nginx.folder}/access.log pixeltrack_request;\n"
    (nginx.folder / "snippets" / "pixeltrack-log.conf").write_text(log)
    conf = nginx.folder / "conf.d" / "pixeltrack.conf"
    conf.write_text(conf.read_text().replace("error_log stderr emerg;", "error_log stderr info;"))
    return nginx


def test_a_log_of_requests_names_no_token_and_no_query(logging_nginx):
    client = RawClient(logging_nginx.start().site_port)
    statuses = [client.ask(request(path))[0] for path in (*SPELLINGS, f"/health?x={TOKEN}")]
    client.close()
    assert statuses == [404] * 8 + [200]
    asked = lines_logged(logging_nginx)
    cut = ["GET /privacy/..."] * 4 + ["GET /reports/..."] * 4
    assert asked == [*cut, "GET /health", "GET /last"]


def test_complaints_name_no_token_either(logging_nginx):
    logging_nginx.fill_in(WEB_ADDRESS="127.0.0.1:9")
    conf = logging_nginx.folder / "conf.d" / "pixeltrack.conf"
    conf.write_text(conf.read_text().replace("error_log stderr emerg;", "error_log stderr info;"))
    client = RawClient(logging_nginx.start().site_port)
    assert {client.ask(request(path))[0] for path in (*SPELLINGS, "/health")} == {502}
    client.close()
    lines_logged(logging_nginx)
    said = (logging_nginx.folder / "output").read_text()
    assert "GET /health" in said
    everything = [path for path in logging_nginx.folder.rglob("*") if path.is_file()]
    assert [path for path in everything if TOKEN.encode() in path.read_bytes()] == []


class Crowd:
    """Visitors who read and write, one thing after the other, until told to stop."""

    def __init__(self, port, *, clients=4):
        self._port = port
        self._over = threading.Event()
        self.statuses = []
        self._threads = [threading.Thread(target=self._visit) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def wait_for_more(self, count=100):
        target = len(self.statuses) + count
        wait_until(lambda: len(self.statuses) >= target, f"{count} more answers")

    def finish(self):
        self._over.set()
        for thread in self._threads:
            thread.join()
        return self.statuses

    def _visit(self):
        for asked in itertools.cycle([("GET", "/health"), ("POST", "/api/v1/discounts/apply")]):
            if self._over.is_set():
                return
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            try:
                connection.request(*asked)
                self.statuses.append((asked[0], connection.getresponse().status))
            except (OSError, http.client.HTTPException) as error:
                self.statuses.append((asked[0], repr(error)))
            connection.close()


def test_reloading_the_web_process_under_load_loses_no_request(nginx, web):
    crowd = Crowd(nginx.site_port)
    for _ in range(2):
        crowd.wait_for_more()
        old = children_of(web.master.pid)
        web.master.send_signal(signal.SIGHUP)
        wait_until(
            lambda: (now := children_of(web.master.pid)) and not now & old,  # noqa: B023
            "new workers to take over",
        )
    crowd.wait_for_more()
    assert set(crowd.finish()) == ALL_WELL


def test_reloading_nginx_under_load_loses_no_request(nginx):
    crowd = Crowd(nginx.site_port)
    for _ in range(2):
        crowd.wait_for_more()
        nginx.reload()
    crowd.wait_for_more()
    assert set(crowd.finish()) == ALL_WELL


@pytest.fixture
def other(make_site):
    """A second web process."""
    other = make_site()
    other.master = other.start_web(**SETTINGS)
    return other


def test_replacing_a_web_process_that_was_taken_out_first_loses_no_request(web, other, make_nginx):
    nginx = make_nginx(**site_values(f"127.0.0.1:{web.port}")).start()
    crowd = Crowd(nginx.site_port)
    crowd.wait_for_more()
    nginx.fill_in(WEB_ADDRESS=f"127.0.0.1:{other.port}")
    nginx.reload()
    assert terminate(web.master) == 0
    crowd.wait_for_more()
    web.master = web.start_web(**SETTINGS)
    nginx.fill_in(WEB_ADDRESS=f"127.0.0.1:{web.port}")
    nginx.reload()
    crowd.wait_for_more()
    assert set(crowd.finish()) == ALL_WELL


def test_a_web_process_that_ends_suddenly_loses_no_read(web, other, make_nginx):
    """A POST that waits to be accepted is cut off, and must not be sent again."""
    # Like a name with two addresses.
    both = f"127.0.0.1:{web.port} max_fails=0; server 127.0.0.1:{other.port}"
    crowd = Crowd(make_nginx(**site_values(both)).start().site_port)
    crowd.wait_for_more()
    assert terminate(other.master) == 0
    crowd.wait_for_more()
    assert ALL_WELL <= set(crowd.finish()) <= ALL_WELL | {("POST", 502)}


def test_challenges_of_certificate_authorities_are_answered_without_the_web_process(make_nginx):
    nginx = make_nginx(**site_values("127.0.0.1:9")).start()
    folder = nginx.folder / "acme/.well-known/acme-challenge"
    folder.mkdir(parents=True)
    (folder / "token").write_text("token.thumbprint")
    client = RawClient(nginx.site_port)
    status, _, body = client.ask(request("/.well-known/acme-challenge/token"))
    assert (status, body) == (200, b"token.thumbprint")
    for path in ("none", "", "%2e%2e/%2e%2e/%2e%2e/nginx.conf"):
        assert client.ask(request(f"/.well-known/acme-challenge/{path}"))[0] != 200
    client.close()
