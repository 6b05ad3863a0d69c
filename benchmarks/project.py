"""Sets PixelTrack up on a database of its own for a benchmark.

`start()` must run before anything of Django's is imported. With BENCHMARK_DATABASE_URL it takes
that database as it is.
"""

import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

NAME = os.environ.get("BENCHMARK_NAME", "pixeltrack_benchmark")
MYSQL_SERVER = os.environ.get("BENCHMARK_MYSQL_URL", "mysql://root@127.0.0.1:3306")


def database_url(engine: str) -> str:
    """The URL of the benchmark's database on an engine ("sqlite" or "mariadb")."""
    if engine == "sqlite":
        return f"sqlite:///{tempfile.mkdtemp(prefix=NAME)}/{NAME}.db"
    return f"{MYSQL_SERVER}/{NAME}"


def start(engine: str) -> str:
    """Make an empty, migrated database, set Django up on it and return its URL."""
    ready = os.environ.get("BENCHMARK_DATABASE_URL")
    url = ready or database_url(engine)
    if engine == "mariadb" and not ready:
        _recreate(urlsplit(url))
    scratch = Path(tempfile.mkdtemp(prefix=NAME))
    os.environ.update(
        ENV_FILE=str(scratch / "absent"),
        DATABASE_URL=url,
        SECRET_KEY=secrets.token_urlsafe(50),
        API_SECRET_KEY=secrets.token_urlsafe(50),
        HASH_KEY=secrets.token_urlsafe(50),
        FERNET_KEY="YmVuY2htYXJrLWZlcm5ldC1rZXktMzItYnl0ZXMtbG8=",
        SPOOL_DIR=str(scratch / "spool"),
        CONSENT_JOURNAL=str(scratch / "consent.journal"),
        LOG_DIR=str(scratch / "logs"),
        DJANGO_SETTINGS_MODULE="pixeltrack.settings",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return url


def _recreate(server) -> None:
    import MySQLdb

    connection = MySQLdb.connect(
        host=server.hostname,
        port=server.port or 3306,
        user=server.username or "root",
        password=server.password or "",
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")
        cursor.execute(f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4")
    connection.close()
