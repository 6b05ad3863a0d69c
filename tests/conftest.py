"""Fixtures every test may use."""

import pytest
from django.db import connection

from tracking.models import IngestLock


@pytest.fixture(autouse=True)
def _ingest_lock(request):
    """Flushing tables after a transactional test also removes the row that a migration made."""
    if "transactional_db" in request.fixturenames:
        IngestLock.objects.get_or_create(id=1)


@pytest.fixture
def vendor():
    """The database engine under test: sqlite, mysql or postgresql."""
    return connection.vendor
