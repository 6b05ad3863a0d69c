"""Background tasks, run by the workers of `manage.py db_worker`."""

from django_tasks import task

from contacts.imports.run import run_import


@task()
def import_contacts(import_id: int) -> None:
    run_import(import_id=import_id)


def enqueue_import(import_id: int) -> None:
    import_contacts.enqueue(import_id)
