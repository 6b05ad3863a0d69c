"""A person's page in real processes: what they log, and what it says while the database hangs."""

import http.client
import socket

import pytest
from django.conf import settings
from django.db import connections

from campaigns.models import Contact
from consent.models import Decision
from consent.tokens import Named, make_token
from tests.processes.running import PATIENCE_SECONDS

pytestmark = pytest.mark.every_engine

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SET_UP = {
    "PRIVACY_SENDER": "Example Books",
    "PRIVACY_CONTACT": "privacy@books.example",
    "PRIVACY_POLICY_URL": "https://books.example/privacy",
    "DATABASE_TIMEOUT": "2",
    "DATABASE_CONNECT_TIMEOUT": "3",
}
TABLES = ("decision", "personconsent", "clickconsent", "consenttext", "consentstate")


@pytest.fixture
def token(database):
    database.make_pixels(1)
    contact = Contact.objects.using(database.alias).get()
    yield make_token(Named(contact.campaign_id, contact.uuid), key=settings.HASH_KEY)
    with connections[database.alias].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM consent_{table}")


def ask(site, method, path, body=None):
    """Status, headers and text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE_SECONDS)
    headers = {"User-Agent": FIREFOX, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    answer = response.status, dict(response.headers), response.read().decode()
    connection.close()
    return answer


def say(site, text):
    """Sends whatever text, and waits until the server hangs up."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS) as client:
        client.sendall(text.encode())
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass


def files_with(folder, text):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if text.encode() in path.read_bytes()]


def test_the_token_is_in_no_log_metric_or_other_file(site, token, database):
    site.start_web(**SET_UP)
    path = f"/privacy/{token}"
    assert ask(site, "GET", path)[0] == 200
    assert ask(site, "POST", path, "withdraw=1")[0] == 200
    assert {ask(site, "POST", path)[0] for _ in range(10)} == {200, 429}
    for other in (f"/%70rivacy/{token}", f"{path}x", f"{path}/?again={token}", f"/x{path}"):
        ask(site, "GET", other)
    assert ask(site, "PUT", path)[0] == 405
    # Broken in ways that the server complains of.
    say(site, f"GET {path} and more HTTP/1.1\r\nHost: localhost\r\n\r\n")
    say(site, f"GET{path}\r\nHost: localhost\r\n\r\n")
    say(site, f"GET / HTTP/1.1\r\nHost: localhost\r\nReferer {path}: x\r\n\r\n")
    say(site, f"GET {path} HTTP/9.9\r\nHost: localhost\r\n\r\n")
    say(site, f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    say(site, f"G\x00T {path} HTTP/1.1\r\nHost: localhost\r\nBad Header: {path}\r\n\r\n")
    with connections[database.alias].cursor() as cursor:
        cursor.execute("ALTER TABLE consent_clickconsent RENAME TO consent_away")
        assert ask(site, "GET", path)[0] == 503
        cursor.execute("ALTER TABLE consent_away RENAME TO consent_clickconsent")
    metrics = ask(site, "GET", "/metrics")[2]
    assert 'path="/privacy/<token>"' in metrics or "/privacy/<token>" in metrics
    assert token not in metrics
    complaints = [line for line in site.output().splitlines() if "Invalid request" in line]
    assert sum("/privacy/..." in line for line in complaints) >= 2
    assert "person_page_unavailable" in site.output()
    assert files_with(site.folder, token) == []


def test_while_the_database_hangs_a_choice_is_said_not_to_be_saved(
    make_site, token, database, wire
):
    if wire is None:
        pytest.skip("SQLite is no server that could hang")
    site = make_site(database.url(wire.port))
    site.start_web(**SET_UP)
    path = f"/privacy/{token}"
    assert ask(site, "GET", path)[0] == 200
    wire.hang()
    status, headers, page = ask(site, "GET", path)
    assert (status, "Nothing was changed" in page, headers["Retry-After"]) == (503, True, "5")
    status, headers, page = ask(site, "POST", path, "withdraw=1")
    assert (status, "not saved yet" in page, headers["Retry-After"]) == (503, True, "5")
    wire.go_on()
    assert not Decision.objects.using(database.alias).exists()
    assert ask(site, "POST", path, "withdraw=1")[0] == 200
    decision = Decision.objects.using(database.alias).get()
    assert (decision.opens, decision.clicks, decision.way) == ("denied", "denied", "page")
