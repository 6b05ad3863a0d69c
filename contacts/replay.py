"""Repeats what a restored database lacks: the journal's decisions, erasures and forgettings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from consent import journal
from consent.asking.services import record_asked
from consent.decisions import locked_state, record_decisions
from consent.journal import Written
from consent.models import Way
from consent.modes import Answer, Purpose
from consent.texts import digest_of
from consent.weighing import Report, Source
from consent.words import Outcome
from contacts.change import erase_contact
from contacts.person.forgetting import forget_contacts
from foundation.database.transactions import in_transaction
from foundation.errors import NotFound
from tracking.counting.lock import hold_ingest_lock


@dataclass
class Replayed:
    """How many decisions were recorded, contacts erased and forgotten.

    `unreadable` are yeses without text.
    """

    decisions: int = 0
    erasures: int = 0
    forgotten: int = 0
    unreadable: int = 0


@in_transaction
def replay_journals(paths: Sequence[Path]) -> Replayed:
    """Record everything behind the database's last number, all or nothing.

    Repeating it changes nothing. What was written but not committed is recorded as well: somebody
    said it. Raises OSError if a journal can't be read.
    """
    # In the order in which all take them.
    hold_ingest_lock()
    state = locked_state()
    lines = sorted(chain.from_iterable(map(journal.read, paths)), key=lambda line: line.number)
    texts = {digest_of(text): text for line in lines for text in _shown(line)}
    replayed = Replayed()
    for line in lines:
        if line.number > state.number:
            _replay(line, texts, replayed)
    last = max((line.number for line in lines), default=0)
    after = locked_state()
    after.number = max(after.number, last)
    after.save(update_fields=["number"])
    return replayed


def _shown(line: Written) -> list[str]:
    return [entry["shown"] for entry in line.entries if "shown" in entry]


def _replay(line: Written, texts: Mapping[str, str], replayed: Replayed) -> None:
    for entry in line.entries:
        if "erased" in entry:
            replayed.erasures += _erase(entry)
        elif "forgotten" in entry:
            replayed.forgotten += _forget(entry)
        elif "asked" in entry:
            at = datetime.fromisoformat(entry["at"])
            record_asked([(entry["asked"], entry["campaign"], at)])
        elif "person" in entry:
            outcome, is_refused = _decide(entry, texts)
            replayed.decisions += outcome == Outcome.STORED
            replayed.unreadable += is_refused


def _erase(entry: Mapping[str, Any]) -> bool:
    contact_id, at = UUID(entry["erased"]), datetime.fromisoformat(entry["at"])
    try:
        erase_contact(contact_id=contact_id, now=at, is_replayed=True)
    except NotFound:
        # It was made after the backup.
        return False
    return True


def _forget(entry: Mapping[str, Any]) -> int:
    contact_id, at = UUID(entry["forgotten"]), datetime.fromisoformat(entry["at"])
    return forget_contacts(contact_ids=[contact_id], now=at, is_replayed=True)


def _decide(entry: Mapping[str, Any], texts: Mapping[str, str]) -> tuple[Outcome | None, bool]:
    opens, clicks = (Answer(entry[p]) if p in entry else None for p in Purpose)
    report = Report(
        person=entry["person"],
        contact_id=UUID(entry["contact"]) if entry["contact"] else None,
        opens=opens,
        clicks=clicks,
        # A no that was given again has none: it counts from when it arrived.
        decided_at=datetime.fromisoformat(entry["decided_at"]) if entry["decided_at"] else None,
        text=texts.get(entry["text"], entry["text"]),
        proof=entry["proof"],
    )
    source = Source(Way(entry["way"]), is_replayed=True)
    recorded_at = datetime.fromisoformat(entry["recorded_at"])
    [result] = record_decisions([report], source=source, now=recorded_at)
    return result.outcome, "consent_text" in result.errors
