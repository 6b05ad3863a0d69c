"""The progress of sending to groups, read from counters."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Q, QuerySet, Sum, Value
from django.db.models.expressions import CombinedExpression

from foundation.timestamps import to_ms
from tracking.counting.fold import DAY_MS, MINUTE_MS, NEVER
from tracking.models import ContactsByDueDay, ContactsByDueMinute


class Sent(NamedTuple):
    """A group's contacts, and how many of them were sent to: those that are due or were opened.

    Contacts marked not sent are excluded.
    `never_due` are those without a schedule, or not to be sent to when it came. Of those sent to,
    `unmeasured` may not be measured; `lapsed` withdrew later and had not been opened.
    """

    group_id: int
    contacts: int
    sent: int
    never_due: int
    unmeasured: int = 0
    lapsed: int = 0


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

    def due_on_other_days(self, column: str) -> Sum:
        """Of a column of contacts that are sent to only once they are due."""
        return Sum(column, filter=self.past_days, default=0)

    def due_today(self, column: str) -> Sum:
        return Sum(column, filter=self.past_minutes, default=0)

    @property
    def sent_today(self) -> CombinedExpression:
        past = Sum("contacts", filter=self.past_minutes, default=0)
        return past + Sum("opened", filter=~self.past_minutes, default=0)


def read_sent(group_ids: Collection[int], *, now: datetime) -> Iterator[Sent]:
    """What was sent to groups by a moment; in one query, however long sending took."""
    days, minutes = sums_of_sent(group_ids, now=now)
    return sent_in(days.union(minutes, all=True))


def sums_of_sent(
    group_ids: Collection[int], *, now: datetime, **beside: Value
) -> tuple[QuerySet[Any, tuple[int, ...]], QuerySet[Any, tuple[int, ...]]]:
    """Of other days and of this one: what `sent_in` adds up, for a query that reads more.

    `beside` are columns behind the group's id, which tell these rows from the others.
    """
    today = Today(now)
    minutes = ContactsByDueMinute.objects.filter(today.minutes, group_id__in=group_ids)
    nobody = Value(0, output_field=BigIntegerField())
    sums_today = _by_group(
        minutes,
        **beside,
        all_contacts=nobody,
        never_due=nobody,
        sent=today.sent_today,
        not_measured=today.due_today("unmeasured"),
        not_since=today.due_today("lapsed"),
    )
    sums = _by_group(
        ContactsByDueDay.objects.filter(group_id__in=group_ids),
        **beside,
        all_contacts=Sum("contacts"),
        never_due=Sum("contacts", filter=Q(day=NEVER), default=0),
        sent=today.sent_on_other_days,
        not_measured=today.due_on_other_days("unmeasured"),
        not_since=today.due_on_other_days("lapsed"),
    )
    return sums, sums_today


def sent_in(rows: Iterable[tuple[int, ...]]) -> Iterator[Sent]:
    """By group, once each."""
    found: dict[int, list[int]] = {}
    for group_id, *amounts in rows:
        both = zip(found.get(group_id, [0] * len(amounts)), map(int, amounts), strict=True)
        found[group_id] = [one + other for one, other in both]
    for group_id, (contacts, never_due, sent, unmeasured, lapsed) in found.items():
        yield Sent(group_id, contacts, sent, never_due, unmeasured, lapsed)


def _by_group(
    rows: QuerySet[Any], **sums: Value | Sum | CombinedExpression
) -> QuerySet[Any, tuple[int, ...]]:
    """Sums in their order, behind the group's id."""
    found = rows.order_by().values("group_id").annotate(**sums)
    columns: QuerySet[Any, tuple[int, ...]] = found.values_list("group_id", *sums)
    return columns
