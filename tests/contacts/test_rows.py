"""One contact is read as it was sent, or every invalid field is named."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.rows import BadRow, read_changes, read_row, schedule_warnings
from foundation.parsing import BadValue
from foundation.personal_data.addresses import read_email

FULL = {
    "uuid": "6f1c2a1e-58cc-4372-a567-0e02b2c3d479",
    "campaign": 1,
    "group": 2,
    "scheduled_at": "2026-03-01T09:00",
    "email": " Ann@EXAMPLE.com ",
    "name": "Ann",
    "external_id": "c-1",
}


def errors_of(**changed):
    with pytest.raises(BadRow) as caught:
        read_row(FULL | changed, zone=UTC)
    return caught.value.errors


def test_a_full_row_is_read():
    row = read_row(FULL, zone=ZoneInfo("Asia/Kolkata"))
    assert (row.campaign, row.group, row.name, row.external_id) == (1, 2, "Ann", "c-1")
    assert row.email == "Ann@example.com"
    assert row.scheduled_at == datetime(2026, 3, 1, 3, 30, tzinfo=UTC)
    assert str(row.uuid) == FULL["uuid"]


def test_only_campaign_and_group_are_required():
    with pytest.raises(BadRow) as caught:
        read_row({"campaign": None}, zone=UTC)
    assert set(caught.value.errors) == {"campaign", "group"}
    assert read_row({"campaign": 1, "group": 2}, zone=UTC).email is None


@pytest.mark.parametrize("nothing", [None, "", "  "])
@pytest.mark.parametrize("field", ["campaign", "group"])
def test_a_blank_is_neither_a_campaign_nor_a_group(field, nothing):
    assert errors_of(**{field: nothing}) == {field: ["Give a value: this field is required."]}


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_blank_means_not_given(nothing):
    blank = dict.fromkeys(("uuid", "scheduled_at", "email", "name", "external_id"), nothing)
    row = read_row(FULL | blank, zone=UTC)
    assert (row.uuid, row.scheduled_at, row.email, row.name, row.external_id) == (None,) * 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uuid", "not-a-uuid"),
        ("uuid", "6f1c2a1e-58cc-4372-0567-0e02b2c3d479"),
        ("campaign", "1"),
        ("campaign", True),
        ("group", 2.5),
        ("group", 2**70),
        ("scheduled_at", "tomorrow"),
        ("scheduled_at", "0001-01-01T00:00:00+14:00"),
        ("scheduled_at", 5),
        ("email", "ann"),
        ("email", "ann@example"),
        ("email", f"ann@{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 63}.com"),
        ("email", ["ann@example.com"]),
        ("email", "an\x00n@example.com"),
        ("name", "A" * 201),
        ("name", "\ud800"),
        ("name", {"first": "Ann"}),
        ("external_id", "x" * 101),
        ("external_id", 17),
        ("shedule_at", "2026-03-01T09:00"),
    ],
)
def test_a_bad_value_is_named_by_its_field(field, value):
    assert list(errors_of(**{field: value})) == [field]


def test_every_bad_field_is_named_at_once():
    assert set(errors_of(email="ann", name=5, group=None)) == {"email", "name", "group"}


def test_an_error_never_repeats_the_value():
    assert "secret" not in str(errors_of(email="secret@", name="secret" * 50, uuid="secret"))


def test_an_address_as_the_name_of_a_field_is_not_repeated():
    assert errors_of(**{"ann@example.com": 1}) == {
        "?": [
            "There is no such field. "
            "Known here: campaign, email, external_id, group, locale, name, scheduled_at, "
            "uuid."
        ]
    }


def test_what_an_answer_holds_may_be_sent_back():
    row = read_row(FULL | {"created_at": "2026-03-01", "warnings": [], "erased_at": None}, zone=UTC)
    assert row == read_row(FULL, zone=UTC)


@pytest.mark.parametrize("values", [None, [], "text", 5])
def test_a_row_that_is_not_an_object_is_refused(values):
    with pytest.raises(BadRow):
        read_row(values, zone=UTC)
    with pytest.raises(BadRow):
        read_changes(values, zone=UTC)


def test_changes_hold_only_what_was_sent():
    assert read_changes({"name": "", "group": 3}, zone=UTC) == {"name": None, "group": 3}


@pytest.mark.parametrize("field", ["campaign", "group", "uuid"])
def test_a_required_field_can_not_be_emptied(field):
    with pytest.raises(BadRow) as caught:
        read_changes({field: None}, zone=UTC)
    assert list(caught.value.errors) == [field]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


# Hypothesis takes a second to generate the first text.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, database=None)
@given(st.dictionaries(st.sampled_from([*FULL, "other"]), json_values))
def test_any_json_object_is_either_read_or_refused(values):
    try:
        row = read_row(values, zone=UTC)
    except BadRow as bad:
        assert bad.errors
    else:
        assert row.campaign > 0


START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)


@pytest.mark.parametrize("scheduled_at", [None, START, END, datetime(2026, 3, 9, tzinfo=UTC)])
def test_a_schedule_inside_the_campaign_needs_no_warning(scheduled_at):
    assert schedule_warnings(scheduled_at, start_at=START, end_at=END) == []


@pytest.mark.parametrize(
    "day", [datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)]
)
def test_a_schedule_outside_the_campaign_is_warned_of(day):
    [warning] = schedule_warnings(day, start_at=START, end_at=END)
    assert "1 March 2026, 00:00 to 31 March 2026, 00:00 UTC" in warning


LOCALS = st.text('abZ09._+-\u00e9 "@', min_size=1, max_size=70)
LONG_LABELS = ("x" * 64 + ".de", ".".join(["x" * 60] * 3) + ".de")
DOMAINS = st.sampled_from(
    ("Example.com", "example.com", "a.test", "b\u00fccher.de", "xn--bcher-kva.de", *LONG_LABELS)
) | st.sampled_from(("localhost", "a..b", "", "-a.com", "[127.0.0.1]"))


@given(LOCALS, DOMAINS)
def test_an_address_is_read_as_the_library_reads_it(local, domain):
    text = f"{local}@{domain}".strip()
    try:
        wanted = validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        wanted = None
    try:
        found = read_email(text)
    except BadValue:
        found = None
    assert found == wanted
