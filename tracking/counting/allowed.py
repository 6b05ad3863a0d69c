"""Tells what may be kept of the hits of some people, as of when it was read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns.modes import WIDEST, Measured, Mode, narrowest
from consent.courses import limit_of_hits
from consent.histories import read_courses
from consent.modes import Dropped
from consent.people import Subject
from consent.queries import Allowances, read_allowances
from tracking.counting.facts import Person


@dataclass(frozen=True)
class Allowed:
    """`limits` are of contacts who are not measured: what was allowed when they were first due."""

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
    """In at most seven queries, however many people."""
    unmeasured = {person for person in people if person.measured is Measured.NO}
    courses = read_courses({person.subject for person in unmeasured})
    return Allowed(
        read_allowances({person.subject for person in people}),
        {
            person.subject: limit_of_hits(person.due_at, courses[person.subject], now=now)
            for person in unmeasured
        },
    )
