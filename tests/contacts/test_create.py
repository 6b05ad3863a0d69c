"""Many contacts are created at once: valid rows are kept, each invalid one is explained."""

import threading
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection

from campaigns import services
from campaigns.models import Contact
from contacts.create import create_contact, create_contacts
from foundation.database import bulk_sql
from foundation.errors import InvalidInput
from tests.mailings import NOW


def create(group, *contacts, **options):
    filled = [{"campaign": group.campaign_id, "group": group.id} | c for c in contacts]
    options.setdefault("pixels_per_contact", 0)
    return create_contacts(contacts=filled, now=NOW, **options)


@pytest.mark.django_db
def test_results_come_in_the_order_sent(group):
    results = create(group, {"name": "A"}, {"name": 5}, {"name": "C"})
    assert [result.index for result in results] == [0, 1, 2]
    assert [bool(result.errors) for result in results] == [False, True, False]
    names = [Contact.objects.get(uuid=results[n].uuid).name for n in (0, 2)]
    assert names == ["A", "C"]


@pytest.mark.django_db
def test_contacts_are_listed_in_the_order_sent(group):
    names = [f"{n}" for n in range(20)]
    create(group, *({"name": name} for name in names))
    assert [contact.name for contact in Contact.objects.all()] == names


@pytest.mark.django_db
def test_of_equal_addresses_in_one_call_the_first_valid_one_stays(group):
    address = {"email": "ann@example.com"}
    results = create(group, address | {"name": 5}, address, address | {"email": "Ann@EXAMPLE.com"})
    assert [list(result.errors) for result in results] == [["name"], [], ["email"]]
    assert "index 1" in results[2].errors["email"][0]


@pytest.mark.django_db
def test_equal_addresses_are_seen_before_the_database_refuses_them(
    group, django_assert_max_num_queries
):
    # Campaigns, groups, addresses, a savepoint and the insert, two for whether anybody ever
    # decided, five more to count it, the groups again: once.
    with django_assert_max_num_queries(15):
        create(group, {"email": "ann@example.com"}, {"email": "ann@example.com"})


@pytest.mark.django_db
def test_equal_addresses_in_different_chunks_are_told_apart_too(group, monkeypatch):
    monkeypatch.setattr("contacts.create.CHUNK", 1)
    results = create(group, {"email": "ann@example.com"}, {"email": "ann@example.com"})
    assert "index 0" in results[1].errors["email"][0]


@pytest.mark.django_db
def test_values_that_are_taken_are_named(group):
    taken = {"uuid": str(uuid.uuid4()), "email": "ann@example.com", "external_id": "7"}
    create(group, taken)
    [result] = create(group, taken)
    assert set(result.errors) == {"uuid", "email", "external_id"}
    assert Contact.objects.count() == 1


@pytest.mark.django_db
def test_another_campaign_may_hold_the_same_person(group, other_group):
    person = {"email": "ann@example.com", "external_id": "7"}
    assert not create(group, person)[0].errors
    assert not create(other_group, person)[0].errors


@pytest.mark.django_db
def test_external_ids_differ_by_case(group):
    results = create(group, {"external_id": "a"}, {"external_id": "A"})
    assert [result.errors for result in results] == [{}, {}]


@pytest.mark.django_db
def test_campaign_and_group_must_exist_and_belong_together(group, other_group):
    results = create(group, {"campaign": 10**9}, {"group": 10**9}, {"group": other_group.id})
    assert [list(result.errors) for result in results] == [["campaign"], ["group"], ["group"]]


@pytest.mark.django_db
def test_an_archived_group_takes_no_contact(group):
    services.archive_group(group_id=group.id, now=NOW)
    assert "unarchive it first" in create(group, {})[0].errors["group"][0]


@pytest.mark.django_db
def test_an_archived_campaign_takes_no_contact(group):
    services.archive_campaign(campaign_id=group.campaign_id, now=NOW)
    assert "unarchive it first" in create(group, {})[0].errors["campaign"][0]


@pytest.mark.django_db
def test_a_schedule_outside_the_campaign_is_kept_with_a_warning(group):
    [result] = create(group, {"scheduled_at": "2026-05-01T09:00Z"})
    assert "outside" in result.warnings[0]
    assert Contact.objects.get().scheduled_at == datetime(2026, 5, 1, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_one_bad_contact_raises_and_creates_nothing(group):
    with pytest.raises(InvalidInput) as caught:
        create_contact(values={"campaign": group.campaign_id}, now=NOW, pixels_per_contact=0)
    assert list(caught.value.errors) == ["group"]
    assert not Contact.objects.exists()


@pytest.mark.django_db
def test_too_many_contacts_are_refused_as_a_whole(group):
    with pytest.raises(InvalidInput, match="10,000"):
        create(group, *[{}] * 10_001)


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_rows(group, django_assert_max_num_queries):
    # SQLite takes 999 values a statement, hence one INSERT for every 71 rows.
    inserts = 500 // 71 + 1
    rows = [{"email": f"c{n}@example.com", "external_id": f"{n}"} for n in range(500)]
    with django_assert_max_num_queries(8 + inserts):
        create(group, *rows)


@pytest.mark.django_db
def test_what_else_belongs_to_a_contact_is_written_with_it(group, monkeypatch):
    def fail(**call):
        raise RuntimeError("no pixels today")

    monkeypatch.setattr("contacts.create.register_contacts", fail)
    with pytest.raises(RuntimeError):
        create(group, {})
    assert not Contact.objects.exists()


def in_threads(*operations):
    """Run operations at once, each on a separate connection."""
    barrier = threading.Barrier(len(operations))
    failures = []

    def run(operation):
        try:
            barrier.wait(timeout=10)
            operation()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(operation,)) for operation in operations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.django_db(transaction=True)
def test_two_calls_with_the_same_addresses_at_once_create_each_contact_once(group):
    rows = [{"email": f"c{n}@example.com"} for n in range(200)]
    outcomes = []
    in_threads(
        lambda: outcomes.append(create(group, *rows)),
        lambda: outcomes.append(create(group, *reversed(rows))),
    )
    created = sum(not result.errors for results in outcomes for result in results)
    complaints = {name for results in outcomes for result in results for name in result.errors}
    assert created == Contact.objects.count() == 200
    assert complaints == {"email"}


@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_writer_stored_first_is_checked_again(group, monkeypatch):
    """The other writer commits between the check and the insert."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets nobody in between")
    insert, raced = bulk_sql.insert, []

    def insert_late(*args):
        if not raced:
            raced.append(True)
            in_threads(lambda: create(group, {"email": "late@example.com"}))
        insert(*args)

    monkeypatch.setattr(bulk_sql, "insert", insert_late)
    results = create(group, {"email": "early@example.com"}, {"email": "late@example.com"})
    assert [list(result.errors) for result in results] == [[], ["email"]]


@pytest.mark.django_db
def test_a_row_that_keeps_colliding_is_refused_and_the_others_are_kept(group, monkeypatch):
    """The constraint refuses what the checks can't see: then rows are stored one by one."""
    create(group, {"email": "ann@example.com"})
    monkeypatch.setattr("contacts.create.stored_claims", lambda *args, **kwargs: set())
    results = create(group, {"email": "bob@example.com"}, {"email": "ann@example.com"})
    assert [list(result.errors) for result in results] == [[], ["non_field_errors"]]
    assert Contact.objects.count() == 2
