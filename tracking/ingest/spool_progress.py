"""The progress of the spools of pixel hosts that forward their hits to Kafka."""

from collections.abc import Iterable
from datetime import datetime

from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction
from tracking.counting import record
from tracking.hits.progress_notes import SpoolNote, complete_until
from tracking.models import SpoolProgress

COLUMNS = ("spool", "partition", "partitions", "complete_until")


@in_transaction
def note(notes: Iterable[SpoolNote]) -> None:
    """Store the forwarders' notes once the hits before them are recorded; the last note counts.

    If every spool is known to be complete until some moment, that is stored too.
    """
    last = {(note.spool, note.partition): note for note in notes}
    for note in last.values():
        if note.leaves:
            SpoolProgress.objects.filter(spool=note.spool, partition=note.partition).delete()
    rows = sorted(
        (*place, note.partitions, note.complete_until)
        for place, note in last.items()
        if not note.leaves
    )
    bulk_sql.upsert(SpoolProgress, COLUMNS, rows, key=COLUMNS[:2], adding=False)
    moments = spools_complete_until().values()
    complete = [moment for moment in moments if moment is not None]
    if complete and len(complete) == len(moments):
        record.note_complete(moment=min(complete))


def spools_complete_until() -> dict[str, datetime | None]:
    """Until when each spool's hits have been recorded; None while it is unknown."""
    rows = SpoolProgress.objects.values_list(*COLUMNS)
    return complete_until(SpoolNote(*row) for row in rows)
