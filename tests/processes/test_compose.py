"""nginx as docker compose runs it, in front of the real web and ingest processes.

Only folders, ports and the name of the web process differ from the container.
"""

import contextlib
import http.client
import http.server
import re
import threading

import pytest

from tests.processes.container import Container, certify
from tests.processes.running import answers, wait_until
from tracking.door.pixel import GIF

# One after the other: each picks free ports before it listens on them.
pytestmark = [pytest.mark.nginx, pytest.mark.xdist_group("nginx")]

WEB = {"TRUSTED_PROXIES": "1", "LOG_DIR": "-", "RATE_LIMIT_DEFAULT": "3/m"}


@pytest.fixture
def containers():
    with contextlib.ExitStack() as stack:

        def make(**options):
            container = Container(**options)
            stack.callback(container.close)
            return container

        yield make


def get(port, path, *, source="127.0.0.1", context=None):
    """Status, headers and body of a request with false headers from an address of this machine."""
    kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
    options = {"context": context} if context else {}
    connection = kind("127.0.0.1", port, timeout=30, source_address=(source, 0), **options)
    try:
        headers = {"User-Agent": "Thunderbird", "X-Forwarded-For": "203.0.113.9"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_the_whole_site_is_served_and_its_pixels_are_counted(database, site, containers):
    [pixel] = database.make_pixels(1)
    site.start_web(**WEB)
    nginx = containers(web_port=site.port).start()

    assert get(nginx.port, f"/pixel/{pixel}.gif")[::2] == (200, GIF)
    assert get(nginx.pixel_port, "/pixel/")[::2] == (200, GIF)
    site.start_ingest(SPOOL_DIR=str(nginx.spool))
    wait_until(lambda: database.opens() == {pixel: 1}, "the open to be counted")
    [segment] = nginx.spool.glob("nginx-*.jsonl")
    assert '"network":"127.0.0.0/24"' in segment.read_text()

    status, headers, page = get(nginx.port, "/admin/login/")
    assert (status, b"csrfmiddlewaretoken" in page) == (200, True)
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]

    called = [get(nginx.port, "/api/v1/groups/", source="127.0.0.2")[0] for _ in range(4)]
    assert called == [401, 401, 401, 429]
    assert get(nginx.port, "/api/v1/groups/", source="127.0.0.3")[0] == 401
    addresses = re.findall(r'"client_ip": "([\d.]+)"', site.output())
    assert addresses[-5:] == [*["127.0.0.2"] * 4, "127.0.0.3"]


def test_uploads_may_be_larger_than_the_largest_file_of_contacts(containers):
    nginx = containers(web_port=9, IMPORT_MAX_MB="7").start()
    assert "client_max_body_size 8m;" in nginx.filled_in("pixeltrack.conf")


def test_no_variable_of_the_templates_is_left(containers):
    nginx = containers(web_port=9).start()
    for name in ("pixel.conf", "pixeltrack.conf"):
        assert not re.findall(r"\$\{[A-Z_]+\}", nginx.filled_in(name))


@pytest.mark.parametrize("proxies", ["0", "one"])
def test_a_wrong_number_of_proxies_stops_nginx_with_a_sentence(containers, proxies):
    nginx = containers(web_port=9, TRUSTED_PROXIES=proxies)
    nginx.lay_out()
    assert nginx.launch("true").wait(30) == 1
    assert nginx.said().startswith("TRUSTED_PROXIES must be 1 or more")
    assert len(nginx.said().splitlines()) == 1


def test_nginx_resolves_the_web_processes_again_when_their_addresses_change(containers):
    nginx = containers(web_port=9).start()

    def ask_again():
        """Wait until the addresses were resolved and the answer was applied."""
        asked = nginx.asked.read_text().count("asked")
        wait_until(lambda: nginx.asked.read_text().count("asked") >= asked + 3, "questions")

    wait_until(nginx.workers, "the first workers")
    for addresses in ("10.0.0.2\n", "10.0.0.2\n10.0.0.3\n"):
        before = nginx.workers()
        nginx.names.write_text(addresses)
        wait_until(lambda: (now := nginx.workers()) and not now & before, "new workers")  # noqa: B023
    for addresses in ("10.0.0.3\n10.0.0.2\n", ""):
        # The workers of the last change may still be starting.
        ask_again()
        before = nginx.workers()
        nginx.names.write_text(addresses)
        ask_again()
        assert nginx.workers() == before
    assert answers(nginx.port)


def test_pixels_are_answered_before_any_web_process_runs(site, containers):
    nginx = containers(web_port=site.port, addresses="").start()
    assert get(nginx.port, "/pixel/x")[::2] == (200, GIF)
    assert get(nginx.port, "/health")[0] == 502
    site.start_web(**WEB)
    nginx.names.write_text("10.0.0.1\n")
    wait_until(lambda: get(nginx.port, "/health")[0] == 200, "the web process to be found")


def test_with_the_second_compose_file_nginx_ends_tls(site, containers):
    site.start_web(**WEB | {"PUBLIC_URL": "https://127.0.0.1"})
    nginx = containers(web_port=site.port, tls=True)
    context = certify(nginx.place("/etc/nginx/tls"))
    nginx.start()

    status, headers, _ = get(nginx.tls_port, "/admin/login/", context=context)
    assert status == 200
    assert "Secure" in headers["Set-Cookie"]
    assert get(nginx.port, "/admin/login/")[0] == 301
    assert get(nginx.tls_port, "/pixel/x", context=context)[::2] == (200, GIF)


class Grafana(http.server.BaseHTTPRequestHandler):
    """Answers with the request."""

    def do_GET(self):
        body = f"{self.path} {self.headers['Host']} {self.headers['X-Forwarded-Proto']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_grafana_is_below_a_path_of_the_site_which_works_without_it(containers):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Grafana) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        nginx = containers(web_port=9, grafana_port=server.server_port).start()
        host = f"127.0.0.1:{nginx.port}"
        path = "/grafana/d/live?orgId=1"
        assert get(nginx.port, path)[::2] == (200, f"{path} {host} http".encode())
        server.shutdown()
    assert get(nginx.port, "/grafana/")[0] == 404
    assert get(nginx.port, "/pixel/x")[::2] == (200, GIF)
