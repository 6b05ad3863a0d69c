"""Counts refused discounts by campaign, day and reason.

A refused transaction is rolled back, so it is counted afterwards in a transaction of its own: at
most once, and not at all if the database fails or the process dies.
"""

from dataclasses import dataclass
from datetime import date

import structlog
from django.db import DatabaseError
from django.db.models import F, Max, Sum

from discounts.models import RefusalsByDay
from discounts.rules import Refusal
from foundation.database.bulk_sql import upsert
from foundation.database.transactions import in_transaction
from foundation.errors import Busy, InvalidInput

KEY = ("campaign_id", "local_day", "code")

log = structlog.get_logger(__name__)


class Refused(InvalidInput):
    """A campaign refused a discount on that day of its zone; the code is the reason."""

    def __init__(self, detail: str, *, refusal: Refusal, day: date) -> None:
        super().__init__(detail, code=refusal.value)
        self.refusal = refusal
        self.day = day


@dataclass(frozen=True)
class Reason:
    """A reason for refusals, their number, and the day of the last one."""

    refusal: Refusal
    calls: int
    last_day: date


def count_refusal(*, campaign_id: int, refused: Refused) -> None:
    """Never raises database errors: the caller must still get the refusal."""
    try:
        _count((campaign_id, refused.day, refused.refusal.value))
    except (Busy, DatabaseError):
        log.warning("refusal_not_counted", campaign=campaign_id, code=refused.code, exc_info=True)


def refusals_of(campaign_id: int) -> list[Reason]:
    """A campaign's refusals by reason, most frequent first."""
    rows = RefusalsByDay.objects.filter(campaign_id=campaign_id).values_list("code")
    counted = rows.annotate(calls=Sum("refused"), last_day=Max("local_day"))
    return [
        Reason(Refusal(code), calls, last_day)
        for code, calls, last_day in counted.order_by("-calls", "code")
    ]


def forget_refusals(campaign_id: int) -> None:
    """Delete the counts of a campaign that is deleted itself."""
    RefusalsByDay.objects.filter(campaign_id=campaign_id).delete()


@in_transaction
def _count(key: tuple[int, date, str]) -> None:
    # The row almost always exists; inserting first would cause deadlocks between writers.
    if not RefusalsByDay.objects.filter(pk=key).update(refused=F("refused") + 1):
        upsert(RefusalsByDay, (*KEY, "refused"), [(*key, 1)], key=KEY, adding=True)
