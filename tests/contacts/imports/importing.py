"""Runs imports of contact files, and reads what came of them."""

from campaigns.models import RejectedRow
from contacts.imports import run as import_run
from tests.mailings import NOW


def run(job, *, register=lambda **_: None, now=NOW):
    import_run.run_import(import_id=job.id, register=register, clock=lambda: now)
    job.refresh_from_db()
    return job


def figures(job):
    return job.created, job.unchanged, job.rejected


def rejected(job):
    rows = RejectedRow.objects.filter(contact_import=job)
    return [(row.line, row.column, row.value) for row in rows]


def reasons(job):
    return [row.reason for row in RejectedRow.objects.filter(contact_import=job)]
