"""Repeats what a restored database lacks: the journal's decisions, erasures and forgettings.

Of a transaction that is not known to have been committed only what narrows is repeated: a no, and
never a yes. Erasures and the like are, unless somebody was told that they failed.
"""

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
from consent.journal import Fate, Written
from consent.models import Way
from consent.modes import Answer, Purpose
from consent.texts import digest_of
from consent.weighing import Report, Source
from consent.words import Outcome
from contacts.change import erase_contact
from contacts.person.forgetting import forget_contacts
from contacts.person.traces import erase_again
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

    Repeating it changes nothing. Raises OSError if a journal can't be read.
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
        if "person" in entry:
            outcome, is_refused = _decide(entry, texts, with_yes=line.fate == Fate.COMMITTED)
            replayed.decisions += outcome == Outcome.STORED
            replayed.unreadable += is_refused
        elif line.fate != Fate.FAILED:
            _do(entry, replayed)


def _do(entry: Mapping[str, Any], replayed: Replayed) -> None:
    """Anything but a decision."""
    if "erased" in entry:
        replayed.erasures += _erase(entry)
    elif "erased_person" in entry:
        at = datetime.fromisoformat(entry["at"])
        replayed.erasures += erase_again(entry["erased_person"], now=at)
    elif "forgotten" in entry:
        replayed.forgotten += _forget(entry)
    elif "asked" in entry:
        at = datetime.fromisoformat(entry["at"])
        record_asked([(entry["asked"], entry["campaign"], at)])


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


def _decide(
    entry: Mapping[str, Any], texts: Mapping[str, str], *, with_yes: bool
) -> tuple[Outcome | None, bool]:
    said = {p: Answer(entry[p]) for p in Purpose if p in entry}
    counting = {p: answer for p, answer in said.items() if with_yes or answer == Answer.DENIED}
    if not counting:
        return None, False
    # A no that was given again has none: it counts from when it arrived.
    at = entry["decided_at"]
    report = Report(
        person=entry["person"],
        contact_id=UUID(entry["contact"]) if entry["contact"] else None,
        opens=counting.get(Purpose.OPENS),
        clicks=counting.get(Purpose.CLICKS),
        decided_at=datetime.fromisoformat(at) if at else None,
        text=texts.get(entry["text"], entry["text"]) if counting == said else "",
        proof=entry["proof"],
    )
    source = Source(Way(entry["way"]), is_replayed=True)
    recorded_at = datetime.fromisoformat(entry["recorded_at"])
    [result] = record_decisions([report], source=source, now=recorded_at)
    return result.outcome, "consent_text" in result.errors
