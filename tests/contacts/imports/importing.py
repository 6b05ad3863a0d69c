"""Runs imports of contact files, and reads their results."""

from contextlib import contextmanager
from unittest import mock

from campaigns.models import RejectedRow
from contacts import create
from contacts.imports import run as import_run
from tests.mailings import NOW


def run(job, *, now=NOW):
    import_run.run_import(import_id=job.id, clock=lambda: now)
    job.refresh_from_db()
    return job


@contextmanager
def when_counted(do):
    """Calls `do` in the transaction of each chunk, just before its contacts are counted."""
    register = create.register_contacts

    def do_and_register(**call):
        do(**call)
        return register(**call)

    with mock.patch.object(create, "register_contacts", do_and_register):
        yield


def figures(job):
    return job.created, job.unchanged, job.rejected


def rejected(job):
    rows = RejectedRow.objects.filter(contact_import=job)
    return [(row.line, row.column, row.value) for row in rows]


def reasons(job):
    return [row.reason for row in RejectedRow.objects.filter(contact_import=job)]
