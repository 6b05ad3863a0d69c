"""Finding contacts by what a person types."""

import pytest

from contacts.search import contacts_found, search_term


@pytest.fixture
def ann(make_contact):
    make_contact(email="bob@example.com", external_id="other")
    return make_contact(email="ann@example.com", name="Ann", external_id="crm-7")


@pytest.mark.parametrize("typed", ["ann@example.com", " ANN@Example.COM ", "crm-7", " crm-7\t"])
def test_an_address_or_an_external_id_finds_its_contact(ann, typed):
    assert contacts_found(typed) == [ann.uuid]


def test_a_uuid_finds_its_contact(ann):
    assert contacts_found(str(ann.uuid)) == [ann.uuid]


@pytest.mark.parametrize("typed", ["Ann", "ann", "example.com", "CRM-7", "crm", "ann@example"])
def test_nothing_else_finds_anybody(ann, typed):
    assert contacts_found(typed) == []


def test_the_term_holds_no_address_and_finds_the_same(ann):
    term = search_term("Ann@example.com")
    assert "@" not in term
    assert "ann" not in term.lower()
    assert contacts_found(term) == [ann.uuid]


def test_an_external_id_that_looks_like_a_hash_is_found(make_contact):
    contact = make_contact(external_id="a" * 64)
    assert contacts_found("a" * 64) == [contact.uuid]


def test_the_same_person_is_found_in_every_campaign(make_contact, other_group):
    here = make_contact(email="ann@example.com")
    there = make_contact(
        email="ann@example.com", campaign=other_group.campaign_id, group=other_group.id
    )
    assert set(contacts_found("ann@example.com")) == {here.uuid, there.uuid}
