"""Turns the cells of a contact file into contacts, and into decisions of their people; pure.

It gets the groups as an argument and does not know the database.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from consent.reading import AT, CLICKS, OPENS, Told, read_decision, read_word
from contacts.fields import DECISION, KEYS, PARTS, Choice, ContactRow
from contacts.imports.columns import FIELDS
from contacts.imports.csv_files import MANY_CELLS, Record
from contacts.rows import BadRow, read_row
from foundation import csv_export
from foundation.errors import WHOLE
from foundation.invisible import plain_blanks, visible
from foundation.parsing import BadValue, read_random_uuid

LONGEST_FORMAT = 50
# A sample to test whether a format can parse what it formats.
SAMPLE = datetime(2026, 11, 23, 21, 34, tzinfo=UTC)
# How a format is shown to people.
WRITTEN = datetime(2026, 3, 31, 21, 30, tzinfo=UTC)
BAD_FORMAT = "Give a format such as %d.%m.%Y %H:%M, with day, month, year, hour and minute."
NO_KEY = (
    "Give an e-mail address or the id in your system: without one the contact can't be identified."
)
NO_GROUP = "Name the group, or choose a default group for the import."
UNKNOWN_GROUP = "The campaign has no group of this name or number."
TWO_GROUPS = "One group has this name and another this number: name it by the other one."
UNREADABLE = "\ufffd"
BAD_LETTER = (
    "A letter can't be read in the file's encoding and is shown as \ufffd: write it again, "
    "or import the file with another encoding."
)
BAD_MOMENT = "Give a date and time like {}."


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was rejected: the column (its field, or "") with its value, and a sentence."""

    line: int
    column: str
    value: str
    reason: str


