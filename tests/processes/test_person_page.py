"""A person's page in real processes: what they log, and what it says while the database hangs."""

import socket

import pytest
from django.db import connections

from campaigns.models import Contact
from consent.models import Decision
from tests.processes.person import SET_UP, ask, files_with, remove_decisions, token_of
from tests.processes.running import PATIENCE_SECONDS

pytestmark = pytest.mark.every_engine


@pytest.fixture
def token(database):
    database.make_pixels(1)
    yield token_of(Contact.objects.using(database.alias).get())
    remove_decisions(database.alias)


def say(site, text):
    """Sends whatever text, and waits until the server hangs up."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS) as client:
        client.sendall(text.encode())
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass


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
