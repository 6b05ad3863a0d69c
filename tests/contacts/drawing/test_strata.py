"""The mail provider of an address, and what earlier campaigns know of the person."""

import pytest

from contacts.drawing.strata import History, family_of, stratum_of


@pytest.mark.parametrize(
    ("domain", "family"),
    [
        ("gmail.com", "google"),
        ("googlemail.com", "google"),
        ("outlook.com", "microsoft"),
        ("outlook.com.br", "microsoft"),
        ("hotmail.co.uk", "microsoft"),
        ("live.nl", "microsoft"),
        ("yahoo.fr", "yahoo"),
        ("yahoo.co.jp", "yahoo"),
        ("aol.com", "yahoo"),
        ("ymail.com", "yahoo"),
        ("rocketmail.com", "yahoo"),
        ("msn.com", "microsoft"),
        ("mac.com", "apple"),
        ("icloud.com", "apple"),
        ("me.com", "apple"),
        ("gmx.at", "gmx"),
        ("web.de", "gmx"),
        ("example.com", "other"),
        ("live.example.com", "other"),
        ("gmail.example", "other"),
        ("me.example", "other"),
        ("localhost", "other"),
        ("", "other"),
    ],
)
def test_the_family_of_a_domain(domain, family):
    assert family_of(domain) == family


def test_a_stratum_is_family_and_history():
    assert stratum_of("gmail.com", History.OPENED) == "google, opened before"
    assert stratum_of("example.com", History.NEVER) == "other, never opened"
    assert stratum_of("example.com", History.NEW) == "other, new"


def test_contacts_without_an_address_are_a_separate_stratum():
    assert {stratum_of(None, history) for history in History} == {"no address"}
