"""Fixtures of a campaign; the conftest of a folder imports them."""

import pytest

from tests.tracking.factories import make_campaign


@pytest.fixture
def campaign():
    """A campaign with two groups, sent from START on."""
    return make_campaign()


@pytest.fixture
def group(campaign):
    return campaign.groups.get(number=1)
