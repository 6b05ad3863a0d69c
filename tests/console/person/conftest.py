"""A page that serves, and somebody whose page it is."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests.tracking.factories import make_campaign, make_contact


@pytest.fixture
def serving(serving_privacy):
    # It counts how often each link was used.
    cache.clear()


@pytest.fixture
def group(db, serving):
    return make_campaign().groups.get(number=1)


@pytest.fixture
def ann(group):
    return new_contact(group, email="ann@example.org")


def new_contact(group, **fields):
    """A contact whose mail went out a day ago."""
    return make_contact(group, scheduled_at=timezone.now() - timedelta(days=1), **fields)
