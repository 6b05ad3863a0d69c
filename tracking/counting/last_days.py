"""Keeps the day of a person's last open, in the mode `last_day`: nothing else, and no history.

Of several hits, in whatever order and however often they come, the latest day stays.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from campaigns.models import NotSentReason
from consent.former import read_former
from consent.queries import person_of
from foundation.database import bulk_sql
from tracking.counting.facts import Owner, Person
from tracking.hits.classify import COUNTED_KINDS, classify
from tracking.hits.event_log import Hit
from tracking.models import LastDay


def keep(
    hits: Sequence[Hit],
    *,
    owners: Mapping[UUID, Owner],
    keeps: Callable[[Person, datetime], bool],
    is_possible: Callable[[Hit, Owner], bool],
) -> None:
    """Overwrite earlier days of people whose mode `keeps` one; the caller holds the ingest lock.

    `owners` are by pixel. Machines are no sign of a person, and test contacts are nobody. Nobody
    knows whose sign it is where the address has changed since the mail.
    """
    days: dict[str, date] = {}
    moved = read_former({owner.contact.contact_id for owner in owners.values()})
    for hit in hits:
        owner = owners.get(hit.pixel_id)
        if owner is None or owner.erased or owner.contact.reason == NotSentReason.TEST:
            continue
        if owner.contact.contact_id in moved:
            continue
        if not keeps(owner.person, hit.at) or not is_possible(hit, owner):
            continue
        if classify(hit.user_agent, hit.purpose).kind in COUNTED_KINDS:
            person, day = person_of(owner.person.subject), _day(hit.at)
            days[person] = max(day, days.get(person, day))
    _write(days)


def forget(people: Collection[str]) -> int:
    """Delete the days of people; how many. The caller holds the ingest lock."""
    deleted, _ = LastDay.objects.filter(person__in=people).delete()
    return deleted


def _day(moment: datetime) -> date:
    return moment.astimezone(timezone.get_default_timezone()).date()


def _write(days: Mapping[str, date]) -> None:
    if not days:
        return
    rows = LastDay.objects.filter(person__in=days).values_list("person", "day")
    stored = dict(rows)
    later = [(p, day) for p, day in sorted(days.items()) if day > stored.get(p, date.min)]
    bulk_sql.upsert(LastDay, ("person", "day"), later, key=("person",), adding=False)
