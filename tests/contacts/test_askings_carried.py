"""Who was asked is not asked again because an address came."""

from datetime import timedelta

import pytest

from consent.asking.services import ask
from consent.queries import subject_of
from contacts.change import change_contact
from tests.tracking.factories import START, make_campaign, make_contact

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_an_asking_follows_to_another_address():
    group = make_campaign().groups.get(number=1)
    ann = make_contact(group, external_id="crm-1")
    assert ask([subject_of(ann)], campaign_id=group.campaign_id, now=START)
    changes = {"email": "ann@example.com"}
    change_contact(contact_id=ann.uuid, changes=changes, now=START + DAY)
    other = make_campaign("Summer")
    again = make_contact(other.groups.first(), email="ann@example.com")
    assert not ask([subject_of(again)], campaign_id=other.pk, now=START + 2 * DAY)
