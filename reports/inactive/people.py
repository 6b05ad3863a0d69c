"""Reads who has given no sign since a moment, over all campaigns, a bounded step at a time.

People are walked in the order of the hash of their address, so that a page costs the same however
many contacts there are. Contacts without an address belong to nobody over several campaigns, and
are in no list.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from campaigns.models import Contact
from campaigns.modes import Measured, Mode, narrowest
from consent.histories import read_courses
from consent.journal import require_replayed
from consent.models import PersonConsent
from consent.people import Subject
from reports.inactive.rules import Day, Doubt, Inactive, Mail, judge
from tracking.hits.classify import COUNTED_KINDS
from tracking.models import ContactOpens, IngestLock, LastDay, Open

# Contacts that a step looks at, and steps of a page; the rest of a person comes with it.
STEP = 1000
STEPS = 5


@dataclass(frozen=True)
class Question:
    """Since when nobody gave a sign, as of now; those with one doubt alone if it is named."""

    since: datetime
    now: datetime
    doubt: Doubt | None = None


class Person(NamedTuple):
    """Somebody without a sign: the hash and the address."""

    person: str
    email: str | None
    found: Inactive


class Page(NamedTuple):
    """People, and behind whom the next page begins; None at the end."""

    people: list[Person]
    further: str | None


def read_page(question: Question, *, after: str, limit: int) -> Page:
    """At most `limit` people, or fewer where a page's steps found no more; `after` is "" at first.

    Reads a bounded number of rows in a bounded number of queries. Raises
    `consent.journal.NotReplayed`: a doubt would say that who refused was never asked.
    """
    require_replayed()
    found: list[tuple[str, Inactive]] = []
    position: str | None = after
    for _ in range(STEPS):
        step, position = _step(question, position or "")
        found += step
        if position is None or len(found) >= limit:
            break
    if len(found) > limit:
        found, position = found[:limit], found[limit - 1][0]
    return Page(_with_addresses(found), position)


def walk(question: Question) -> Iterator[Person]:
    """Everybody, a step at a time, with short queries, so that memory stays flat.

    Raises `consent.journal.NotReplayed` at once.
    """
    require_replayed()
    return _walk(question)


def _walk(question: Question) -> Iterator[Person]:
    position: str | None = ""
    while position is not None:
        found, position = _step(question, position)
        yield from _with_addresses(found)


def pruned_before() -> datetime | None:
    """Of mails opened before, only the first open is known."""
    return IngestLock.objects.values_list("pruned_before", flat=True).get(id=1)


def _step(question: Question, after: str) -> tuple[list[tuple[str, Inactive]], str | None]:
    """The inactive among the next people, and the last of these; None where none are left."""
    hashes = Contact.objects.filter(email_hash__gt=after).order_by("email_hash")
    seen = list(hashes.values_list("email_hash", flat=True)[:STEP])
    if not seen:
        return [], None
    # The last one is whole: the range below takes all its contacts.
    last = str(seen[-1])
    mails = _mails(after, last, question.now)
    decided = PersonConsent.objects.filter(person__in=mails).values_list("person", flat=True)
    has_decided, days = set(decided), _days(mails)
    found = []
    for person in sorted(mails):
        inactive = judge(
            mails[person],
            has_decided=person in has_decided,
            since=question.since,
            now=question.now,
            day=days.get(person),
        )
        if inactive and question.doubt in (None, inactive.doubt):
            found.append((person, inactive))
    return found, last if len(seen) == STEP else None


class _Row(NamedTuple):
    """A contact as it is stored."""

    uuid: UUID
    email_hash: str
    due_at: datetime | None
    resent_at: datetime | None
    measured: int
    not_sent_at: datetime | None
    forgotten_at: datetime | None
    campaign_id: int
    external_id: str | None


def _mails(after: str, last: str, now: datetime) -> dict[str, list[Mail]]:
    """The contacts of people by their hash; none that is marked not sent."""
    own = Contact.objects.filter(email_hash__gt=after, email_hash__lte=last).order_by()
    rows = [_Row(*row) for row in own.values_list(*_Row._fields)]
    ids = [row.uuid for row in rows]
    by_person, by_machine = _signs(ids)
    keeping = _keeping_days(rows, now)
    mails: dict[str, list[Mail]] = defaultdict(list)
    for row in rows:
        sent = row.not_sent_at is None
        mails[row.email_hash].append(
            Mail(
                row.due_at if sent else None,
                row.resent_at if sent else None,
                Measured(row.measured),
                by_person.get(row.uuid),
                by_machine.get(row.uuid),
                forgotten=row.forgotten_at is not None,
                keeps_day=row.uuid in keeping,
            )
        )
    return mails


def _keeping_days(rows: Sequence[_Row], now: datetime) -> set[UUID]:
    """Those of whom the day of the last open is kept, as of when their mail was due and of now."""
    due = {
        Subject(row.campaign_id, row.uuid, row.email_hash, row.external_id): row.due_at
        for row in rows
        if row.measured == Measured.NO and row.forgotten_at is None
    }
    return {
        subject.contact_id
        for subject, course in read_courses(due).items()
        if narrowest(course.at(due[subject] or now), course.at(now)) == Mode.LAST_DAY
    }


def _days(people: Collection[str]) -> dict[str, Day]:
    """The day of the last open of those of whom one is kept."""
    rows = LastDay.objects.filter(person__in=people).values_list("person", "day")
    return {person: Day(_start(day), _start(day + timedelta(days=1))) for person, day in rows}


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


Signs = dict[UUID, datetime]


def _signs(contact_ids: Collection[UUID]) -> tuple[Signs, Signs]:
    """The last open of each contact by a person, and by a machine, as far as it is known."""
    by_person: Signs = {}
    by_machine: Signs = {}
    opens = Open.objects.filter(contact_id__in=contact_ids).order_by()
    for contact_id, kind, last in (
        opens.values("contact_id", "kind")
        .annotate(last=Max("opened_at"))
        .values_list("contact_id", "kind", "last")
    ):
        _keep_later(by_person if kind in COUNTED_KINDS else by_machine, contact_id, last)
    summaries = ContactOpens.objects.filter(contact_id__in=contact_ids)
    columns = ("contact_id", "first_counted_at", "first_opened_at", "best_kind")
    for contact_id, counted, opened, best in summaries.values_list(*columns):
        if counted is not None:
            _keep_later(by_person, contact_id, counted)
        if best not in COUNTED_KINDS:
            _keep_later(by_machine, contact_id, opened)
    return by_person, by_machine


def _keep_later(signs: Signs, contact_id: UUID, at: datetime) -> None:
    signs[contact_id] = max(at, signs.get(contact_id, at))


def _with_addresses(found: Sequence[tuple[str, Inactive]]) -> list[Person]:
    people = [person for person, _ in found]
    rows = Contact.objects.filter(email_hash__in=people).order_by()
    addresses = dict(rows.values_list("email_hash", "email"))
    return [Person(person, addresses.get(person), inactive) for person, inactive in found]
