"""Campaigns and groups are created, changed, archived and put back; contacts changed, erased."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F

from campaigns import services
from campaigns.models import Campaign, Contact
from campaigns.queries import outside_dates
from foundation.errors import InvalidInput, NotFound
from foundation.personal_data.hashes import email_hash

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def refused(operation, *args, **kwargs):
    """The fields that an operation complains about."""
    with pytest.raises(InvalidInput) as caught:
        operation(*args, **kwargs)
    return list(caught.value.errors)


@pytest.mark.parametrize("name", ["Spring", " SPRING", "spring", "\uff33pring"])
def test_two_campaigns_can_not_share_a_name(campaign, make_campaign, name):
    assert refused(make_campaign, name) == ["name"]
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize(("one", "other"), [("Cafe", "Café"), ("\U0001f600", "\U0001f680")])
def test_names_that_differ_by_an_accent_or_an_emoji_are_two(make_campaign, make_group, one, other):
    first, second = make_campaign(one), make_campaign(other)
    groups = [make_group(first, 1, one), make_group(first, 2, other)]
    assert [first.name, second.name] == [group.name for group in groups] == [one, other]


def test_the_name_of_an_archived_campaign_is_free(campaign, make_campaign):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    make_campaign("Spring")
    assert refused(services.unarchive_campaign, campaign_id=campaign.id) == ["name"]
    campaign.refresh_from_db()
    assert campaign.archived_at == NOW


def test_archiving_twice_keeps_the_first_time(campaign):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    services.archive_campaign(campaign_id=campaign.id, now=NOW + timedelta(days=1))
    campaign.refresh_from_db()
    assert campaign.archived_at == NOW


def test_an_unarchived_campaign_is_as_before(campaign):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    services.unarchive_campaign(campaign_id=campaign.id)
    campaign.refresh_from_db()
    assert (campaign.archived_at, campaign.live) == (None, True)


def test_a_campaign_ends_after_it_starts(campaign):
    changes = {"end_at": campaign.start_at}
    fields = refused(services.update_campaign, campaign_id=campaign.id, changes=changes)
    assert fields == ["end_at"]


def test_a_name_that_grows_in_its_normal_form_is_refused(make_campaign):
    assert refused(make_campaign, "\ufdfa" * 100) == ["name"]


@pytest.mark.parametrize(
    "operation",
    [
        lambda: services.update_campaign(campaign_id=10**9, changes={}),
        lambda: services.archive_campaign(campaign_id=10**9, now=NOW),
        lambda: services.unarchive_group(group_id=10**9),
        lambda: services.erase_contact(contact_id="6f1c2a1e-58cc-4372-a567-0e02b2c3d479", now=NOW),
    ],
)
def test_what_does_not_exist_is_not_found(operation):
    with pytest.raises(NotFound, match="not found"):
        operation()


def test_group_numbers_and_names_are_unique_in_a_campaign(campaign, group, make_group):
    assert refused(make_group, campaign, 1, "B") == ["number"]
    assert refused(make_group, campaign, 2, "GROUP 1") == ["name"]
    assert refused(make_group, campaign, 1, "Group 1") == ["number", "name"]


@pytest.mark.parametrize("name", ["Été", "ÉTÉ", " été ", "E\u0301te\u0301", "\uff25\u0301té"])
def test_two_groups_of_a_campaign_can_not_share_a_name(campaign, make_group, name):
    first, second = make_group(campaign, 1, "été"), make_group(campaign, 2, "hiver")
    assert refused(make_group, campaign, 3, name) == ["name"]
    assert refused(services.update_group, group_id=second.id, changes={"name": name}) == ["name"]
    services.update_group(group_id=first.id, changes={"name": name})


def test_a_group_name_that_grows_in_its_normal_form_is_refused(campaign, make_group):
    assert refused(make_group, campaign, 1, "\ufdfa" * 100) == ["name"]


def test_another_campaign_may_use_the_same_group_name(group, other_group):
    assert (group.number, group.name) == (other_group.number, other_group.name)


def test_a_group_keeps_its_name_when_it_is_saved_again(group):
    services.update_group(group_id=group.id, changes={"name": "Group 1", "description": "x"})
    group.refresh_from_db()
    assert (group.name, group.description) == ("Group 1", "x")


def test_a_group_never_moves(group, other_group):
    changes = {"campaign_id": other_group.campaign_id}
    assert refused(services.update_group, group_id=group.id, changes=changes) == ["campaign"]


def test_an_archived_campaign_takes_no_group(campaign, make_group):
    services.archive_campaign(campaign_id=campaign.id, now=NOW)
    assert refused(make_group, campaign) == ["campaign"]


def test_a_contact_changes_group_inside_its_campaign_only(
    campaign, make_group, make_contact, other_group
):
    contact = make_contact()
    second = make_group(campaign, 2)
    services.update_contact(contact=contact, changes={"group": second})
    contact.refresh_from_db()
    assert contact.group_id == second.id
    moved = {"group": other_group}
    assert refused(services.update_contact, contact=contact, changes=moved) == ["group"]


def test_a_contact_does_not_move_to_an_archived_group(campaign, make_group, make_contact):
    contact, second = make_contact(), make_group(campaign, 2)
    services.archive_group(group_id=second.id, now=NOW)
    second.refresh_from_db()
    assert refused(services.update_contact, contact=contact, changes={"group": second}) == ["group"]


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ({"email": "ann@example.com"}, {"email": "ANN@example.com"}, "email"),
        ({"external_id": "7"}, {"external_id": "7"}, "external_id"),
    ],
)
def test_a_contact_can_not_take_what_another_has(make_contact, first, second, field):
    make_contact(**first)
    contact = make_contact()
    assert refused(services.update_contact, contact=contact, changes=second) == [field]
    contact.refresh_from_db()
    assert (contact.email, contact.external_id) == (None, None)


def test_changing_an_address_changes_how_it_is_found(make_contact):
    contact = make_contact(email="ann@example.com")
    services.update_contact(contact=contact, changes={"email": "Bob@Example.org"})
    contact.refresh_from_db()
    assert contact.email == "Bob@example.org"
    assert contact.email_domain == "example.org"
    assert contact.email_hash == email_hash("bob@EXAMPLE.ORG")


def test_emptying_an_address_empties_how_it_is_found(make_contact):
    contact = make_contact(email="ann@example.com")
    services.update_contact(contact=contact, changes={"email": None})
    contact.refresh_from_db()
    assert (contact.email, contact.email_hash, contact.email_domain) == (None, None, None)


def test_one_mailbox_has_one_hash_however_it_is_typed():
    assert email_hash("a@xn--bcher-kva.example") == email_hash(" A@BÜCHER.example")
    assert email_hash("no address") != email_hash("ann@example.com")


def test_an_erased_contact_holds_nothing_personal(make_contact):
    contact = make_contact(email="ann@example.com", name="Ann", external_id="7")
    services.erase_contact(contact_id=contact.uuid, now=NOW)
    row = Contact.objects.values().get()
    assert row["erased_at"] == NOW
    emptied = ("email", "name", "email_hash", "email_domain", "external_id")
    assert [row[name] for name in emptied] == [None] * 5


def test_erasing_twice_changes_nothing(make_contact):
    contact = make_contact(email="ann@example.com")
    services.erase_contact(contact_id=contact.uuid, now=NOW)
    services.erase_contact(contact_id=contact.uuid, now=NOW + timedelta(days=1))
    contact.refresh_from_db()
    assert contact.erased_at == NOW


def test_an_erased_contact_can_not_change(make_contact):
    contact = make_contact(email="ann@example.com")
    services.erase_contact(contact_id=contact.uuid, now=NOW)
    contact.refresh_from_db()
    with pytest.raises(InvalidInput, match="erased"):
        services.update_contact(contact=contact, changes={"name": "Ann"})


def test_the_address_of_an_erased_contact_is_free(make_contact):
    contact = make_contact(email="ann@example.com")
    services.erase_contact(contact_id=contact.uuid, now=NOW)
    assert make_contact(email="ann@example.com").uuid != contact.uuid


def test_changing_other_fields_keeps_the_encrypted_ones(make_contact):
    contact = make_contact(email="ann@example.com", name="Ann")
    services.update_contact(contact=contact, changes={"scheduled_at": NOW})
    Contact.objects.update(scheduled_at=F("scheduled_at") + timedelta(hours=1))
    contact.refresh_from_db()
    assert (contact.email, contact.name) == ("ann@example.com", "Ann")
    assert contact.scheduled_at == NOW + timedelta(hours=1)


def test_no_plain_text_is_stored(make_contact):
    make_contact(email="ann@example.com", name="Ann Lee")
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, name FROM campaigns_contact")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    # No cipher text holds a blank or an @, as both of them do.
    assert b"ann lee" not in stored.lower()
    assert b"ann@" not in stored.lower()


def test_contacts_outside_the_dates_are_found(campaign, make_contact):
    make_contact(scheduled_at="2026-03-02T09:00Z")
    late = make_contact(scheduled_at="2026-04-02T09:00Z")
    make_contact()
    assert list(outside_dates(Contact.objects.all(), campaign)) == [late]
