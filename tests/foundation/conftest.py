"""What several tests of the foundation need."""

import pytest
from django.db import connections


@pytest.fixture
def spare_connection(db):
    """A connection in the place of the tests' own, that may be lost."""
    kept = connections["default"]
    connections["default"] = kept.copy()
    yield
    connections["default"].close()
    connections["default"] = kept
