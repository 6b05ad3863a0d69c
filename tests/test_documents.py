"""What the documents say of the settings is what the code reads."""

import ast
import re
from itertools import chain
from pathlib import Path

from tests.test_architecture import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
READERS = {
    "host_names",
    "text",
    "words",
    "boolean",
    "integer",
    "choice",
    "secret",
    "fernet_keys",
    "http_url",
    "database_url",
    "database_user",
    "path",
    "rate",
    "redis_url",
    "kafka_brokers",
    "kafka_topic",
}
NAME = re.compile(r"[A-Z][A-Z_]+")
# Read by docker compose, by none of our processes.
COMPOSE_ALONE = {
    "ACME_DIR",
    "BACKUP_DIR",
    "COMPOSE_FILE",
    "COMPOSE_PROFILES",
    "GRAFANA_ADMIN_PASSWORD",
    "GRAFANA_PORT",
    "MYSQL_BUFFER_POOL",
    "MYSQL_MEMORY",
    "HTTPS_PORT",
    "HTTP_ADDRESS",
    "HTTP_PORT",
    "PROMETHEUS_PORT",
    "TLS_DIR",
    "WEB_MEMORY",
}


def settings_read():
    names = set()
    for path in chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            function, first = node.func, node.args[0]
            reader = getattr(function, "attr", None) or getattr(function, "id", None)
            value = getattr(first, "value", None)
            if reader in READERS and isinstance(value, str) and NAME.fullmatch(value):
                names.add(value)
    return names


def test_every_setting_is_found():
    assert {"SECRET_KEY", "SPOOL_FSYNC", "MYSQL_PORT", "DATABASE_URL"} <= settings_read()


def test_the_readme_lists_exactly_the_settings_there_are():
    text = (ROOT / "README.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row)}

    assert listed == settings_read()


def test_the_example_file_lists_exactly_the_settings_there_are():
    text = (ROOT / ".env.example").read_text()

    listed = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", text, re.MULTILINE))
    assert listed == settings_read() | COMPOSE_ALONE
