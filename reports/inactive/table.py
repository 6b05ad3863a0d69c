"""The inactive as a table for files and pages."""

from collections.abc import Iterator
from itertools import chain

from django.utils import timezone

from reports.inactive.people import Person, Question, walk
from reports.inactive.rules import Doubt

COLUMNS = ("email", "mails", "last_sign_at", "doubt")
# Why it may be wrong, as a page says it.
DOUBTS = {
    Doubt.NOT_MEASURED: "Refused, agreed too late or was forgotten: not measured, so nobody knows.",
    Doubt.NEVER_ASKED: "Neither agreed nor refused, and was not measured: nobody knows.",
    Doubt.MACHINE_ONLY: "Opened by machines only: a person may be behind them.",
    Doubt.IMAGES_OFF: "Measured, and nothing was loaded: whoever reads without images is no sign.",
}


def inactive_table(question: Question) -> Iterator[list[object]]:
    """A header row, then everybody. Raises `consent.journal.NotReplayed` at once."""
    return chain([list(COLUMNS)], map(_row, walk(question)))


def _row(person: Person) -> list[object]:
    found = person.found
    last = found.last_sign_at
    told = "" if last is None else timezone.localtime(last).isoformat()
    return [person.email, found.mails, told, found.doubt.value]
