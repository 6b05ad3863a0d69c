"""The table of a contact's fields agrees with the model, the API and the admin's form."""

from dataclasses import fields

import pytest

from api.shapes.campaigns import ContactFields
from campaigns.models import Contact
from consent import reading
from console.contacts.forms import ContactForm
from contacts.fields import (
    DECISION,
    FIELDS,
    IN_FILES,
    MERGED,
    OWN,
    PARTS,
    PERSONAL,
    READERS,
    ContactRow,
)
from contacts.rows import REQUIRED, read_row
from foundation.parsing import BadValue

MODEL = {field.name: field for field in Contact._meta.concrete_fields}
# What the system records of a contact, or derives from its fields.
NOTED = {
    "created_at",
    "due_at",
    "email_domain",
    "email_hash",
    "erased_at",
    "forgotten_at",
    "measured",
    "not_sent_at",
    "not_sent_reason",
    "resent_at",
    "withdrew_in",
}


def test_each_field_is_one_of_the_model_and_of_a_row():
    assert READERS.keys() == MODEL.keys() - NOTED
    assert READERS.keys() == {field.name for field in fields(ContactRow)}
    columns = {field.column for field in MODEL.values()}
    assert {field.stands_in for field in FIELDS if field.read} <= columns


def test_a_part_belongs_to_a_field_and_is_read_with_it():
    assert {field.part_of for field in FIELDS if field.part_of} <= READERS.keys()
    assert not READERS.keys() & set(PARTS)


def test_a_decision_has_the_fields_that_are_read_of_it():
    assert DECISION == reading.FIELDS
    assert not READERS.keys() & set(DECISION)


def test_the_api_and_the_form_have_every_field():
    assert ContactFields().fields.keys() == READERS.keys()
    assert {*ContactForm.Meta.fields, "uuid"} == READERS.keys()


@pytest.mark.parametrize("name", OWN)
def test_optional_fields_can_be_emptied(name):
    assert MODEL[name].null
    assert READERS[name](None, None) is None


def test_encrypted_fields_are_personal_and_all_personal_fields_are_erased():
    encrypted = {field.name for field in MODEL.values() if "Encrypted" in type(field).__name__}
    assert encrypted <= set(PERSONAL) <= set(OWN)


@pytest.mark.parametrize("name", ["name", "external_id"])
def test_a_text_may_be_as_long_as_its_column(name):
    longest = MODEL[name].max_length
    assert READERS[name]("x" * longest, None) == "x" * longest
    with pytest.raises(BadValue):
        READERS[name]("x" * (longest + 1), None)


def test_files_and_the_merge_list_name_each_field_once():
    in_files = READERS.keys() | set(PARTS) | set(DECISION)
    assert {field.name for field in IN_FILES} == in_files - {"campaign"}
    assert [field.merged for field in MERGED] == list(range(1, len(MERGED) + 1))


def test_a_row_without_more_than_the_required_is_read():
    row = read_row(dict.fromkeys(REQUIRED, 1), zone=None)
    assert [getattr(row, name) for name in OWN] == [None] * len(OWN)
