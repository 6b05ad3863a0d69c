"""Background tasks, run by the workers of `manage.py db_worker`."""

from django_tasks import task

from contacts.imports.run import run_import
from contacts.imports.undo.removing import run_undo


@task()
def import_contacts(import_id: int) -> None:
    run_import(import_id=import_id)


def enqueue_import(import_id: int) -> None:
    import_contacts.enqueue(import_id)


@task()
def undo_import(import_id: int) -> None:
    run_undo(import_id=import_id)


def enqueue_undo(import_id: int) -> None:
    undo_import.enqueue(import_id)
