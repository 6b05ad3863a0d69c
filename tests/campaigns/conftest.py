"""A campaign with two groups, and another one."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from campaigns import bulk, services
from tracking.services import register_contacts

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def make_campaign(db):
    def make(name="Spring", *, days=(1, 31)):
        first, last = (datetime(2026, 3, day, tzinfo=UTC) for day in days)
        values = {"name": name, "start_at": first, "end_at": last}
        return services.create_campaign(created_by=None, values=values)

    return make


@pytest.fixture
def campaign(make_campaign):
    return make_campaign()


@pytest.fixture
def make_group(db):
    def make(campaign, number=1, name=None):
        values = {"number": number, "name": name or f"Group {number}"}
        return services.create_group(campaign_id=campaign.id, values=values)

    return make


@pytest.fixture
def group(campaign, make_group):
    return make_group(campaign)


@pytest.fixture
def other_group(make_campaign, make_group):
    """A group of another campaign."""
    return make_group(make_campaign("Autumn"))


def register(contact_ids):
    register_contacts(contact_ids=contact_ids)


@pytest.fixture
def make_contact(group):
    moments = (NOW + timedelta(seconds=n) for n in count())

    def make(**values):
        values = {"campaign": group.campaign_id, "group": group.id} | values
        return bulk.create_contact(values=values, now=next(moments), also=register)[0]

    return make
