"""Takes the decisions in the rows of a contact file.

A row whose decision does not count is rejected as a whole, its contact too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from django.contrib.auth.models import User

from consent.decisions import foresee_decisions, record_decisions
from consent.models import Way
from consent.people import Subject
from consent.queries import person_of
from consent.reading import Told
from consent.weighing import Report, Source
from contacts.create import RowResult
from contacts.imports.known_contacts import PLACES, Entry, Facts, Sorted
from contacts.imports.row_reader import Problem, problems_of


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


def record_spoken(
    campaign_id: int,
    found: Sorted,
    created: Sequence[RowResult],
    *,
    by: User | None,
    now: datetime,
) -> list[Problem]:
    """Record the decisions of the rows that were taken; `created` are the results of the new ones.

    Returns the problems of those that lost against a decision that was recorded just now.
    """
    made = [
        (entry, (result.uuid, *entry.facts[1:]))
        for entry, result in zip(found.new, created, strict=True)
        if not result.errors
    ]
    spoken = _spoken([*made, *found.known])
    if not spoken:
        return []
    source = Source(Way.IMPORT, by)
    results = record_decisions([one.report(campaign_id) for one in spoken], source=source, now=now)
    return [
        problem
        for one, result in zip(spoken, results, strict=True)
        for problem in _problems(one.entry, result.errors)
    ]


def _spoken(pairs: Sequence[tuple[Entry, Facts]]) -> list[Spoken]:
    """The rows that tell a decision, in the order of the file."""
    pairs = sorted(pairs, key=lambda pair: pair[0].record.line)
    return [Spoken(e, e.row.told, facts) for e, facts in pairs if e.row.told is not None]


def _problems(entry: Entry, errors: dict[str, list[str]]) -> Iterator[Problem]:
    yield from problems_of(entry.record.line, errors, entry.row.texts)
