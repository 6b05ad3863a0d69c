"""Guesses which column of a contact file holds which field: by its name, then by its values; pure.

A name is one that is known (`contacts.fields`), or one that contains what only that field is called
and whose values agree. Without such a name a column is found by its values alone. Nothing is
guessed where two columns, or two fields, come into question: a person sees that at once, and a
wrong guess may go unnoticed.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from consent.reading import read_word
from contacts.fields import PARTS
from contacts.imports.columns import PROBLEM, guess_places, plain
from contacts.imports.guessing.dates import first_time, looks_like_dates
from contacts.imports.guessing.stems import STEMS
from foundation.invisible import visible
from foundation.parsing import BadValue, read_language

ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
NUMBER = re.compile(r"[\d.,]+")
# The part of the values that have to be of a kind, beside a name and without one: the others may
# be mistakes.
BESIDE_A_NAME, BY_THEMSELVES = 0.5, 0.9
# ISO 639-1; whatever else a word of two or three letters means, it is no language here.
LANGUAGES = (
    "ar bg bs ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk ko lb "
    "lt lv mk ms mt nb nl nn no pl pt ro ru sk sl sq sr sv sw th tr uk ur uz vi zh "
)

Values = Sequence[str]


@dataclass(frozen=True)
class Table:
    """The headers of a file and its first rows; `groups` are the campaign's, as files name them.

    Of `groups` names are casefolded. Times of sending are after `begun`, when the file was read.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    begun: datetime
    groups: Collection[str] = field(default=())

    def values(self, place: int) -> list[str]:
        """The visible values of a column."""
        cells = (visible(row[place]) for row in self.rows if place < len(row))
        return [cell for cell in cells if cell]


def guess_columns(table: Table) -> dict[str, int]:
    """The position of the column of each field that is found; no two have the same."""
    places = guess_places(table.headers)
    for guess in (_by_part_of_name, _by_values):
        free = {
            n: table.values(n)
            for n, header in enumerate(table.headers)
            if n not in places.values() and plain(header) != PROBLEM
        }
        places |= _unambiguous(guess(table, free, places))
    return places


def _unambiguous(found: Mapping[str, Sequence[int]]) -> dict[str, int]:
    claims = Counter(n for places in found.values() for n in places)
    return {
        name: places[0]
        for name, places in found.items()
        if len(places) == 1 and claims[places[0]] == 1
    }


def _by_part_of_name(
    table: Table, free: Mapping[int, Values], known: Collection[str]
) -> dict[str, list[int]]:
    folded = {n: plain(table.headers[n]) for n in free}
    passed_over = set(known) | _names_beside(known)
    return {
        name: [
            n
            for n, header in folded.items()
            if _contains(header, name) and (not table.rows or _agrees(name, free[n], table))
        ]
        for name in STEMS
        if name not in passed_over
    }


def _names_beside(known: Collection[str]) -> set[str]:
    """A whole name is not wanted beside its parts, nor they beside it."""
    if "name" in known:
        return set(PARTS)
    return {"name"} if set(PARTS) & set(known) else set()


def _contains(header: str, name: str) -> bool:
    return any(all(part in header for part in parts) for parts in STEMS[name])


def _by_values(
    table: Table, free: Mapping[int, Values], known: Collection[str]
) -> dict[str, list[int]]:
    """Decisions about consent are never guessed by values alone."""
    return {
        name: [n for n, values in free.items() if values and tells(values, table)]
        for name, tells in TELLS.items()
        if name not in known
    }


# --- What values agree with a name ---------------------------------------------------------------


def _agrees(name: str, values: Values, table: Table) -> bool:
    """Whether the values of a column can be what its name says."""
    if name in AGREES:
        return bool(values) and AGREES[name](values, table)
    return bool(values) and not any(map(ADDRESS.fullmatch, values))


def _are_addresses(values: Values, table: Table) -> bool:
    return _part(map(_is_address, values)) >= BESIDE_A_NAME


def _are_groups(values: Values, table: Table) -> bool:
    return _part(value.casefold() in table.groups for value in values) >= BESIDE_A_NAME


def _are_names(values: Values, table: Table) -> bool:
    return not any(ADDRESS.fullmatch(value) or NUMBER.fullmatch(value) for value in values)


def _are_ids(values: Values, table: Table) -> bool:
    """Two contacts never have the same."""
    return len(set(values)) == len(values) and not any(map(_is_address, values))


def _are_answers(values: Values, table: Table) -> bool:
    return all(map(_is_answer, values))


def _are_languages(values: Values, table: Table) -> bool:
    return all(map(_is_language, values)) and not _are_answers(values, table)


AGREES: dict[str, Callable[[Values, Table], bool]] = {
    "email": _are_addresses,
    "name": _are_names,
    **dict.fromkeys(PARTS, _are_names),
    "group": _are_groups,
    "scheduled_at": lambda values, table: looks_like_dates(values),
    "external_id": _are_ids,
    "locale": _are_languages,
    "consent_opens": _are_answers,
    "consent_clicks": _are_answers,
    "consent_at": lambda values, table: looks_like_dates(values),
}


# --- What values tell by themselves --------------------------------------------------------------


def _tell_addresses(values: Values, table: Table) -> bool:
    return _part(map(_is_address, values)) >= BY_THEMSELVES


def _tell_groups(values: Values, table: Table) -> bool:
    """Their names: a number may be anything."""
    named = (value.casefold() in table.groups and not value.isdigit() for value in values)
    return _part(named) >= BY_THEMSELVES


def _tell_times_of_sending(values: Values, table: Table) -> bool:
    """All to come, and with a time of day: birthdays and sign-ups are neither."""
    first = first_time(values)
    return first is not None and first > table.begun


def _tell_languages(values: Values, table: Table) -> bool:
    """With a region, or in small letters: DE alone is a country."""
    codes = [value for value in values if len(value) <= len("xx")]
    return _are_languages(values, table) and all(map(str.islower, codes))


TELLS: dict[str, Callable[[Values, Table], bool]] = {
    "email": _tell_addresses,
    "group": _tell_groups,
    "scheduled_at": _tell_times_of_sending,
    "locale": _tell_languages,
}


def _part(kinds: Iterable[bool]) -> float:
    """The part of some values, of which there is one at least, that are of a kind."""
    are = list(kinds)
    return sum(are) / len(are)


def _is_address(value: str) -> bool:
    return ADDRESS.fullmatch(value) is not None


def _is_language(value: str) -> bool:
    try:
        return f"{read_language(value).partition('-')[0]} " in LANGUAGES
    except BadValue:
        return False


def _is_answer(value: str) -> bool:
    try:
        read_word(value)
    except BadValue:
        return False
    return True
