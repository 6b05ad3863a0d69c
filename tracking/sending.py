"""How far the sending to groups has come, read from counters."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, Q, Sum

from tracking.counting import MINUTE_MS, NEVER, NO_STRATUM
from tracking.models import ContactsByDueMinute
from tracking.timestamps import to_ms


class Stage(NamedTuple):
    """The sending to one stratum of a group (`counting.NO_STRATUM`: to contacts without).

    - `contacts`: all of them, but those marked not sent
    - `due`: those whose minute has begun
    - `opened_ahead`: those not due and opened all the same
    - `scheduled`: those due now or later
    - `latest`: the last of their minutes (since 1970), None where none is scheduled
    """

    group_id: int
    stratum: int
    contacts: int
    due: int
    opened_ahead: int
    scheduled: int
    latest: int | None

    @property
    def pending(self) -> int:
        return self.scheduled - self.due

    @property
    def awaits_launch(self) -> bool:
        """Whether contacts are due that are in no stratum yet."""
        return self.stratum == NO_STRATUM and self.due > 0


def due_by(now: datetime) -> Q:
    """Which rows of ContactsByDueMinute are about contacts whose minute has begun."""
    return Q(minute__gt=NEVER, minute__lte=to_ms(now) // MINUTE_MS)


def read_stages(group_ids: Collection[int], *, now: datetime) -> list[Stage]:
    """The stages of some groups at a moment, by group and stratum; in one query."""
    scheduled, due = Q(minute__gt=NEVER), due_by(now)
    rows = ContactsByDueMinute.objects.filter(group_id__in=group_ids)
    rows = rows.values("group_id", "stratum").annotate(
        all_contacts=Sum("contacts"),
        all_due=Sum("contacts", filter=due, default=0),
        all_opened_ahead=Sum("opened", filter=~due, default=0),
        all_scheduled=Sum("contacts", filter=scheduled, default=0),
        latest=Max("minute", filter=scheduled & Q(contacts__gt=0)),
    )
    columns = ("all_contacts", "all_due", "all_opened_ahead", "all_scheduled", "latest")
    ordered = rows.order_by("group_id", "stratum").values_list("group_id", "stratum", *columns)
    return [Stage._make(row) for row in ordered]
