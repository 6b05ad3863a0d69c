"""Plain values are read strictly, and in the same way from every source."""

import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from foundation.parsing import (
    MOST_UNKNOWN,
    BadValue,
    read_id,
    read_language,
    read_moment,
    read_number,
    read_random_uuid,
    read_text,
    read_uuid,
    unknown_fields,
)

BERLIN = ZoneInfo("Europe/Berlin")
NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:00:00Z",
        "2026-03-01T10:00:00+01:00",
        "2026-03-01 09:00+00:00",
        "20260301T090000Z",
        "2026-03-01T10:00",
    ],
)
def test_a_moment_is_read_into_utc(text):
    assert read_moment(text, zone=BERLIN) == NINE
    assert read_moment(text, zone=BERLIN).tzinfo is UTC


def test_a_moment_that_was_read_and_written_is_read_the_same_again():
    assert read_moment(NINE, zone=BERLIN) == NINE


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01",
        "01.03.2026 09:00",
        "2026-02-30T09:00",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "",
        1772355600,
        True,
        None,
        "٢٠٢٦-03-01T09:00",
    ],
)
def test_an_invalid_moment_is_refused(value):
    with pytest.raises(BadValue, match="Give a date and time"):
        read_moment(value, zone=UTC)


UUID = "6f1c2a1e-58cc-4372-a567-0e02b2c3d479"


@pytest.mark.parametrize("value", [UUID, UUID.upper(), uuid.UUID(UUID)])
def test_a_uuid_is_read_from_its_canonical_form(value):
    assert read_uuid(value) == uuid.UUID(UUID)


@pytest.mark.parametrize(
    "value",
    [
        UUID.replace("-", ""),
        "{" + UUID + "}",
        UUID[:-1],
        UUID[:-1] + "g",
        "6f1c2a1e-58cc-4372-0567-0e02b2c3d479",
        "00000000-0000-0000-0000-000000000000",
        5,
        None,
        [UUID],
    ],
)
def test_a_uuid_outside_rfc_4122_is_refused(value):
    with pytest.raises(BadValue, match="Give a uuid"):
        read_uuid(value)


def test_a_random_uuid_is_of_version_4():
    assert read_random_uuid(UUID) == uuid.UUID(UUID)
    for version in "13567":
        with pytest.raises(BadValue, match="version 4"):
            read_random_uuid(UUID.replace("-4372", f"-{version}372"))


@pytest.mark.parametrize("value", [0, -1, 2**63, "1", 1.0, True, None])
def test_an_id_is_a_positive_whole_number(value):
    with pytest.raises(BadValue):
        read_id(value)


@pytest.mark.parametrize("value", [0, 11, "5", 5.0, True])
def test_a_number_lies_between_its_bounds(value):
    assert read_number(10, smallest=1, largest=10) == 10
    with pytest.raises(BadValue):
        read_number(value, smallest=1, largest=10)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("de", "de"),
        (" DE ", "de"),
        ("de-at", "de-AT"),
        ("de_AT", "de-AT"),
        ("gsw", "gsw"),
        ("ZH-HANT-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("sl-ROZAJ-biske-1994", "sl-rozaj-biske-1994"),
        ("de-CH-1901", "de-CH-1901"),
        ("ca-ES-valencia", "ca-ES-valencia"),
        ("hy-Latn-IT-arevela", "hy-Latn-IT-arevela"),
    ],
)
def test_a_language_is_read_in_its_usual_case(text, tag):
    assert read_language(text) == tag
    assert read_language(tag) == tag


@pytest.mark.parametrize(
    "value",
    [
        *(5, None, True, "", "d", "German", "english", "de-", "-de", "de--AT", "de-A", "de-AUT"),
        *("de AT", "de-12", "12-de", "de-AT-DE", "x-private", "en-x-private", "en-u-ca-buddhist"),
        *("i-klingon", "zh-yue", "de-1901-1901", "sl-rozaj-ROZAJ", "de-1", "de\nAT", "d\u212a"),
        *("de-\u017ft", "d\u00e9", "de-AT\x00", "sl-rozaj-biske-1994-scouse-baku1926-x"),
    ],
)
def test_an_invalid_language_tag_is_refused(value):
    with pytest.raises(BadValue) as caught:
        read_language(value)
    assert not isinstance(value, str) or len(value) < 5 or value not in str(caught.value)


def test_a_language_tag_is_at_most_35_characters():
    assert read_language("de-DE-" + "-".join(f"variant{n}" for n in range(3))).endswith("variant2")
    with pytest.raises(BadValue, match="35"):
        read_language("de-DE-" + "-".join(f"variant{n}" for n in range(4)))


def test_blanks_around_a_text_are_removed():
    assert read_text("  Ann  Lee\n", longest=8) == "Ann  Lee"


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "abcdef", 5, None, ["a"]])
def test_a_text_that_no_database_can_store_is_refused(value):
    with pytest.raises(BadValue):
        read_text(value, longest=5)


def test_unknown_fields_are_named_in_order_up_to_a_limit():
    given = ["name", *(f"field {n}" for n in range(100))]
    named = unknown_fields(given, known={"name"})
    assert list(named) == [f"field {n}" for n in range(MOST_UNKNOWN)]


def test_the_error_of_an_unknown_field_names_the_fields_that_may_be_sent():
    named = unknown_fields(["id", "nam"], known=["name", "age"], passed_over={"id"})
    assert named == {"nam": ["There is no such field. Known here: age, name."]}
    named = unknown_fields(["a"], known=(), thing="parameter")
    assert named == {"a": ["There is no such parameter. None is known here."]}
