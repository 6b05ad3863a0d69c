"""Encrypted columns keep their value however they are written."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from campaigns.models import Campaign, Contact, Group

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact():
    now = timezone.now()
    campaign = Campaign.objects.create(
        name="Spring", name_key="spring", start_at=now, end_at=now + timedelta(days=1)
    )
    group = Group.objects.create(campaign=campaign, number=1, name="A", name_key="a")
    return Contact.objects.create(
        campaign=campaign,
        group=group,
        email="ann@example.com",
        email_hash="0" * 64,
        email_domain="example.com",
        name="Ann",
    )


def stored(contact):
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM campaigns_contact")
        return bytes(cursor.fetchone()[0])


def test_the_column_holds_no_plain_text(contact):
    assert b"ann@" not in stored(contact)


def test_bulk_update_keeps_what_it_writes(contact):
    contact.name = "Änne"
    Contact.objects.bulk_update([contact], ["name", "email"])
    contact.refresh_from_db()
    assert (contact.name, contact.email) == ("Änne", "ann@example.com")


def test_copying_a_column_in_sql_keeps_its_value(contact):
    Contact.objects.update(name=F("email"))
    contact.refresh_from_db()
    assert contact.name == "ann@example.com"


def test_saving_an_expression_keeps_the_value(contact):
    contact.name = F("name")
    contact.save()
    contact.refresh_from_db()
    assert contact.name == "Ann"
