"""Under which key a person's decisions are kept."""

from uuid import UUID

from consent.people import PERSON_LENGTH, Subject
from foundation.personal_data.identity import blind_index, keyed_hash

KEY = "k" * 40
CONTACT = UUID("6f1c2a1e-58cc-4372-a567-0e02b2c3d479")
ANN = blind_index("ann@example.com", key=KEY)


def person(campaign=1, contact=CONTACT, email_hash=None, external_id=None):
    return Subject(campaign, contact, email_hash, external_id).person(key=KEY)


def test_an_address_is_one_person_in_every_campaign():
    assert person(email_hash=ANN, external_id="x") == person(campaign=2, email_hash=ANN) == ANN


def test_an_external_id_is_one_person_within_its_campaign():
    first, second = person(external_id="x"), person(campaign=2, external_id="x")
    other = UUID(int=CONTACT.int + 1)
    assert person(contact=other, external_id="x") == first != second


def test_a_contact_without_either_is_a_person_of_its_own():
    assert person() == person(campaign=2) != person(contact=UUID(int=CONTACT.int + 1))


def test_keys_are_hashes_of_one_length():
    for one in (person(), person(external_id="x"), person(email_hash=ANN)):
        assert len(one) == PERSON_LENGTH
        assert set(one) <= set("0123456789abcdef")


def test_no_text_can_be_taken_for_another_kind_of_key():
    assert person(external_id=f"{CONTACT}") != person()
    assert person(campaign=1, external_id="1\nx") != person(campaign=11, external_id="x")


def test_keys_stay_what_is_stored_already():
    assert person(external_id="x") == keyed_hash("external\n1\nx", key=KEY)
    assert person() == keyed_hash(f"contact\n{CONTACT}", key=KEY)
