"""Contacts that were pasted as text, one a line."""

import pytest

from contacts.pasted import read_lines


def read(text, key="email"):
    return [(line.number, line.values, line.error) for line in read_lines(text, key=key)]


@pytest.mark.parametrize(
    ("line", "email", "name"),
    [
        ("ann@example.com", "ann@example.com", ""),
        ("ann@example.com, Ann Lee", "ann@example.com", "Ann Lee"),
        ("  ann@example.com\tAnn Lee  ", "ann@example.com", "Ann Lee"),
        ("ann@example.com, Lee, Ann", "ann@example.com", "Lee, Ann"),
        ('ann@example.com,"Lee, ""Ann"""', "ann@example.com", 'Lee, "Ann"'),
        ('"ann@example.com","Ann"', "ann@example.com", "Ann"),
        ("ann@example.com,", "ann@example.com", ""),
        ("ann@example.com\tAnn, Lee\tx", "ann@example.com", "Ann, Lee\tx"),
        ('ann@example.com, "', "ann@example.com", '"'),
    ],
)
def test_a_line_is_an_address_with_an_optional_name(line, email, name):
    assert read(line) == [(1, {"email": email, "name": name}, None)]


def test_a_line_may_begin_with_an_external_id():
    assert read("crm-7, Ann", key="external_id") == [
        (1, {"external_id": "crm-7", "name": "Ann"}, None)
    ]


def test_blank_lines_are_ignored_and_counted():
    numbers = [line.number for line in read_lines("\r\na@x.com\r\n \r\nb@x.com\r\n", key="email")]
    assert numbers == [2, 4]


def test_a_byte_order_mark_is_not_part_of_the_first_line():
    assert read("\ufeffa@x.com")[0][1]["email"] == "a@x.com"


def test_a_line_without_an_address_is_refused():
    assert read(", Ann") == [
        (1, {"email": "", "name": "Ann"}, "Begin the line with an e-mail address.")
    ]


def test_two_lines_without_an_id_do_not_repeat_each_other():
    errors = [error for *_, error in read(",A\n,B", key="external_id")]
    assert errors == ["Begin the line with the id in your system."] * 2


def test_a_line_that_repeats_an_address_names_the_first():
    assert [error for *_, error in read("Ann@x.com\nb@x.com\nann@X.com, Ann")] == [
        None,
        None,
        "Line 1 has this e-mail address too.",
    ]


def test_external_ids_differ_by_case():
    assert [error for *_, error in read("a\nA", key="external_id")] == [None, None]
