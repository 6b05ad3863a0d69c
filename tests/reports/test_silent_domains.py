"""Mail domains without any open."""

from datetime import timedelta

import pytest

from campaigns.models import Contact
from reports.silent_domains import silent_domains
from tests.tracking.factories import SCANNER, START, make_campaign, make_contact, make_hit
from tracking.counting.record import record

pytestmark = pytest.mark.django_db
NOW = START + timedelta(hours=4)


@pytest.fixture(autouse=True)
def _two_are_enough(monkeypatch):
    monkeypatch.setattr("reports.silent_domains.FEWEST_SENT", 2)


@pytest.fixture
def group():
    return make_campaign().groups.first()


def send(group, domain, contacts=2, **fields):
    return [make_contact(group, email=f"{n}@{domain}", **fields) for n in range(contacts)]


def silent(group, now=NOW):
    return silent_domains(campaign_id=group.campaign_id, now=now).domains


def test_domains_without_any_open_are_named_the_largest_first(group):
    send(group, "small.example")
    send(group, "large.example", contacts=3)
    assert silent(group) == [("large.example", 3), ("small.example", 2)]


def test_one_open_of_any_kind_is_enough(group):
    first, _ = send(group, "x.example")
    record([make_hit(first, agent=SCANNER)])
    assert silent(group) == []


def test_domains_with_few_contacts_are_not_named(group):
    send(group, "x.example", contacts=1)
    make_contact(group)
    make_contact(group)
    assert silent(group) == []


def test_unsent_and_very_recent_mails_do_not_count(group):
    send(group, "bounced.example", not_sent_at=START, not_sent_reason="bounced")
    send(group, "later.example", scheduled_at=START + timedelta(minutes=1))
    send(group, "never.example", scheduled_at=None)
    assert silent(group) == []
    assert silent(group, NOW + timedelta(minutes=1)) == [("later.example", 2)]


def test_other_campaigns_do_not_count(group):
    send(make_campaign("Autumn").groups.first(), "x.example")
    assert silent(group) == []


def test_contacts_of_one_moment_are_read_by_uuid(group, monkeypatch):
    monkeypatch.setattr("reports.silent_domains.LOOKED_AT", 3)
    send(group, "x.example", contacts=5, created_at=START)
    # Databases order uuids differently.
    record([make_hit(contact) for contact in Contact.objects.order_by("uuid")[3:]])
    assert silent(group) == [("x.example", 3)]


def test_a_long_list_is_read_in_part_and_says_so(group, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("reports.silent_domains.LOOKED_AT", 3)
    send(group, "first.example", contacts=3)
    assert silent_domains(campaign_id=group.campaign_id, now=NOW).is_cut
    send(group, "second.example", created_at=START)
    with django_assert_num_queries(1):
        assert silent(group) == [("first.example", 3)]


def test_a_short_list_is_read_in_full(group):
    send(group, "x.example")
    assert not silent_domains(campaign_id=group.campaign_id, now=NOW).is_cut
