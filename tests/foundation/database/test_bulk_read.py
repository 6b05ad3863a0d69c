"""What is read by thousands of keys is what the ORM reads, on every database."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Contact
from foundation.database import bulk_read
from foundation.database.bulk_read import rows_with, rows_with_keys
from tests.tracking.factories import START, make_contact, make_hit
from tracking.counting.record import record
from tracking.models import Open, Pixel

pytestmark = pytest.mark.django_db

CONTACT = ("uuid", "group_id", "campaign_id", "created_at", "due_at", "not_sent_at", "measured")


@pytest.fixture
def contacts(group):
    return [make_contact(group, pixels=2) for _ in range(5)]


def test_every_kind_of_column_is_read_as_by_the_orm(contacts):
    asked = [contact.uuid for contact in contacts[:3]]
    rows = rows_with(Contact, CONTACT, key="uuid", values=asked)
    assert sorted(rows) == sorted(Contact.objects.filter(uuid__in=asked).values_list(*CONTACT))
    assert {row[3].tzinfo for row in rows} == {UTC}


def test_encrypted_columns_are_read_in_the_clear(group):
    contact = make_contact(group, email="ann@books.example")
    rows = rows_with(Contact, ("email",), key="uuid", values=[contact.uuid])
    assert rows == [("ann@books.example",)]


def test_a_foreign_key_is_asked_for_and_read_by_its_id(contacts):
    rows = rows_with(Pixel, ("uuid", "contact_id"), key="contact_id", values=[contacts[0].uuid])
    assert sorted(rows) == sorted(
        Pixel.objects.filter(contact=contacts[0]).values_list("uuid", "contact_id")
    )


def test_times_to_the_microsecond_stay(contacts):
    at = datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC)
    whole = at.replace(microsecond=0)
    for contact, moment in zip(contacts, (at, whole), strict=False):
        Contact.objects.filter(uuid=contact.uuid).update(created_at=moment)
    asked = [contact.uuid for contact in contacts[:2]]
    rows = rows_with(Contact, ("created_at",), key="uuid", values=asked)
    assert sorted(rows) == [(whole,), (at,)]


def test_only_whole_keys_are_found(contacts):
    first, second = contacts[:2]
    record([make_hit(one, after=timedelta(minutes=n)) for one in (first, second) for n in (0, 5)])
    bucket = START.timestamp() // 10
    keys = {(first.uuid, bucket), (second.uuid, bucket + 30), (first.uuid, bucket + 60)}
    columns = ("contact_id", "bucket")
    rows = rows_with_keys(Open, columns, key=columns, values=keys)
    assert sorted(rows) == sorted([(first.uuid, bucket), (second.uuid, bucket + 30)])


def test_what_is_alike_is_read_once_if_wanted(contacts):
    first = contacts[0]
    record([make_hit(first, after=timedelta(seconds=n)) for n in range(3)])
    one = {"key": "contact_id", "values": [first.uuid]}
    assert len(rows_with(Open, ("contact_id", "kind"), **one)) == 3
    assert len(rows_with(Open, ("contact_id", "kind"), **one, distinct=True)) == 1


# What each database says of a look into an index for each key.
BY_INDEX = {"sqlite": "SEARCH tracking_open USING", "mysql": "open_bucket", "postgresql": "Index"}


@pytest.mark.parametrize("count", [2, 1500])
def test_whole_keys_are_found_by_an_index(contacts, count):
    """Of a table that is read whole it would say SCAN, ALL or index, and Seq Scan."""
    record([make_hit(one, after=timedelta(minutes=n)) for one in contacts for n in range(60)])
    keys = {(contacts[n % 5].uuid, n) for n in range(count)}
    with CaptureQueriesContext(connection) as captured:
        rows_with_keys(Open, ("kind",), key=("contact_id", "bucket"), values=keys)
    [query] = captured.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"{connection.ops.explain_query_prefix()} {query['sql']}")
        plan = "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())
    assert BY_INDEX[connection.vendor] in plan
    assert "Seq Scan" not in plan


def test_nothing_is_asked_for_no_keys():
    with CaptureQueriesContext(connection) as captured:
        assert rows_with(Contact, ("uuid",), key="uuid", values=[]) == []
        assert rows_with_keys(Open, ("kind",), key=("contact_id", "bucket"), values=[]) == []
    assert not captured.captured_queries


def test_unknown_keys_and_repeated_ones_change_nothing(contacts):
    asked = [contacts[0].uuid, contacts[0].uuid, uuid.uuid4()]
    assert rows_with(Contact, ("uuid",), key="uuid", values=asked) == [(contacts[0].uuid,)]


def test_more_keys_than_a_statement_takes_are_asked_for_in_parts(contacts, monkeypatch):
    monkeypatch.setattr(bulk_read, "VALUES_AT_ONCE", 2)
    asked = [contact.uuid for contact in contacts]
    with CaptureQueriesContext(connection) as captured:
        rows = rows_with(Contact, ("uuid",), key="uuid", values=asked)
    assert {row[0] for row in rows} == set(asked)
    assert len(captured) == 3
