"""Parses pasted contacts, one per line: an e-mail address or an id, then a name.

Pure. It splits lines and finds duplicates; `contacts.rows` validates the values.
"""

import re
from dataclasses import dataclass
from typing import Literal

from foundation.personal_data.identity import normalise_email

Key = Literal["email", "external_id"]
SEPARATOR = re.compile(r"[,\t]")
MISSING = {
    "email": "Begin the line with an e-mail address.",
    "external_id": "Begin the line with the id in your system.",
}
REPEATED = {
    "email": "Line {} has this e-mail address too.",
    "external_id": "Line {} has this id too.",
}


@dataclass(frozen=True, slots=True)
class PastedLine:
    """A non-blank line; `number` counts from 1, including blank lines.

    `values` are a contact's, by field name; `error` says why the line is invalid.
    """

    number: int
    text: str
    values: dict[str, str]
    error: str | None = None


def read_lines(text: str, *, key: Key) -> list[PastedLine]:
    """The lines in order; of those with the same key only the first has no error."""
    first_with: dict[str, int] = {}
    # Not splitlines: a name may contain one of the rare characters that it treats as line ends.
    lines = text.removeprefix("\ufeff").split("\n")
    return [
        _read(number, line.strip(), key, first_with)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def _read(number: int, line: str, key: Key, first_with: dict[str, int]) -> PastedLine:
    value, name = (*SEPARATOR.split(line, maxsplit=1), "")[:2]
    values = {key: _unquoted(value), "name": _unquoted(name)}
    if not values[key]:
        return PastedLine(number, line, values, MISSING[key])
    same = normalise_email(values[key]) if key == "email" else values[key]
    first = first_with.setdefault(same, number)
    return PastedLine(
        number, line, values, None if first == number else REPEATED[key].format(first)
    )


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('""', '"').strip()
    return value
