"""Fixtures of a campaign that is followed; the conftest of a folder takes them in."""

import pytest

from tests.tracking.factories import make_campaign


@pytest.fixture
def campaign():
    """A campaign with two groups, sent from START on."""
    return make_campaign()


@pytest.fixture
def group(campaign):
    return campaign.groups.get(number=1)
