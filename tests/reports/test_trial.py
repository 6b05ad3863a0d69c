"""The newest test contacts with their opens."""

from datetime import timedelta

import pytest

import contacts.change
from campaigns.models import Contact
from contacts.trial import make_test
from reports import trial
from reports.trial import newest_tests
from tests.tracking.factories import APPLE_PRIVACY, GMAIL, START, make_campaign, make_hit
from tracking.counting.record import record
from tracking.upkeep.audit import find_differences

pytestmark = pytest.mark.django_db
NOW = START + timedelta(hours=5)


@pytest.fixture
def group():
    return make_campaign().groups.first()


def make(group, *, label="", now=NOW):
    contact_id = make_test(campaign_id=group.campaign_id, group_id=group.id, label=label, now=now)
    return Contact.objects.get(uuid=contact_id)


def test_the_opens_of_a_test_contact_are_listed_in_order(group):
    contact = make(group, label="Outlook")
    later = timedelta(hours=2)
    record([make_hit(contact, agent=GMAIL, after=later), make_hit(contact, agent=APPLE_PRIVACY)])
    [test] = newest_tests(campaign_id=group.campaign_id)
    assert (test.contact.name, test.pixel) == ("Outlook", contact.pixels.get())
    assert [(o.kind, o.rule) for o in test.opens] == [
        ("machine", "apple_mail_privacy"),
        ("proxied", "image_proxy"),
    ]


def test_an_erased_test_contact_is_no_longer_listed(group):
    kept, erased = make(group), make(group)
    contacts.change.erase_contact(contact_id=erased.uuid, now=NOW)
    record([make_hit(erased)])
    assert [test.contact for test in newest_tests(campaign_id=group.campaign_id)] == [kept]
    assert not find_differences()


def test_only_the_newest_are_listed(group, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(trial, "LISTED", 2)
    made = [make(group, now=NOW + timedelta(minutes=n)) for n in range(3)]
    make(make_campaign("Other").groups.first())
    record([make_hit(contact) for contact in made])
    with django_assert_max_num_queries(4):
        listed = newest_tests(campaign_id=group.campaign_id)
    assert [test.contact for test in listed] == [made[2], made[1]]


def test_a_test_contact_whose_pixel_was_deleted_is_not_listed(group):
    make(group).pixels.get().delete()
    assert newest_tests(campaign_id=group.campaign_id) == []
