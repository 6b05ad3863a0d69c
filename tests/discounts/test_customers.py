"""Customers are created, changed and erased."""

import pytest
from django.db import connection

from discounts.customers import create_customer, erase_customer, update_customer
from discounts.models import Customer
from foundation.errors import InvalidInput, NotFound
from tests.discounts.factories import DAY, NOW, make_customer

pytestmark = pytest.mark.django_db


def create(email="ann@example.com", name="Ann Lee"):
    return create_customer(email=email, name=name, now=NOW)


def test_a_customer_is_stored_as_given():
    create(" Ann@EXAMPLE.com ", " Ann Lee ")
    customer = Customer.objects.get()
    assert (customer.email, customer.name) == ("Ann@example.com", "Ann Lee")
    assert customer.created_at == NOW


def test_no_plain_text_is_stored():
    create()
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, name, email_hash FROM discounts_customer")
        stored = b"".join(v.encode() if isinstance(v, str) else bytes(v) for v in cursor.fetchone())
    # Encrypted text contains neither blanks nor an @, but both of these do.
    assert b"ann lee" not in stored.lower()
    assert b"ann@" not in stored.lower()


@pytest.mark.parametrize("email", ["ann@example.com", " ANN@example.com ", "Ann@Example.Com"])
def test_a_mailbox_can_be_registered_once(email):
    create()
    with pytest.raises(InvalidInput, match=r"^Email already registered$") as caught:
        create(email)
    assert (caught.value.code, list(caught.value.errors)) == ("taken", ["email"])
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"email": "ann"}, ["email"]),
        ({"email": "ann@"}, ["email"]),
        ({"email": ""}, ["email"]),
        ({"name": "  "}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"email": "@", "name": ""}, ["email", "name"]),
    ],
)
def test_bad_values_are_refused_by_name(values, fields):
    with pytest.raises(InvalidInput) as caught:
        create(**values)
    assert list(caught.value.errors) == fields
    assert not Customer.objects.exists()


def test_a_name_may_have_a_hundred_letters():
    assert create(name="ß" * 100).name == "ß" * 100


def test_a_changed_address_is_found_by_the_new_one(customer):
    update_customer(customer_id=customer.id, changes={"email": "bob@example.com"})
    with pytest.raises(InvalidInput):
        create("bob@example.com")
    assert make_customer(customer.email).id != customer.id


def test_a_change_leaves_the_rest(customer):
    update_customer(customer_id=customer.id, changes={"name": "Bob"})
    changed = Customer.objects.get()
    assert (changed.email, changed.name) == (customer.email, "Bob")


def test_a_customer_may_be_saved_under_its_own_address(customer):
    update_customer(customer_id=customer.id, changes={"email": customer.email.upper()})
    changed = Customer.objects.get().email
    assert changed != customer.email and changed.lower() == customer.email


def test_the_address_of_another_customer_is_refused(customer):
    create()
    with pytest.raises(InvalidInput, match="already registered"):
        update_customer(customer_id=customer.id, changes={"email": "ANN@example.com"})


def test_an_erased_customer_holds_nothing_personal(customer):
    erase_customer(customer_id=customer.id, now=NOW)
    row = Customer.objects.values().get()
    assert row["erased_at"] == NOW
    assert [row[name] for name in ("email", "email_hash", "name")] == [None] * 3


def test_erasing_twice_keeps_the_first_time(customer):
    erase_customer(customer_id=customer.id, now=NOW)
    erase_customer(customer_id=customer.id, now=NOW + DAY)
    assert Customer.objects.get().erased_at == NOW


def test_the_address_of_an_erased_customer_is_free(customer):
    erase_customer(customer_id=customer.id, now=NOW)
    another = make_customer(customer.email)
    assert Customer.objects.get(erased_at=None) == another != customer


def test_an_erased_or_unknown_customer_is_not_found(customer):
    erase_customer(customer_id=customer.id, now=NOW)
    for customer_id in (customer.id, 10**9):
        with pytest.raises(NotFound, match=r"^Customer not found$"):
            update_customer(customer_id=customer_id, changes={"name": "Bob"})
    with pytest.raises(NotFound, match=r"^Customer not found$"):
        erase_customer(customer_id=10**9, now=NOW)
