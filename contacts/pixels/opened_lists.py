"""Merge lists of who opened or did not, and the list of whom one writes to again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from campaigns.models import Group
from contacts.opened.resent import mark_unopened_resent
from tracking.opened import ContactFacts, Opened, those_opened

AGAIN = "as mailed again."
RECORDED = re.compile(r"[Rr]ecorded ([0-9,]+) (?:contacts|of them) as mailed again\.$")
WORDS = {
    None: "contacts",
    Opened.PERSON: "contacts opened by a person",
    Opened.MACHINE: "contacts opened by machines only",
    Opened.NO: "contacts not opened",
}


@dataclass(frozen=True)
class OpenedSo:
    """Picks the contacts of a chunk that were opened so."""

    opened: Opened
    now: datetime

    def __call__(self, chunk: Sequence[ContactFacts]) -> list[UUID]:
        return [contact.contact_id for contact in those_opened(chunk, self.opened, now=self.now)]


@dataclass
class WrittenAgain:
    """Picks who did not open, and records exactly them as mailed again, chunk by chunk.

    A list that is cut off has recorded those up to there; repeating it records the rest. `recorded`
    are those who were not recorded before.
    """

    now: datetime
    recorded: int = 0

    def __call__(self, chunk: Sequence[ContactFacts]) -> list[UUID]:
        ids = [contact.contact_id for contact in chunk]
        unopened, recorded = mark_unopened_resent(ids, now=self.now)
        self.recorded += recorded
        return unopened


def downloaded(opened: Opened | None, group: Group | None) -> str:
    """What a campaign's history says of a download."""
    return f"Downloaded {WORDS[opened]}{_of_group(group)}."


def written_again(recorded: int, group: Group | None) -> str:
    """The same of a list that was downloaded to write to it again."""
    return (
        f"Downloaded {WORDS[Opened.NO]}{_of_group(group)}, to write to them again: recorded "
        f"{recorded:,} of them as mailed again."
    )


def recorded(count: int) -> str:
    """The same of contacts that were recorded without a list."""
    return f"Recorded {count:,} contacts as mailed again."


def recorded_in(sentence: str) -> int:
    """How many contacts such a sentence says were recorded, 0 where it is of something else."""
    found = RECORDED.search(sentence)
    return int(found[1].replace(",", "")) if found else 0


def _of_group(group: Group | None) -> str:
    return "" if group is None else f", group {group}"
