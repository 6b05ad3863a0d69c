"""The opens of one contact, one after the other, the newest first."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from campaigns.models import Contact
from foundation.cursors import BadCursor
from reports.opens import ListedOpen, Position, newest_opens
from reports.opens_in_words import verdict_on
from tracking.models import Pixel

SHOWN = 25
CURSOR = "before"


@dataclass(frozen=True)
class ShownOpen:
    """An open with what is said of it; `pixel` is None for one that was deleted."""

    row: ListedOpen
    verdict: str
    pixel: int | None


@dataclass(frozen=True)
class Timeline:
    """A page of opens; `older` leads to the next one, None on the last."""

    opens: list[ShownOpen]
    is_first: bool
    older: str | None


def timeline_of(request: HttpRequest, contact: Contact, pixels: Iterable[Pixel]) -> Timeline:
    """The page that the query names, the newest opens where it names none."""
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
