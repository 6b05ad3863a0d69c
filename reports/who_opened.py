"""How many opened and how many did not, read from counters."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from reports.figures import Figures, contact_figures
from tracking.opened import Opened


@dataclass(frozen=True)
class WhoOpened:
    """Contacts by whether they were opened; with `unmeasured` they are the report's "sent".

    Nothing can be known of `unknown`: not due yet, without a schedule, or erased before it. Nor of
    `unmeasured`: they may not be measured, or withdrew before anything was opened. Contacts marked
    not sent are in none of the numbers.
    """

    by: dict[Opened, int]
    unknown: int
    unmeasured: int = 0


def who_opened(group_ids: Collection[int], *, now: datetime) -> WhoOpened:
    """Of some groups together; in one query, however many contacts they have."""
    figures = sum(contact_figures(group_ids, now=now).values(), Figures())
    by_person, opened = figures.first_counted, figures.first_of_any_kind
    unmeasured = figures.unmeasured + figures.lapsed
    by = {
        Opened.PERSON: by_person,
        Opened.MACHINE: opened - by_person,
        Opened.NO: figures.sent - opened - unmeasured,
    }
    return WhoOpened(by, unknown=figures.contacts - figures.sent, unmeasured=unmeasured)
