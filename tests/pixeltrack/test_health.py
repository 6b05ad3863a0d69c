"""The short answers for load balancers and for browsers."""

import threading

import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from foundation.database.deadlines import TimedQueries
from foundation.version import __version__
from pixeltrack.health import Check
from tests.discounts.factories import make_customer


@pytest.mark.django_db
def test_a_working_server_is_healthy(client):
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {
        "status": "healthy",
        "database": "connected",
        "tables": "complete",
        "keys": "right",
        "version": __version__,
    }


def test_a_server_without_its_database_is_degraded(client, monkeypatch):
    def away():
        raise OperationalError("secret host")

    monkeypatch.setattr(connection, "cursor", away)
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json() == {
        "status": "degraded",
        "database": "unreachable",
        "tables": "unknown",
        "keys": "unknown",
        "version": __version__,
    }


@pytest.mark.usefixtures("spare_connection")
def test_a_server_whose_database_hangs_says_so(client, monkeypatch):
    go = threading.Event()
    hanging = Check("database", lambda: go.wait(60), "connected", "unreachable", TimedQueries(0.01))
    sound = Check("keys", lambda: None, "right", "wrong")
    monkeypatch.setattr("pixeltrack.health.CHECKS", (hanging, sound))
    response = client.get("/health")
    go.set()
    assert response.status_code == 503
    assert response.json() == {
        "status": "degraded",
        "database": "hanging",
        "keys": "unknown",
        "version": __version__,
    }


@pytest.mark.django_db
def test_a_server_with_the_wrong_keys_says_so(client, caplog):
    make_customer()
    with override_settings(HASH_KEY="another-hash-key-" * 3):
        response = client.get("/health")
    assert response.status_code == 503
    assert (response.json()["database"], response.json()["keys"]) == ("connected", "wrong")
    assert "HASH_KEY does not match" in caplog.text


@pytest.mark.django_db
def test_a_server_whose_database_lacks_a_table_says_so(client, monkeypatch):
    names = connection.introspection.table_names
    kept = [name for name in names() if name != "tracking_open"]
    monkeypatch.setattr(connection.introspection, "table_names", lambda: kept)
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json()["tables"] == "missing"


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
def test_a_program_gets_a_short_answer(client, accept):
    response = client.get("/", headers={"accept": accept} if accept else None)
    body = {"status": "healthy", "service": "PixelTrack", "version": __version__}
    assert (response.status_code, response.json()) == (200, body)


def test_a_browser_is_sent_to_the_admin(client):
    response = client.get("/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("path", ["/", "/health"])
def test_only_reading_is_possible(client, path):
    assert client.post(path).status_code == 405
