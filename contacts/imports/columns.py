"""Matches the columns of a contact file to contact fields; pure."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from contacts.fields import IN_FILES, KEYS, PARTS

FIELDS = tuple(field.name for field in IN_FILES)
KEY_NAMES = {key.name for key in KEYS}
# An additional column of our own file of rejected rows, which is ignored.
PROBLEM = "problem"

NO_KEY = (
    "The file has neither an e-mail nor an external_id column: "
    "its first line must name one of them."
)
NO_KEY_CHOSEN = (
    "Choose the column of the e-mail address or of the id in your system: "
    "without either, contacts can't be identified."
)
SAME_COLUMN = "The same column is given for {} and {}."
MANY_COLUMNS = "Several columns can be {}: say which by a name that no other column has."
LAST_OR_WHOLE = (
    "The column Name may hold the last or the whole name: "
    "say which by a mapping of last_name or name."
)


class BadFile(ValueError):
    """The file can't be read at all; the message says what to do."""


def plain(header: str) -> str:
    """A header without case, accents, spaces and hyphens; unchanged if nothing would be left."""
    folded = unicodedata.normalize("NFKD", header).casefold()
    return "".join(filter(str.isalnum, folded)) or folded.strip()


def _names(*names: str) -> frozenset[str]:
    return frozenset(map(plain, names))


# The headers of each field, in order of preference: a later line is used if a file has none of an
# earlier one.
ALIASES: dict[str, tuple[frozenset[str], ...]] = {
    field.name: tuple(_names(*line) for line in field.headers) for field in IN_FILES
}
# Headers that mean the last name beside a first name, or the first name beside a last name.
LAST_BESIDE_FIRST = _names("Name", "Nom", "Naam")
FIRST_BESIDE_LAST = _names("Nombre", "Nome")
# Beside these "Name" is English, where it often means the whole name.
ENGLISH_FIRST = _names("First name", "Given name", "Billing first name")
KNOWN = frozenset().union(*(names for lines in ALIASES.values() for names in lines))


def match_columns(
    headers: Iterable[str], *, mapping: Mapping[str, str | None]
) -> tuple[str | None, ...]:
    """The field of each column, None if it is ignored.

    `mapping` overrides the column names by field, None leaves the field out. Raises BadFile.
    """
    folded = [plain(header) for header in headers]
    asked = {field: _places(folded, field, mapping[field]) for field in mapping}
    # If the column of the name is given, or None, its parts are not wanted.
    passed_over = set(PARTS) if "name" in mapping else set()
    if mapping.get("first_name") or mapping.get("last_name"):
        passed_over = {"name"}
    found = {k: v for k, v in _find(folded).items() if k not in mapping and k not in passed_over}
    if "name" in found and _is_last_or_whole(folded, found):
        raise BadFile(LAST_OR_WHOLE)
    fields: list[str | None] = [None] * len(folded)
    for field, places in sorted((asked | found).items(), key=lambda pair: FIELDS.index(pair[0])):
        if len(places) > 1:
            raise BadFile(MANY_COLUMNS.format(field))
        for n in places:
            if fields[n]:
                raise BadFile(SAME_COLUMN.format(fields[n], field))
            fields[n] = field
    if not KEY_NAMES & set(fields):
        raise BadFile(NO_KEY)
    return tuple(fields)


def place_columns(headers: Sequence[str], *, places: Mapping[str, int]) -> tuple[str | None, ...]:
    """The field of each column, given a position per field. Raises BadFile."""
    fields: list[str | None] = [None] * len(headers)
    for field, n in places.items():
        if fields[n]:
            raise BadFile(SAME_COLUMN.format(fields[n], field))
        fields[n] = field
    if not KEY_NAMES & places.keys():
        raise BadFile(NO_KEY_CHOSEN)
    return tuple(fields)


def guess_places(headers: Iterable[str]) -> dict[str, int]:
    """The position of each field's column, if its name is unambiguous."""
    folded = [plain(header) for header in headers]
    found = _find(folded)
    if _is_last_or_whole(folded, found):
        del found["name"]
    return {field: places[0] for field, places in found.items() if len(places) == 1}


def is_known(header: str) -> bool:
    """Whether a column of this name is matched automatically."""
    return plain(header) in KNOWN


def _places(folded: Sequence[str], field: str, name: str | None) -> list[int]:
    """The positions of the column that was given for a field. Raises BadFile."""
    if not name:
        return []
    places = [n for n, header in enumerate(folded) if header == plain(name)]
    if not places:
        raise BadFile(f"The file has no column of the name given for {field}.")
    return places


def _find(folded: Sequence[str]) -> dict[str, list[int]]:
    """The positions of each field's columns by their headers; several if ambiguous."""
    found: dict[str, list[int]] = {}
    for field, lines in ALIASES.items():
        for names in lines:
            places = [n for n, header in enumerate(folded) if header in names]
            if places:
                found[field] = places
                break
    return _without_parts(folded, found)


def _without_parts(folded: Sequence[str], found: dict[str, list[int]]) -> dict[str, list[int]]:
    """Either the whole name, or its parts: "Nom" and "Nome" depend on the other columns."""
    if "name" not in found:
        return found
    names = {folded[n] for n in found["name"]}
    if "first_name" in found and "last_name" not in found and names <= LAST_BESIDE_FIRST:
        if not _is_last_or_whole(folded, found):
            found["last_name"] = found.pop("name")
    elif "last_name" in found and "first_name" not in found and names <= FIRST_BESIDE_LAST:
        found["first_name"] = found.pop("name")
    else:
        found.pop("first_name", None)
        found.pop("last_name", None)
    return found


def _is_last_or_whole(folded: Sequence[str], found: Mapping[str, list[int]]) -> bool:
    names = {folded[n] for n in found.get("name", ())}
    first = {folded[n] for n in found.get("first_name", ())}
    return names == {"name"} and bool(first & ENGLISH_FIRST) and "last_name" not in found
