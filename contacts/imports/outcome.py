"""How far an import is and what it came to, in words."""

from campaigns.models import ContactImport, ImportState
from consent.reading import CLICKS, OPENS

DECIDED = "No contact is new: {:,} already there, with what they decided; {:,} rejected."
STAYS = "What was imported stays."


def progress(job: ContactImport) -> int:
    """Percent of the file, or of the contacts that are to be removed again."""
    if job.state == ImportState.UNDOING:
        return 100 * job.removed // job.created if job.created else 0
    return 100 * job.offset // job.size if job.size else 0


def has_decisions(job: ContactImport) -> bool:
    """Whether a column tells what people decided."""
    return not {OPENS, CLICKS}.isdisjoint(job.columns)


def outcome(job: ContactImport) -> str:
    """The state of an import in a sentence."""
    match job.state:
        case ImportState.FAILED:
            return job.failure
        case ImportState.UPLOADED:
            return "Nothing is imported yet: match the file's columns first."
        case ImportState.WAITING:
            return "The import is queued."
        case ImportState.STOPPED:
            return _stopped(job)
        case ImportState.UNDOING:
            return f"{job.removed:,} of {job.created:,} contacts are removed so far."
        case ImportState.UNDONE:
            return _undone(job)
    return _finished(job)


def counts(job: ContactImport) -> str:
    """What became of the rows so far; rows of one contact are named only where there are any."""
    repeated = f"{job.repeated:,} repeated in the file, " if job.repeated else ""
    return (
        f"{job.created:,} created, {job.unchanged:,} unchanged, {repeated}{job.rejected:,} "
        "rejected."
    )


def _finished(job: ContactImport) -> str:
    if job.state != ImportState.FINISHED or job.created:
        return f"{counts(job)} {_without_times(job)}".rstrip()
    if job.unchanged and has_decisions(job):
        return DECIDED.format(job.unchanged, job.rejected)
    if not job.unchanged and not job.rejected:
        return "Nothing changed: the file has no rows below its first line."
    return f"Nothing changed: {job.unchanged:,} already there, {job.rejected:,} rejected."


def _without_times(job: ContactImport) -> str:
    """What is said of contacts from a file without a column of times; "" where there is one."""
    if not job.created or "scheduled_at" in job.columns:
        return ""
    have = "contact has" if job.created == 1 else "contacts have"
    return f"{job.created:,} {have} no time of sending from the file."


def _stopped(job: ContactImport) -> str:
    rows = job.created + job.unchanged + job.repeated + job.rejected
    if not rows:
        return "Stopped before a row was read: nothing was imported."
    return f"Stopped after {rows:,} of about {_all_rows(job, rows):,} rows: {counts(job)} {STAYS}"


def _all_rows(job: ContactImport, rows: int) -> int:
    """How many rows the file has, as the part that was read lets expect, to two digits."""
    expected = rows * job.size // job.offset
    return max(rows, round(expected, 2 - len(str(expected))))


def _undone(job: ContactImport) -> str:
    kept = job.created - job.removed
    were = "contact was" if job.removed == 1 else "contacts were"
    removed = f"{job.removed:,} {were} removed, with their pixels."
    if not kept:
        return removed
    stay = "contact stays" if kept == 1 else "contacts stay"
    return f"{removed} {kept:,} {stay}: due or opened before undoing came to them."
