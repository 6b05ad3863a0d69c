"""All encrypted values are encrypted with the first key while others write, and nothing is lost."""

import threading
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import BinaryField, Value
from django.test import override_settings

from campaigns.models import Contact, ContactImport, ImportPiece, RejectedRow
from contacts.imports import stored_files
from discounts.models import Customer
from foundation.personal_data import key_rotation
from foundation.personal_data.key_rotation import Keys, rotate, tables
from tests.discounts.factories import make_customer
from tests.environment import SETTINGS
from tests.mailings import NOW
from tests.processes.running import wait_until

FIRST = SETTINGS["FERNET_KEY"]
OLDER, LOST = Fernet.generate_key().decode(), Fernet.generate_key().decode()
FILE = b"email\n" + b"ann@example.com\n" * 100


@pytest.fixture(autouse=True)
def _keys():
    with override_settings(FERNET_KEYS=[FIRST, OLDER]):
        forget_keys()
        yield
    forget_keys()


def forget_keys():
    """Fields cache the keys of the settings that they were first used with."""
    for table in tables():
        for column in table.columns:
            field = table.model._meta.get_field(column)
            for name in ("keys", "fernet_keys", "fernet"):
                vars(field).pop(name, None)


@pytest.fixture
def make_contacts(campaign, group):
    def make_contacts(count):
        return Contact.objects.bulk_create(
            Contact(
                campaign=campaign,
                group=group,
                email=f"p{n}@example.com",
                email_hash=f"{n:064}",
                email_domain="example.com",
                name=f"P{n}" if n % 2 else None,
            )
            for n in range(count)
        )

    return make_contacts


def encrypt_with(key, model):
    """Encrypt all values of a model with a key."""
    [table] = [table for table in tables() if table.model is model]
    for row in model._base_manager.all():
        values = {column: getattr(row, column) for column in table.columns}
        model._base_manager.filter(pk=row.pk).update(
            **{
                column: Value(Fernet(key).encrypt(as_bytes(value)), BinaryField())
                for column, value in values.items()
                if value is not None
            }
        )


def as_bytes(value):
    return value if isinstance(value, bytes) else value.encode()


def run(*options):
    """The output of the command, and its exit code."""
    said = StringIO()
    try:
        call_command("rotate_keys", *options, stdout=said)
    except SystemExit as end:
        return said.getvalue(), end.code
    return said.getvalue(), 0


def contents():
    """All encrypted values; fails if the first key does not decrypt one."""
    return {
        (table.name, row.pk, column): getattr(row, column)
        for table in tables()
        for row in table.model._base_manager.all()
        for column in table.columns
    }


def stored(model, column):
    [table] = [table for table in tables() if table.model is model]
    return [bytes(row[1 + table.columns.index(column)]) for row in table.read(after=None)]


@pytest.mark.django_db
def test_everything_is_encrypted_with_the_first_key(campaign, make_contacts, monkeypatch):
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(key_rotation, "PIECES_AT_ONCE", 2)
    monkeypatch.setattr(stored_files, "PIECE_BYTES", 300)
    make_contacts(10)
    make_customer()
    job = stored_files.receive_file(
        campaign_id=campaign.id, chunks=[FILE], file_name="ann.csv", created_by=None, now=NOW
    )
    RejectedRow.objects.create(contact_import=job, line=2, value="ann@", reason="No address.")
    models = {Contact, Customer, ContactImport, ImportPiece, RejectedRow}
    assert {table.model for table in tables()} == models
    before = contents()
    for model in models:
        encrypt_with(OLDER, model)
    said, code = run("--check")
    # Ten addresses and five names, a customer's two, one of each of the others, and six pieces.
    assert "25 values still need a key that is not the first." in said
    assert code == 1
    assert run()[1] == 0
    assert contents() == before
    assert run("--check")[1] == 0
    assert b"".join(stored_files.read_pieces(job, offset=0)) == FILE


