"""Compares the rows of a contact file with the contacts that a campaign has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from campaigns.models import Contact
from contacts.imports.csv_files import Record
from contacts.imports.row_reader import NO_KEY, FileRow, Problem
from foundation.personal_data.hashes import read_email_hash

FOUND_BY = ("uuid", "email", "external_id")
COMPARED = ("email", "external_id", "name", "group", "scheduled_at")
DIFFERENT = "The campaign has this contact already, and with another value: change it there."
TWO_CONTACTS = "The e-mail address, external id or uuid belong to two different contacts."


class Facts(NamedTuple):
    """What is compared between a row and a stored contact, by the column's name."""

    uuid: UUID | None
    email: str | None
    external_id: str | None
    name: str | None
    group: int
    scheduled_at: datetime | None

    def found_by(self) -> list[tuple[str, object]]:
        """What a contact is found by."""
        return [(name, getattr(self, name)) for name in FOUND_BY if getattr(self, name)]


@dataclass(slots=True)
class Entry:
    """One row of a file, read."""

    record: Record
    row: FileRow
    facts: Facts

    @classmethod
    def of(cls, record: Record, row: FileRow) -> "Entry":
        it = row.contact
        digest = read_email_hash(it.email) if it.email else None
        facts = Facts(it.uuid, digest, it.external_id, it.name, it.group, it.scheduled_at)
        return cls(record, row, facts)

    def differences(self, stored: Facts) -> list[str]:
        """In what the row gives another value than a stored contact has."""
        return [
            name
            for name in COMPARED
            if name in self.row.texts and getattr(stored, name) != getattr(self.facts, name)
        ]


@dataclass(slots=True)
class Sorted:
    """The entries that are new, how many are known, and what is wrong with the others."""

    new: list[Entry] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


def sort_entries(campaign_id: int, entries: Sequence[Entry]) -> Sorted:
    """Compare some entries with what the campaign has, and with those before them."""
    return _sort(entries, _stored(campaign_id, entries))


def _stored(campaign_id: int, entries: Sequence[Entry]) -> dict[tuple[str, object], Facts]:
    """What the campaign has of the contacts that some entries name, by what names them."""
    contacts = Contact.objects.filter(campaign_id=campaign_id, erased_at=None).order_by()
    known = {}
    for name in FOUND_BY:
        column = "email_hash" if name == "email" else name
        values = [value for entry in entries if (value := getattr(entry.facts, name))]
        if values:
            found = contacts.filter(**{f"{column}__in": values})
            columns = ("uuid", "email_hash", "external_id", "name", "group_id", "scheduled_at")
            for facts in map(Facts._make, found.values_list(*columns)):
                known[name, getattr(facts, name)] = facts
    return known


def _sort(entries: Sequence[Entry], known: dict[tuple[str, object], Facts]) -> Sorted:
    """Tell new contacts from known ones; `known` grows by the new ones.

    Only what a row gives can differ. A uuid finds a contact of the campaign and makes none: the
    same file may become contacts of several campaigns.
    """
    result = Sorted()
    for entry in entries:
        matches = {known[key] for key in entry.facts.found_by() if key in known}
        if matches:
            problems = _differences(entry, matches)
            result.problems += problems
            result.unchanged += not problems
            continue
        facts = entry.facts._replace(uuid=None)
        known |= dict.fromkeys(facts.found_by(), facts)
        if facts.found_by():
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
