"""Compares the rows of a contact file with the contacts of a campaign."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from campaigns.models import Contact, ImportedContact
from contacts.fields import IN_FILES, KEYS, Value
from contacts.imports.csv_files import Record
from contacts.imports.row_reader import NO_KEY, FileRow, Problem
from foundation.personal_data.hashes import read_email_hash

FOUND_BY = ("uuid", *(key.name for key in KEYS))
# The fields that identify a contact, in order of precedence. All but the uuid are also compared.
COMPARED = (*KEYS, *(f for f in IN_FILES if f not in KEYS and f.read and f.name != "uuid"))
COLUMNS = ("uuid", *(field.stands_in for field in COMPARED))
PLACES = {name: n for n, name in enumerate(("uuid", *(field.name for field in COMPARED)))}
DIFFERENT = "The campaign has this contact already, and with another value: change it there."
TWO_CONTACTS = (
    "The e-mail address, the id in your system or the uuid belong to two different contacts."
)


# The compared fields of a row and a stored contact, in the order of COLUMNS.
Facts = tuple[Value, ...]


def found_by(facts: Facts) -> list[tuple[str, Value]]:
    """The values that identify a contact."""
    return [(name, value) for name in FOUND_BY if (value := facts[PLACES[name]])]


@dataclass(slots=True)
class Entry:
    """One row of a file, read."""

    record: Record
    row: FileRow
    facts: Facts

    @classmethod
    def of(cls, record: Record, row: FileRow) -> "Entry":
        contact = row.contact
        values = {field.stands_in: getattr(contact, field.name) for field in COMPARED}
        values["email_hash"] = read_email_hash(contact.email) if contact.email else None
        return cls(record, row, (contact.uuid, *values.values()))

    def differences(self, stored: Facts) -> list[str]:
        """The fields for which the row gives another value than the stored contact has."""
        return [
            field.name
            for field, theirs, ours in zip(COMPARED, stored[1:], self.facts[1:], strict=True)
            if field.name in self.row.texts and theirs != ours
        ]


@dataclass(slots=True)
class Sorted:
    """The new entries, the known ones with what is stored of them, and the others' problems.

    Of those that this chunk makes nothing is stored yet; `made` are ids of contacts that earlier
    chunks of the same import made.
    """

    new: list[Entry] = field(default_factory=list)
    known: list[tuple[Entry, Facts]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    made: set[UUID] = field(default_factory=set)

    @property
    def unchanged(self) -> int:
        """Rows of contacts that were there before the import."""
        return len(self.known) - len(self.repeated())

    def repeated(self) -> set[int]:
        """The lines of rows whose contact the same file made."""
        return {
            entry.record.line
            for entry, stored in self.known
            if stored[0] is None or stored[0] in self.made
        }


def sort_entries(
    campaign_id: int, entries: Sequence[Entry], *, import_id: int | None = None
) -> Sorted:
    """Compare entries with the campaign's contacts and with earlier entries.

    `import_id` is of the import whose file they are of, if it has begun.
    """
    found = _sort(entries, _stored(campaign_id, entries))
    stored = [cast(UUID, facts[0]) for _, facts in found.known if facts[0] is not None]
    if stored and import_id is not None:
        made = ImportedContact.objects.filter(contact_import_id=import_id, contact_id__in=stored)
        found.made = set(made.values_list("contact_id", flat=True))
    return found


def _stored(campaign_id: int, entries: Sequence[Entry]) -> dict[tuple[str, Value], Facts]:
    """The campaign's contacts that the entries refer to, by their identifying values."""
    contacts = Contact.objects.filter(campaign_id=campaign_id, erased_at=None).order_by()
    known: dict[tuple[str, Value], Facts] = {}
    for name in FOUND_BY:
        place = PLACES[name]
        values = [value for entry in entries if (value := entry.facts[place])]
        if values:
            found = contacts.filter(**{f"{COLUMNS[place]}__in": values})
            known |= {(name, facts[place]): facts for facts in found.values_list(*COLUMNS)}
    return known


def _sort(entries: Sequence[Entry], known: dict[tuple[str, Value], Facts]) -> Sorted:
    """Separate new contacts from known ones; new ones are added to `known`.

    Only values given in a row are compared. A uuid identifies a contact of the campaign and does
    not create one: the same file may be imported into several campaigns.
    """
    result = Sorted()
    for entry in entries:
        matches = {known[key] for key in found_by(entry.facts) if key in known}
        if matches:
            problems = _differences(entry, matches)
            result.problems += problems
            if not problems:
                [stored] = matches
                result.known.append((entry, stored))
            continue
        facts = (None, *entry.facts[1:])
        known |= dict.fromkeys(found_by(facts), facts)
        if found_by(facts):
            result.new.append(entry)
        else:
            result.problems.append(_problem(entry, "", NO_KEY))
    return result


def _differences(entry: Entry, matches: set[Facts]) -> list[Problem]:
    if len(matches) > 1:
        names = [name for name in FOUND_BY if name in entry.row.texts]
        return [_problem(entry, names[-1], TWO_CONTACTS)]
    [stored] = matches
    return [_problem(entry, name, DIFFERENT) for name in entry.differences(stored)]


def _problem(entry: Entry, name: str, reason: str) -> Problem:
    return Problem(entry.record.line, name, entry.row.texts.get(name, ""), reason)
