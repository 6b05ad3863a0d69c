"""Validates one contact from the API, the console or a row of a file.

Pure: `contacts.fields` knows the form of each value; nothing here knows the database. Reading a
result again gives the same result.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, cast

from contacts.fields import DRAW, FIELDS, READERS, ContactRow, Value
from foundation import dates
from foundation.errors import WHOLE
from foundation.parsing import REQUIRED as REQUIRED_FIELD
from foundation.parsing import BadValue, unknown_fields

REQUIRED = ("campaign", "group")
FIXED = tuple(field.name for field in FIELDS if field.is_fixed)
# In responses only: ignored, so that a response can be sent back.
ANSWER_ONLY = {
    *("created_at", "not_sent_at", "not_sent_reason", "resent_at", "erased_at", "warnings"),
}


DRAWN_ONCE = "Give the id of a group: contacts are drawn only when they are created."


class BadRow(ValueError):
    """The contact is invalid; `errors` maps fields to sentences."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("a contact can't be read")
        self.errors = errors


def read_row(values: object, *, zone: tzinfo) -> ContactRow:
    """A contact from its values by field name; naive times are in `zone`.

    Raises BadRow with all invalid fields.
    """
    if not isinstance(values, Mapping):
        raise BadRow({WHOLE: ["Give an object with the contact's fields."]})
    fields, errors = _read(values, zone)
    missing = {
        name: [REQUIRED_FIELD]
        for name in REQUIRED
        if name not in errors and fields.get(name) is None
    }
    if errors or missing:
        raise BadRow(missing | errors)
    # Each field's reader gives what the row takes.
    return ContactRow(**cast(dict[str, Any], fields))


def read_changes(values: object, *, zone: tzinfo) -> dict[str, Value]:
    """The validated changes of a contact; None clears a field. Raises BadRow."""
    if not isinstance(values, Mapping):
        raise BadRow({WHOLE: ["Give an object with the fields to change."]})
    fields, errors = _read(values, zone)
    errors |= {
        name: ["This field can't be emptied."]
        for name in FIXED
        if name in fields and fields[name] is None
    }
    if fields.get("group") == DRAW:
        errors["group"] = [DRAWN_ONCE]
    if errors:
        raise BadRow(errors)
    return fields


def schedule_warnings(
    scheduled_at: datetime | None, *, start_at: datetime, end_at: datetime
) -> list[str]:
    """Warnings about a schedule that is accepted."""
    if scheduled_at is None or start_at <= scheduled_at <= end_at:
        return []
    return [
        "The scheduled time lies outside the campaign's dates "
        f"({dates.moment(start_at)} to {dates.moment(end_at)} UTC)."
    ]


def _read(
    values: Mapping[str, object], zone: tzinfo
) -> tuple[dict[str, Value], dict[str, list[str]]]:
    fields: dict[str, Value] = {}
    errors: dict[str, list[str]] = {}
    for name in filter(READERS.__contains__, values):
        try:
            fields[name] = READERS[name](values[name], zone)
        except BadValue as error:
            errors[name] = [str(error)]
    return fields, errors | unknown_fields(values, known=READERS.keys(), passed_over=ANSWER_ONLY)
