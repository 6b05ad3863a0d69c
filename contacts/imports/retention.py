"""Deletes rejected rows of imports after a period for correcting them.

They contain data of people who may have no contact here, so that erasing contacts does not reach
them.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models.functions import Coalesce

from campaigns.models import ContactImport, RejectedRow
from contacts.imports.prepare import ENDED

KEPT_REJECTED = timedelta(days=30)
ROWS_AT_ONCE = 500
# The limit for one call, so that other expired data gets its turn; the next call continues.
BATCHES_AT_ONCE = 100

log = structlog.get_logger(__name__)


def forget_rejected(*, now: datetime) -> None:
    """Delete the rejected rows and names of imports that ended KEPT_REJECTED ago."""
    ended = ContactImport.objects.filter(state__in=ENDED, forgotten_at=None)
    # One that was discarded and only partly removed has no end.
    lapsed = ended.alias(end=Coalesce("finished_at", "created_at")).filter(
        end__lt=now - KEPT_REJECTED
    )
    left = BATCHES_AT_ONCE
    for import_id in list(lapsed.order_by("id").values_list("id", flat=True)[:BATCHES_AT_ONCE]):
        left -= _remove_rows(import_id, batches=left)
        if left <= 0:
            return
        ContactImport.objects.filter(id=import_id).update(
            file_name="", headers=None, forgotten_at=now
        )
        log.info("import_forgotten", contact_import=import_id)


def _remove_rows(import_id: int, *, batches: int) -> int:
    """The number of batches used; equal to the limit if there may be rows left."""
    rows = RejectedRow.objects.filter(contact_import_id=import_id).order_by()
    for looked in range(1, batches + 1):
        ids = list(rows.values_list("id", flat=True)[:ROWS_AT_ONCE])
        if not ids:
            return looked
        RejectedRow.objects.filter(id__in=ids).delete()
    return batches
