"""The opens of one contact, the newest first."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from campaigns.models import Contact
from campaigns.modes import Measured, Mode
from foundation.cursors import BadCursor
from reports.opens import ListedOpen, Position, newest_opens
from reports.opens_in_words import verdict_on
from tracking.hits.classify import Kind
from tracking.models import ContactOpens, Pixel

SHOWN = 25
NO_OPEN = {Measured.YES: "-", Measured.NO: "not measured", Measured.LAPSED: "not known"}
BY = {Kind.HUMAN: "by a person", Kind.PROXIED: "by a person", Kind.MACHINE: "by a machine"}
WHY_NO_OPENS = {
    Measured.YES: "Not opened yet.",
    Measured.NO: "This contact is not measured: whether it opened is not known.",
    Measured.LAPSED: "Not opened as long as this contact could be measured; since then it is not "
    "known.",
}
CURSOR = "before"


@dataclass(frozen=True)
class ShownOpen:
    """An open with its verdict in words; `pixel` is None if it was deleted."""

    row: ListedOpen
    verdict: str
    pixel: int | None


@dataclass(frozen=True)
class Timeline:
    """A page of opens; `older` leads to the next one, None on the last."""

    opens: list[ShownOpen]
    is_first: bool
    older: str | None


def opened_in_words(opens: ContactOpens | None, measured: int) -> str:
    """The best kind and the first open of a person, or of a machine where no person opened."""
    if opens is None:
        return NO_OPEN[Measured(measured)]
    first = timezone.localtime(opens.first_counted_at or opens.first_opened_at)
    return f"{BY[Kind(opens.best_kind)]}, {date_format(first, 'DATETIME_FORMAT')}"


def why_no_opens(contact: Contact, mode: Mode) -> str:
    """What it means that there is none; `mode` is the one in force now."""
    measured = Measured(contact.measured)
    if measured is Measured.YES and mode != Mode.INDIVIDUAL:
        # Counters follow a withdrawal within a minute.
        measured = Measured.LAPSED
    return WHY_NO_OPENS[measured]


def timeline_of(request: HttpRequest, contact: Contact, pixels: Iterable[Pixel]) -> Timeline:
    """The page that the query names, by default the newest opens."""
    after = _position(request)
    found = newest_opens(wanted={"contact": contact.uuid}, after=after, limit=SHOWN + 1)
    numbers = {pixel.uuid: pixel.number for pixel in pixels}
    shown = [
        ShownOpen(opened, verdict_on(opened.kind, opened.reason), numbers.get(opened.pixel))
        for opened in found[:SHOWN]
    ]
    older = found[SHOWN - 1].position.cursor if len(found) > SHOWN else None
    return Timeline(shown, is_first=after is None, older=older)


def _position(request: HttpRequest) -> Position | None:
    cursor = request.GET.get(CURSOR)
    with contextlib.suppress(BadCursor):
        return Position.of_cursor(cursor) if cursor else None
    return None