class Refused(ValueError):
    """The record is not a valid contact; `problems` has an entry for each invalid value.

    `refusals` is what its person refused all the same, and `texts` say who that is.
    """

    def __init__(
        self,
        problems: list[Problem],
        *,
        refusals: Told | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("a record is no contact")
        self.problems = problems
        self.refusals, self.texts = refusals, texts or {}


@dataclass(frozen=True, slots=True)
class FileRow:
    """A contact from a file; `texts` are the non-blank cells by field.

    `told` is what its person decided, None if the row does not say.
    """

    contact: ContactRow
    texts: Mapping[str, str]
    told: Told | None = None


@dataclass(frozen=True)
class RowReader:
    """Reads the records of one file; `groups` comes from `group_keys`.

    So does `archived`, for groups that accept no new contacts but may appear in the file. Rows
    that name no group get the `default_group`.
    """

    campaign: int
    columns: Sequence[str | None]
    groups: Mapping[str, int | None]
    default_group: Choice | None
    schedule_format: str
    zone: tzinfo
    archived: Mapping[str, int | None] = field(default_factory=dict)

    def read(self, record: Record) -> FileRow:
        """The contact of a record; raises Refused.

        A uuid that is invalid or no random one is another program's id and is ignored.
        """
        if record.problem:
            raise Refused([Problem(record.line, "", record.text, record.problem)])
        if any(map(str.strip, record.cells[len(self.columns) :])):
            raise Refused([Problem(record.line, "", " | ".join(record.cells), MANY_CELLS)])
        texts = self._texts(record)
        values: dict[str, object] = {"campaign": self.campaign, **texts}
        values = {name: values[name] for name in values if name not in (*PARTS, *DECISION)}
        values["uuid"] = _uuid(texts.get("uuid", ""))
        errors = self._read_group(values) | self._read_schedule(values)
        errors |= {name: BAD_LETTER for name, text in texts.items() if UNREADABLE in text}
        if not values["uuid"] and not any(texts.get(key.name) for key in KEYS):
            errors[WHOLE] = NO_KEY
        for name in errors:
            values.pop(name, None)
        told, wrong = self._read_decision(texts)
        return self._row(record.line, values, wrong | errors, texts, told)

    def _texts(self, record: Record) -> dict[str, str]:
        """The visible cells by field, with the parts of a name joined."""
        pairs = zip(self.columns, record.cells, strict=False)
        seen = {name: csv_export.plain(visible(cell)) for name, cell in pairs if name}
        texts = {name: text for name, text in seen.items() if text}
        parts = [texts[part] for part in PARTS if part in texts]
        if parts and "name" not in self.columns:
            texts["name"] = " ".join(parts)
        return texts

    def _row(
        self,
        line: int,
        values: dict[str, object],
        errors: dict[str, str],
        texts: Mapping[str, str],
        told: Told | None,
    ) -> FileRow:
        row = None
        try:
            row = read_row(values, zone=self.zone)
        except BadRow as bad:
            errors = {name: sentences[0] for name, sentences in bad.errors.items()} | errors
        if row is None or errors:
            if "group" not in errors and values.get("group") in self.archived.values():
                errors = {**errors, "group": UNKNOWN_GROUP}
            refusals = told and told.refusals()
            raise Refused(problems_of(line, errors, texts), refusals=refusals, texts=texts)
        return FileRow(row, texts, told)

    def _read_decision(self, texts: Mapping[str, str]) -> tuple[Told | None, dict[str, str]]:
        """What the row tells of its person's decision, and its errors by field."""
        if not (texts.get(OPENS) or texts.get(CLICKS)):
            return None, {}
        values: dict[str, object] = {name: texts.get(name) for name in DECISION}
        if self.schedule_format:
            # As the file writes times, or else as programs do.
            with suppress(ValueError):
                text = plain_blanks(texts.get(AT, ""))
                values[AT] = datetime.strptime(text, self.schedule_format)
        told, errors = read_decision(values, zone=self.zone, answer=read_word)
        return told, {name: sentences[0] for name, sentences in errors.items()}

    def _read_group(self, values: dict[str, object]) -> dict[str, str]:
        text = values.get("group")
        if not text:
            values["group"] = self.default_group
            return {} if self.default_group else {"group": NO_GROUP}
        key = _group_key(str(text))
        known = self.groups if key in self.groups else self.archived
        if key not in known:
            return {"group": UNKNOWN_GROUP}
        values["group"] = known[key]
        return {} if values["group"] else {"group": TWO_GROUPS}

    def _read_schedule(self, values: dict[str, object]) -> dict[str, str]:
        text = values.get("scheduled_at")
        if not text or not self.schedule_format:
            return {}
        try:
            moment = datetime.strptime(plain_blanks(str(text)), self.schedule_format)
            values["scheduled_at"] = moment
        except ValueError:
            shown = WRITTEN.strftime(self.schedule_format)
            return {"scheduled_at": BAD_MOMENT.format(shown)}
        return {}


def problems_of(
    line: int, errors: Mapping[str, str | list[str]], texts: Mapping[str, str]
) -> list[Problem]:
    """One problem per field with errors, in FIELDS' order."""
    return [
        Problem(
            line,
            "" if name == WHOLE else name,
            texts.get(name, ""),
            reason if isinstance(reason, str) else " ".join(reason),
        )
        for name, reason in sorted(errors.items(), key=lambda error: _place(error[0]))
    ]


def group_keys(groups: Iterable[tuple[int, int, str]]) -> dict[str, int | None]:
    """The names of groups in files, given as (id, number, name); None for an ambiguous one."""
    keys: dict[str, int | None] = {}
    for group, number, name in groups:
        for key in {str(number), _group_key(name)}:
            keys[key] = None if key in keys else group
    return keys


def is_format(text: str) -> bool:
    """Whether `strptime` can parse a complete time with this format."""
    if len(text) > LONGEST_FORMAT:
        return False
    try:
        return datetime.strptime(SAMPLE.strftime(text), text).replace(tzinfo=UTC) == SAMPLE
    except (ValueError, re.error):
        return False


def _uuid(text: str) -> UUID | None:
    try:
        return read_random_uuid(text)
    except BadValue:
        return None


def _group_key(text: str) -> str:
    folded = text.strip().casefold()
    is_number = folded.isascii() and folded.isdigit() and len(folded) < 20
    return str(int(folded)) if is_number else folded


def _place(name: str) -> int:
    return FIELDS.index(name) if name in FIELDS else -1
