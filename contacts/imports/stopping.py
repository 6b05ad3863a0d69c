"""Stops an import: what was imported stays, and nothing more is."""

from datetime import datetime

import structlog

from campaigns.models import ContactImport, ImportState
from contacts.imports.prepare import ACTIVE
from foundation.database.transactions import in_transaction
from foundation.errors import InvalidInput, NotFound

NOT_RUNNING = "This import is not running, so that there is nothing to stop."

log = structlog.get_logger(__name__)


@in_transaction
def stop_import(*, import_id: int, now: datetime) -> ContactImport:
    """Stop an import that waits or runs; repeating it changes nothing.

    The worker finds its lease gone and can't commit another chunk; one that waits never starts.
    Raises NotFound, and InvalidInput for one that has ended or was not started.
    """
    job = ContactImport.objects.select_for_update().filter(id=import_id).first()
    if job is None:
        raise NotFound("Import not found")
    if job.state == ImportState.STOPPED:
        return job
    if job.state not in ACTIVE:
        raise InvalidInput(NOT_RUNNING, code="not_running")
    job.state, job.finished_at, job.lease_holder = ImportState.STOPPED, now, None
    job.save(update_fields=["state", "finished_at", "lease_holder"])
    log.info("import_stopped", contact_import=job.id, line=job.line, created=job.created)
    return job
