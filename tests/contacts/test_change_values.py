"""The values of a contact are changed and erased; forbidden changes are refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F

from campaigns import services
from campaigns.models import Contact
from contacts.change import change_contact, erase_contact
from foundation.errors import InvalidInput, NotFound
from foundation.personal_data.hashes import email_hash
from tests.mailings import NOW

pytestmark = pytest.mark.django_db


def refused(contact, changes):
    """The fields for which a change is refused."""
    with pytest.raises(InvalidInput) as caught:
        change_contact(contact_id=contact.uuid, changes=changes, now=NOW)
    return list(caught.value.errors)


def test_a_contact_changes_group_inside_its_campaign_only(
    campaign, make_group, make_contact, other_group
):
    contact = make_contact()
    second = make_group(campaign, 2)
    change_contact(contact_id=contact.uuid, changes={"group": second}, now=NOW)
    contact.refresh_from_db()
    assert contact.group_id == second.id
    moved = {"group": other_group}
    assert refused(contact, moved) == ["group"]


def test_a_contact_does_not_move_to_an_archived_group(campaign, make_group, make_contact):
    contact, second = make_contact(), make_group(campaign, 2)
    services.archive_group(group_id=second.id, now=NOW)
    second.refresh_from_db()
    assert refused(contact, {"group": second}) == ["group"]


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
    assert refused(contact, second) == [field]
    contact.refresh_from_db()
    assert (contact.email, contact.external_id) == (None, None)


def test_changing_an_address_changes_how_it_is_found(make_contact):
    contact = make_contact(email="ann@example.com")
    change_contact(contact_id=contact.uuid, changes={"email": "Bob@Example.org"}, now=NOW)
    contact.refresh_from_db()
    assert contact.email == "Bob@example.org"
    assert contact.email_domain == "example.org"
    assert contact.email_hash == email_hash("bob@EXAMPLE.ORG")


def test_emptying_an_address_empties_how_it_is_found(make_contact):
    contact = make_contact(email="ann@example.com")
    change_contact(contact_id=contact.uuid, changes={"email": None}, now=NOW)
    contact.refresh_from_db()
    assert (contact.email, contact.email_hash, contact.email_domain) == (None, None, None)


def test_an_erased_contact_holds_nothing_personal(make_contact):
    contact = make_contact(email="ann@example.com", name="Ann", external_id="7")
    erase_contact(contact_id=contact.uuid, now=NOW)
    row = Contact.objects.values().get()
    assert row["erased_at"] == NOW
    emptied = ("email", "name", "email_hash", "email_domain", "external_id")
    assert [row[name] for name in emptied] == [None] * 5


@pytest.mark.parametrize(
    "operation",
    [
        lambda: change_contact(contact_id=uuid4(), changes={}, now=NOW),
        lambda: erase_contact(contact_id=uuid4(), now=NOW),
    ],
)
def test_a_contact_that_does_not_exist_is_not_found(operation):
    with pytest.raises(NotFound, match="not found"):
        operation()


def test_erasing_twice_changes_nothing(make_contact):
    contact = make_contact(email="ann@example.com")
    erase_contact(contact_id=contact.uuid, now=NOW)
    erase_contact(contact_id=contact.uuid, now=NOW + timedelta(days=1))
    contact.refresh_from_db()
    assert contact.erased_at == NOW


def test_an_erased_contact_can_not_change(make_contact):
    contact = make_contact(email="ann@example.com")
    erase_contact(contact_id=contact.uuid, now=NOW)
    contact.refresh_from_db()
    with pytest.raises(InvalidInput, match="erased"):
        change_contact(contact_id=contact.uuid, changes={"name": "Ann"}, now=NOW)


def test_the_address_of_an_erased_contact_is_free(make_contact):
    contact = make_contact(email="ann@example.com")
    erase_contact(contact_id=contact.uuid, now=NOW)
    assert make_contact(email="ann@example.com").uuid != contact.uuid


def test_changing_other_fields_keeps_the_encrypted_ones(make_contact):
    contact = make_contact(email="ann@example.com", name="Ann")
    change_contact(contact_id=contact.uuid, changes={"scheduled_at": NOW}, now=NOW)
    Contact.objects.update(scheduled_at=F("scheduled_at") + timedelta(hours=1))
    contact.refresh_from_db()
    assert (contact.email, contact.name) == ("ann@example.com", "Ann")
    assert contact.scheduled_at == NOW + timedelta(hours=1)


def test_no_plain_text_is_stored(make_contact):
    make_contact(email="ann@example.com", name="Ann Lee")
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, name FROM campaigns_contact")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    # Encrypted text contains neither blanks nor an @, but both of these do.
    assert b"ann lee" not in stored.lower()
    assert b"ann@" not in stored.lower()
