"""Undoes imports, and looks at what is left."""

from contacts.imports.undo.removing import run_undo, start_undo
from tests.mailings import NOW
from tracking.upkeep import audit, consistency

# All of them are due a week after NOW.
LATER = "2026-03-09T12:00:00Z"


def file_of(people, *, at=LATER):
    return "email,scheduled_at\n" + "".join(f"{name}@example.com,{at}\n" for name in people)


def undo(job, *, now=NOW):
    queued = []
    start_undo(import_id=job.id, enqueue=queued.append, now=now)
    assert queued == [job.id]
    return go_on(job, now=now)


def go_on(job, *, now=NOW):
    run_undo(import_id=job.id, clock=lambda: now)
    job.refresh_from_db()
    return job


def assert_counted():
    """The counters are those of the contacts that are left, and no row points nowhere."""
    assert list(audit.find_differences().lines()) == []
    assert list(consistency.problems()) == []