@pytest.mark.django_db
def test_an_interrupted_rotation_goes_on(make_contacts, monkeypatch):
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 4)
    make_contacts(10)
    encrypt_with(OLDER, Contact)
    [table] = [table for table in tables() if table.model is Contact]
    half_way = rotate(table, keys=Keys([FIRST, OLDER]))
    done = next(half_way).old + next(half_way).old
    half_way.close()
    assert f"{15 - done} values still need" in run("--check")[0]
    assert f"10 rows, {15 - done} values re-encrypted" in run()[0]
    assert run("--check")[1] == 0


@pytest.mark.django_db
def test_a_value_that_no_key_decrypts_is_named_and_left_unchanged(make_contacts):
    make_contacts(3)
    encrypt_with(OLDER, Contact)
    customer = make_customer(email="ann@example.com", name="Ann Lee")
    encrypt_with(LOST, Customer)
    garbage = Value(b"no token", BinaryField())
    Customer.objects.filter(id=customer.id).update(name=garbage)
    before = stored(Customer, "email")
    for options in ([], ["--check"]):
        said, code = run(*options)
        assert code == 1
        assert f"discounts_customer {customer.id}: no key decrypts email" in said
        assert f"discounts_customer {customer.id}: no key decrypts name" in said
        assert "2 values are decrypted by no key" in said
        assert "Ann" not in said and "ann@" not in said
    assert stored(Customer, "email") == before
    assert stored(Customer, "name") == [b"no token"]
    assert {contact.email for contact in Contact.objects.all()} == {
        f"p{n}@example.com" for n in range(3)
    }


@pytest.fixture
def meanwhile(monkeypatch):
    """Makes something happen once, between reading a value and writing it."""

    def meanwhile(happen):
        renew = Keys.renew
        waiting = [happen]

        def renew_late(keys, token):
            if waiting:
                waiting.pop()()
            return renew(keys, token)

        monkeypatch.setattr(Keys, "renew", renew_late)

    return meanwhile


@pytest.mark.django_db
def test_a_value_that_changed_meanwhile_keeps_the_change(make_contacts, meanwhile):
    make_contacts(3)
    encrypt_with(OLDER, Contact)
    changed, erased, gone = Contact.objects.order_by("pk")

    def change():
        changed.email = "new@example.com"
        changed.save()
        # Like a process that has not been restarted.
        token = Value(Fernet(OLDER).encrypt(b"Bob"), BinaryField())
        Contact.objects.filter(pk=changed.pk).update(name=token)
        erased_fields = dict.fromkeys(("email", "email_hash", "email_domain", "name"))
        Contact.objects.filter(pk=erased.pk).update(erased_at=NOW, **erased_fields)
        gone.delete()

    meanwhile(change)
    assert run()[1] == 0
    left = {contact.pk: (contact.email, contact.name) for contact in Contact.objects.all()}
    assert left == {changed.pk: ("new@example.com", "Bob"), erased.pk: (None, None)}
    assert run("--check")[1] == 0


@pytest.mark.django_db
def test_rows_that_keep_changing_end_it_with_a_sentence(make_contacts, monkeypatch):
    make_contacts(1)
    encrypt_with(OLDER, Contact)
    monkeypatch.setattr(key_rotation, "_replace", lambda **_: 0)
    with pytest.raises(CommandError, match=r"keep changing\. Run it again"):
        run()


@pytest.mark.django_db(transaction=True)
def test_people_go_on_changing_contacts_while_keys_are_rotated(make_contacts, monkeypatch):
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 5)
    contacts = make_contacts(60)
    encrypt_with(OLDER, Contact)
    stop, rounds = threading.Event(), []

    def change():
        while not stop.is_set():
            for contact in contacts[::6]:
                contact.name = f"Round {len(rounds)}"
                contact.save(update_fields=["name"])
            rounds.append(len(rounds))
        connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    wait_until(lambda: rounds, "the first changes")
    try:
        assert run()[1] == 0
    finally:
        stop.set()
        thread.join()
    changed = {contact.pk for contact in contacts[::6]}
    names = {contact.pk: contact.name for contact in Contact.objects.all()}
    assert {names[pk] for pk in changed} == {f"Round {rounds[-1]}"}
    assert {names[c.pk] for c in contacts if c.pk not in changed} == {
        c.name for c in contacts if c.pk not in changed
    }
    assert run("--check")[1] == 0
