"""Fixtures every test may use."""

import pytest
from django.conf import settings
from django.db import connection

from tests.environment import SCRATCH
from tracking.models import IngestLock


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Keep SQLite's test database in a file, so that threads meet the locks of real life."""
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database["TEST"]["NAME"] = str(SCRATCH / "test.db")


@pytest.fixture(autouse=True)
def _ingest_lock(request):
    """Flushing tables after a transactional test also removes the row that a migration made."""
    marker = request.node.get_closest_marker("django_db")
    if (marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        IngestLock.objects.get_or_create(id=1)


@pytest.fixture
def vendor():
    """The database engine under test: sqlite, mysql or postgresql."""
    return connection.vendor
