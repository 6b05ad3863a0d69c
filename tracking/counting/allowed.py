"""Tells what may be kept of the hits of some people, as of when it was read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import Subquery

from campaigns.models import Campaign
from campaigns.modes import WIDEST, Measured, Mode, narrowest
from consent import journal
from consent.courses import limit_of_hits
from consent.histories import read_courses
from consent.models import Decision
from consent.modes import Dropped
from consent.people import Subject
from consent.queries import Allowances, read_allowances
from tracking.counting.facts import Person
from tracking.models import IngestLock


@dataclass(frozen=True)
class Allowed:
    """`limits` are of contacts who are not measured, or who have not followed what was decided:
    what was allowed when they were first due.
    """

    allowances: Allowances
    limits: Mapping[Subject, Mode]

    def why_dropped(self, person: Person, at: datetime) -> Dropped | None:
        """Why a hit of this moment is no open; None if it is one."""
        if person.forgotten:
            return Dropped.FORGOTTEN
        why = self.allowances.why_dropped(person.subject, at)
        is_limited = self._limit(person) != Mode.INDIVIDUAL
        return why or (Dropped.NOT_MEASURED if is_limited else None)

    def keeps_day(self, person: Person, at: datetime) -> bool:
        """Whether its day is kept, and nothing else."""
        if person.forgotten:
            return False
        mode = self.allowances.mode_of_hit(person.subject, at)
        return narrowest(mode, self._limit(person)) == Mode.LAST_DAY

    def _limit(self, person: Person) -> Mode:
        return self.limits.get(person.subject, WIDEST)


def read_allowed(people: Collection[Person], *, now: datetime) -> Allowed:
    """In a dozen queries at most, however many people.

    Raises `journal.NotReplayed` where the database lacks decisions, as after it was restored while
    this process went on.
    """
    committed = journal.last_committed()
    allowances = read_allowances({person.subject for person in people})
    journal.require_known(allowances.number, committed=committed)
    campaigns, behind = _changing(allowances), _undecided(allowances)
    unsure = {
        person
        for person in people
        if person.measured is Measured.NO
        or person.subject.campaign_id in campaigns
        or (behind and not behind.isdisjoint(allowances.people[person.subject]))
    }
    courses = read_courses({person.subject for person in unsure})
    limits = {p.subject: limit_of_hits(p.due_at, courses[p.subject], now=now) for p in unsure}
    return Allowed(allowances, limits)


def _changing(allowances: Allowances) -> set[int]:
    """The campaigns whose contacts have not followed a change of modes yet."""
    limited = allowances.policies.keys() - allowances.open_campaigns
    if not limited:
        return set()
    changing = Campaign.objects.filter(id__in=limited, measuring_since__isnull=False)
    return set(changing.order_by().values_list("id", flat=True))


def _undecided(allowances: Allowances) -> set[str]:
    """The people whose contacts have not followed what they decided yet."""
    if not allowances.people:
        return set()
    followed = IngestLock.objects.filter(id=1).values("decisions_followed")
    decided = Decision.objects.filter(number__gt=Subquery(followed)).order_by()
    if not decided.exists():
        return set()
    known = set(chain.from_iterable(allowances.people.values()))
    return set(decided.filter(person__in=known).values_list("person", flat=True))
