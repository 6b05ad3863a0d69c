"""Takes the decisions in the rows of a contact file.

A row whose decision does not count is rejected as a whole, its contact too; a no in it counts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

from django.contrib.auth.models import User

from campaigns.models import Contact
from consent.decisions import foresee_decisions, record_decisions
from consent.models import Way
from consent.people import Subject
from consent.queries import person_of
from consent.reading import Told
from consent.weighing import Report, Source
from contacts.create import RowResult
from contacts.imports.known_contacts import PLACES, Entry, Facts, Sorted
from contacts.imports.row_reader import Problem, problems_of
from foundation.parsing import BadValue, read_uuid
from foundation.personal_data.addresses import read_email
from foundation.personal_data.hashes import read_email_hash

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A row with a decision, and its contact, whose id is None until it is made."""

    entry: Entry
    told: Told
    facts: Facts

    def report(self, campaign_id: int) -> Report:
        places = (PLACES[name] for name in ("uuid", "email", "external_id"))
        made, email_hash, external_id = (cast(Any, self.facts[place]) for place in places)
        subject = Subject(
            campaign_id,
            # Without an address and an external id the contact is there already.
            made or uuid4(),
            email_hash,
            external_id,
        )
        if made is not None and not self.entry.facts[PLACES["email"]]:
            # The row names the contact: its address may change meanwhile.
            return Report.about(subject, self.told)
        return Report.of(person_of(subject), None if email_hash else made, self.told)


def refuse_unheard(campaign_id: int, found: Sorted, *, now: datetime) -> list[Problem]:
    """Take the rows out whose decision would not count; returns their problems."""
    spoken = _spoken([(entry, entry.facts) for entry in found.new] + found.known)
    if not spoken:
        return []
    results = foresee_decisions([one.report(campaign_id) for one in spoken], now=now)
    pairs = [(one.entry, r) for one, r in zip(spoken, results, strict=True) if r.errors]
    lines = {entry.record.line for entry, _ in pairs}
    found.new = [entry for entry in found.new if entry.record.line not in lines]
    found.known = [pair for pair in found.known if pair[0].record.line not in lines]
    return [problem for entry, r in pairs for problem in _problems(entry, r.errors)]


class Lost(Exception):
    """Decisions lost against one that was recorded just now: nothing may stay of their rows."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("a decision came first")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Refusal:
    """The no of a row that is rejected, with what says whose it is."""

    line: int
    told: Told
    uuid: UUID | None
    email_hash: str | None
    external_id: str | None

    @classmethod
    def of_texts(cls, line: int, told: Told, texts: Mapping[str, str]) -> "Refusal":
        contact_id = _valid(read_uuid, texts.get("uuid", ""))
        email = _valid(read_email, texts.get("email", ""))
        email_hash = None if email is None else read_email_hash(email)
        return cls(line, told, contact_id, email_hash, texts.get("external_id"))

    @classmethod
    def of_entry(cls, entry: Entry, told: Told) -> "Refusal":
        places = (PLACES[name] for name in ("uuid", "email", "external_id"))
        return cls(entry.record.line, told, *(cast(Any, entry.facts[place]) for place in places))


@dataclass(frozen=True)
class Rows:
    """The rows of a chunk: all entries, the refusals of what is none, and what was made of them.

    `created` are the results of the new ones.
    """

    entries: Sequence[Entry]
    refusals: Sequence[Refusal]
    found: Sorted
    created: Sequence[RowResult]

    def spoken(self) -> list[Spoken]:
        """The decisions of the rows that were taken."""
        made = [
            (entry, (result.uuid, *entry.facts[1:]))
            for entry, result in zip(self.found.new, self.created, strict=True)
            if not result.errors
        ]
        return _spoken([*made, *self.found.known])

    def refused(self, taken: Sequence[Spoken]) -> list[Refusal]:
        """Each no of the others: it needs nothing, so it counts however wrong its row is."""
        lines = {one.entry.record.line for one in taken}
        others = [entry for entry in self.entries if entry.record.line not in lines]
        told = ((entry, entry.row.told and entry.row.told.refusals()) for entry in others)
        own = [Refusal.of_entry(entry, refusals) for entry, refusals in told if refusals]
        return [*self.refusals, *own]


def record_spoken(campaign_id: int, rows: Rows, *, by: User | None, now: datetime) -> None:
    """Record the decisions of the rows that were taken, and each no of the others.

    Raises Lost where a no that was recorded just now came before a yes.
    """
    spoken = rows.spoken()
    refused = _reports(campaign_id, rows.refused(spoken))
    told = {one.entry.record.line: one.report(campaign_id) for one in spoken} | refused
    if not told:
        return
    lines, source = sorted(told), Source(Way.IMPORT, by)
    results = record_decisions([told[line] for line in lines], source=source, now=now)
    entries = {one.entry.record.line: one.entry for one in spoken}
    lost = [
        problem
        for line, result in zip(lines, results, strict=True)
        if line in entries
        for problem in _problems(entries[line], result.errors)
    ]
    if lost:
        raise Lost(lost)


def _reports(campaign_id: int, refusals: Sequence[Refusal]) -> dict[int, Report]:
    """By line; who can't be told says nothing."""
    contacts = Contact.objects.filter(campaign_id=campaign_id, erased_at__isnull=True).order_by()
    unnamed = [one for one in refusals if one.email_hash is None]
    by_uuid = contacts.filter(uuid__in={one.uuid for one in unnamed if one.uuid})
    by_key = contacts.filter(external_id__in={one.external_id for one in unnamed})
    columns = ("campaign_id", "uuid", "email_hash", "external_id")
    known = [Subject(*row) for rows in (by_uuid, by_key) for row in rows.values_list(*columns)]
    found = {subject.contact_id: subject for subject in known}
    keys = {subject.external_id: subject for subject in known if subject.external_id}
    reports = {}
    for one in refusals:
        subject = found.get(one.uuid) or keys.get(one.external_id)  # type: ignore[arg-type]
        if one.email_hash is not None:
            reports[one.line] = Report.of(one.email_hash, None, one.told)
        elif subject is not None:
            reports[one.line] = Report.about(subject, one.told)
        elif one.external_id:
            person = person_of(Subject(campaign_id, uuid4(), None, one.external_id))
            reports[one.line] = Report.of(person, None, one.told)
    return reports


def _valid(reader: Callable[[object], T], text: str) -> T | None:
    try:
        return reader(text)
    except BadValue:
        return None


def _spoken(pairs: Sequence[tuple[Entry, Facts]]) -> list[Spoken]:
    """The rows that tell a decision, in the order of the file."""
    pairs = sorted(pairs, key=lambda pair: pair[0].record.line)
    return [Spoken(e, e.row.told, facts) for e, facts in pairs if e.row.told is not None]


def _problems(entry: Entry, errors: dict[str, list[str]]) -> Iterator[Problem]:
    yield from problems_of(entry.record.line, errors, entry.row.texts)
