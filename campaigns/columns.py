"""Matches the columns of a contact file with a contact's fields; pure."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

ALIASES = {
    "email": {"email", "mail", "emailaddress", "mailaddress"},
    "name": {"name", "fullname"},
    "group": {"group"},
    "scheduled_at": {"scheduledat", "scheduled", "sendat"},
    "external_id": {"externalid"},
}
FIELDS = tuple(ALIASES)
KEYS = {"email", "external_id"}

NO_KEY = (
    "The file has neither an e-mail nor an external_id column: "
    "its first line must name one of them."
)
NO_KEY_CHOSEN = (
    "Choose the column of the e-mail address or of the external id: "
    "without either, contacts can't be told apart."
)
SAME_COLUMN = "The same column is given for {} and {}."
MANY_COLUMNS = "Several columns can be {}: say which by a name that no other column has."


class BadFile(ValueError):
    """A file can't be read at all; the message says what to do."""


def match_columns(
    headers: Iterable[str], *, mapping: Mapping[str, str | None]
) -> tuple[str | None, ...]:
    """The field of each column, None where it is passed over.

    `mapping` names the column of a field in place of its aliases, None to leave the field out.
    Raises BadFile.
    """
    headers = [_plain(header) for header in headers]
    fields: list[str | None] = [None] * len(headers)
    for field, aliases in ALIASES.items():
        wanted = aliases
        if field in mapping:
            wanted = {_plain(mapping[field])} if mapping[field] else set()
        found = [n for n, header in enumerate(headers) if header in wanted]
        if not found and mapping.get(field):
            raise BadFile(f"The file has no column of the name given for {field}.")
        if len(found) > 1:
            raise BadFile(MANY_COLUMNS.format(field))
        for n in found:
            if fields[n]:
                raise BadFile(SAME_COLUMN.format(fields[n], field))
            fields[n] = field
    if not KEYS & set(fields):
        raise BadFile(NO_KEY)
    return tuple(fields)


def place_columns(headers: Sequence[str], *, places: Mapping[str, int]) -> tuple[str | None, ...]:
    """The field of each column, given the position of each field's. Raises BadFile."""
    fields: list[str | None] = [None] * len(headers)
    for field, n in places.items():
        if fields[n]:
            raise BadFile(SAME_COLUMN.format(fields[n], field))
        fields[n] = field
    if not KEYS & places.keys():
        raise BadFile(NO_KEY_CHOSEN)
    return tuple(fields)


def guess_places(headers: Iterable[str]) -> dict[str, int]:
    """The position of each field's first column that goes by one of its names."""
    plain = [_plain(header) for header in headers]
    found = {
        field: next((n for n, header in enumerate(plain) if header in aliases), None)
        for field, aliases in ALIASES.items()
    }
    return {field: n for field, n in found.items() if n is not None}


def is_known(header: str) -> bool:
    """Whether a column of this name is found by itself."""
    return any(_plain(header) in aliases for aliases in ALIASES.values())


def _plain(header: str) -> str:
    """A name without its case, blanks and hyphens; itself where nothing else is left."""
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(filter(str.isalnum, folded)) or folded.strip()
