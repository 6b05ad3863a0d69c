"""The forwarders' notes on their spools, and until when everything has been recorded.

Pure. A forwarder writes its note after the hits it covers, into every partition: once a partition
has been recorded up to a note, all of that spool's hits in it are recorded.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_NAME = 100
MAX_PARTITIONS = 10_000
MAX_MS = 7_258_118_400_000


class BadNote(ValueError):
    """The message is not a valid note."""


@dataclass(frozen=True, slots=True)
class SpoolNote:
    """All hits that this spool took before `complete_until` come before this note.

    `complete_until` is None at the start of forwarding. `partitions` is how many partitions got the
    note; after a note with `leaves` the spool sends no more hits.
    """

    spool: str
    partition: int
    partitions: int
    complete_until: datetime | None = None
    leaves: bool = False


def encode(
    *, spool: str, partitions: int, complete_until: datetime | None = None, leaves: bool = False
) -> bytes:
    """The message for every partition; `complete_until` has millisecond precision."""
    until = None
    if complete_until is not None:
        until = (complete_until - EPOCH) // timedelta(milliseconds=1)
    note = {"spool": spool, "partitions": partitions, "until": until, "leaves": leaves}
    return json.dumps(note).encode()


def parse(message: bytes, *, partition: int) -> SpoolNote:
    """The note in a message of that partition; raises BadNote."""
    try:
        note = json.loads(message)
        spool, partitions = note["spool"], note["partitions"]
        until, leaves = note["until"], note["leaves"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise BadNote("no note") from None
    sound = (
        isinstance(spool, str)
        and 0 < len(spool) <= MAX_NAME
        and _is_number(partitions, 1, MAX_PARTITIONS)
        and (until is None or _is_number(until, 0, MAX_MS))
        and isinstance(leaves, bool)
    )
    if not sound:
        raise BadNote("a note that no forwarder writes")
    moment = None if until is None else EPOCH + timedelta(milliseconds=until)
    return SpoolNote(spool, partition, partitions, moment, leaves)


def _is_number(value: object, smallest: int, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and smallest <= value <= largest


def complete_until(notes: Iterable[SpoolNote]) -> dict[str, datetime | None]:
    """Until when each spool's hits have been recorded, given the last note of every partition.

    None while it is unknown: some partition has not been recorded up to any note.
    """
    ordered = sorted(notes, key=lambda note: note.spool)
    return {
        spool: _spool_complete_until(list(of_spool))
        for spool, of_spool in groupby(ordered, key=lambda note: note.spool)
    }


def _spool_complete_until(notes: list[SpoolNote]) -> datetime | None:
    # The latest note knows the current number of partitions.
    partitions = max(notes, key=lambda note: note.complete_until or EPOCH).partitions
    known = {note.partition: note.complete_until for note in notes}
    moments = [known.get(partition) for partition in range(partitions)]
    complete = [moment for moment in moments if moment is not None]
    return min(complete) if len(complete) == partitions else None
