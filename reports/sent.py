"""The progress of sending to groups, read from counters."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, Q, Sum
from django.db.models.expressions import CombinedExpression

from foundation.timestamps import to_ms
from tracking.counting.fold import DAY_MS, MINUTE_MS, NEVER, NO_STRATUM
from tracking.models import ContactsByDueDay, ContactsByDueMinute


class Sent(NamedTuple):
    """A group's contacts, and how many of them were sent to: those that are due or were opened.

    Contacts marked not sent are excluded.
    """

    group_id: int
    contacts: int
    sent: int


class Stage(NamedTuple):
    """The progress of sending to a stratum (`fold.NO_STRATUM`: contacts without one).

    - `contacts`: all except those marked not sent
    - `due`: those whose minute has begun
    - `opened_ahead`: those opened before they were due
    - `scheduled`: those due now or later
    - `latest`: the last of their minutes (since 1970), None if none is scheduled
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
    def sent(self) -> Sent:
        return Sent(self.group_id, self.contacts, self.due + self.opened_ahead)

    @property
    def awaits_launch(self) -> bool:
        """Whether contacts are due that are not in a stratum yet."""
        return self.stratum == NO_STRATUM and self.due > 0


class Today:
    """The rows of the two counters that make up a sum until a moment.

    Whole days, and the minutes of the moment's own day (UTC).
    """

    def __init__(self, now: datetime) -> None:
        day, minute = to_ms(now) // DAY_MS, to_ms(now) // MINUTE_MS
        first, next_first = (n * DAY_MS // MINUTE_MS for n in (day, day + 1))
        self.past_days = Q(day__gt=NEVER, day__lt=day)
        self.later_days = Q(day__gt=day) | Q(day=NEVER)
        self.minutes = Q(minute__gte=first, minute__lt=next_first)
        self.past_minutes = Q(minute__lte=minute)

    @property
    def sent_on_other_days(self) -> CombinedExpression:
        past = Sum("contacts", filter=self.past_days, default=0)
        return past + Sum("opened", filter=self.later_days, default=0)

    @property
    def sent_today(self) -> CombinedExpression:
        past = Sum("contacts", filter=self.past_minutes, default=0)
        return past + Sum("opened", filter=~self.past_minutes, default=0)


def read_sent(group_ids: Collection[int], *, now: datetime) -> Iterator[Sent]:
    """What was sent to groups by a moment; in two queries, however long sending took."""
    today = Today(now)
    minutes = ContactsByDueMinute.objects.filter(today.minutes, group_id__in=group_ids)
    on_day = minutes.order_by().values("group_id").annotate(sent=today.sent_today)
    sent_today = dict(on_day.values_list("group_id", "sent"))
    days = ContactsByDueDay.objects.filter(group_id__in=group_ids).order_by().values("group_id")
    sums = days.annotate(all_contacts=Sum("contacts"), sent=today.sent_on_other_days)
    for group_id, contacts, sent in sums.values_list("group_id", "all_contacts", "sent"):
        yield Sent(group_id, int(contacts), int(sent + sent_today.get(group_id, 0)))


def _due_by(now: datetime) -> Q:
    """The rows of ContactsByDueMinute for contacts whose minute has begun."""
    return Q(minute__gt=NEVER, minute__lte=to_ms(now) // MINUTE_MS)


def read_stages(group_ids: Collection[int], *, now: datetime) -> list[Stage]:
    """The stages of groups at a moment, by group and stratum; in one query."""
    scheduled, due = Q(minute__gt=NEVER), _due_by(now)
    rows = ContactsByDueMinute.objects.filter(group_id__in=group_ids)
    sums = rows.values("group_id", "stratum").annotate(
        all_contacts=Sum("contacts"),
        all_due=Sum("contacts", filter=due, default=0),
        all_opened_ahead=Sum("opened", filter=~due, default=0),
        all_scheduled=Sum("contacts", filter=scheduled, default=0),
        latest=Max("minute", filter=scheduled & Q(contacts__gt=0)),
    )
    columns = ("all_contacts", "all_due", "all_opened_ahead", "all_scheduled", "latest")
    ordered = sums.order_by("group_id", "stratum").values_list("group_id", "stratum", *columns)
    return [Stage._make(row) for row in ordered]
