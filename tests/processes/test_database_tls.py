"""The TLS options of DATABASE_URL apply in a real handshake."""

import tempfile
from pathlib import Path

import pytest
from django.db import ConnectionHandler, OperationalError, connection

from foundation.database import settings as database_settings
from foundation.database.settings import Timeouts
from tests.processes.own_database import HOST, Authority, OwnDatabase

pytestmark = pytest.mark.every_engine

LIMITS = Timeouts(connect=30, web=60, command=60)
SCHEMES = {"mysql": "mysql", "postgresql": "postgres"}
NAMES = {"mysql": "information_schema", "postgresql": "postgres"}
ENCRYPTED = {
    "mysql": "SHOW STATUS WHERE variable_name = 'Ssl_cipher' AND value != ''",
    "postgresql": "SELECT 1 FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl",
}
WITH_CA = {
    "mysql": "ssl_mode=VERIFY_CA&ssl_ca={}",
    "postgresql": "sslmode=verify-ca&sslrootcert={}",
}
FULLY = {
    "mysql": "ssl_mode=VERIFY_IDENTITY&ssl_ca={}",
    "postgresql": "sslmode=verify-full&sslrootcert={}",
}
ENFORCED = {"mysql": "ssl_mode=REQUIRED", "postgresql": "sslmode=require"}
CA_ALONE = {"mysql": "ssl_ca={}", "postgresql": "sslrootcert={}"}
OFF = {"mysql": "ssl_mode=DISABLED", "postgresql": "sslmode=disable"}


@pytest.fixture(scope="module")
def folder():
    """Not pytest's folder, which another user may not read."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def right(folder):
    return Authority(folder, "right")


@pytest.fixture(scope="module")
def server(folder, right):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite is no server")
    (folder / "server").mkdir()
    server = OwnDatabase(folder / "server", connection.vendor, right)
    yield server
    server.close()


@pytest.fixture(scope="module")
def plain(folder, right):
    """A server without TLS."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite is no server")
    (folder / "plain").mkdir()
    server = OwnDatabase(folder / "plain", connection.vendor, right, tls=False)
    yield server
    server.close()


@pytest.fixture
def is_encrypted(server, vendor, monkeypatch, django_db_blocker):
    """Connects with these options of the URL; returns whether TLS is used."""

    def ask(query, server=server):
        url = f"{SCHEMES[vendor]}://{server.login}{HOST}:{server.port}/{NAMES[vendor]}?{query}"
        monkeypatch.setenv("DATABASE_URL", url)
        ours = ConnectionHandler({"default": database_settings.database("", LIMITS)})["default"]
        try:
            with django_db_blocker.unblock(), ours.cursor() as cursor:
                cursor.execute(ENCRYPTED[vendor])
                return cursor.fetchone() is not None
        finally:
            ours.close()

    return ask


@pytest.mark.parametrize("options", [WITH_CA, FULLY])
def test_the_right_authority_is_trusted(is_encrypted, vendor, right, options):
    assert is_encrypted(options[vendor].format(right.file))


@pytest.mark.parametrize("options", [WITH_CA, FULLY])
def test_a_wrong_authority_is_refused(is_encrypted, vendor, folder, options):
    wrong = Authority(folder, "wrong")
    with pytest.raises(OperationalError, match=r"(?i)certificate"):
        is_encrypted(options[vendor].format(wrong.file))


def test_tls_is_used_exactly_where_it_is_asked_for(is_encrypted, vendor):
    assert is_encrypted(ENFORCED[vendor])
    assert not is_encrypted(OFF[vendor])


@pytest.mark.parametrize("options", [ENFORCED, WITH_CA, FULLY, CA_ALONE])
def test_a_server_without_tls_is_refused_where_tls_is_required(
    is_encrypted, plain, vendor, right, options
):
    assert not is_encrypted(OFF[vendor], plain)
    with pytest.raises(OperationalError, match=r"(?i)tls|ssl"):
        is_encrypted(options[vendor].format(right.file), plain)
