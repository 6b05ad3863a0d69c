"""What a person could be measured for at each moment, and whether a contact counts in rates; pure.

A contact counts in rates by what was in force when its first mail was due. Later changes move it
neither in nor out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from campaigns.modes import NARROWEST, WIDEST, Measured, Mode, narrowest
from consent.modes import Answer

Answers = Sequence[tuple[datetime, Answer]]


class Limit(NamedTuple):
    """How far everybody may be measured, and whoever has not answered."""

    tracking: Mode
    never_asked: Mode


class Limits(NamedTuple):
    """The limit of an installation or a campaign, and each former one with when it ended."""

    current: Limit
    former: Sequence[tuple[datetime, Limit]] = ()

    def at(self, moment: datetime) -> Limit:
        return next((limit for until, limit in self.former if moment < until), self.current)


class Course(NamedTuple):
    """The limits, and a person's answers, each with when it was recorded; in order.

    `later` are those of whoever got the contact's mails since a moment, as another address did:
    from then on the narrowest counts.
    """

    installation: Limits
    campaign: Limits
    answers: Answers = ()
    later: Sequence[tuple[datetime, Answers]] = ()

    def at(self, moment: datetime) -> Mode:
        """What was in force at a moment."""
        joined = [answers for since, answers in self.later if since <= moment]
        return narrowest(*(self._mode(answers, moment) for answers in (self.answers, *joined)))

    def measures(self, moment: datetime) -> bool:
        return self.at(moment) == Mode.INDIVIDUAL

    def measures_from(self, first: datetime, last: datetime) -> bool:
        """Whether it measured at the end of a time and at each of its changes."""
        changes = [last, *(since for since, _ in self.later)]
        for answers in (self.answers, *(answers for _, answers in self.later)):
            changes += [moment for moment, _ in answers]
        for limits in (self.installation, self.campaign):
            changes += [until for until, _ in limits.former]
        return all(self.measures(moment) for moment in changes if first <= moment <= last)

    def withdrawals(self) -> Iterator[datetime]:
        """When anybody who got the contact's mails said no and had not before."""
        yield from _withdrawals(self.answers)
        for since, answers in self.later:
            yield from (moment for moment in _withdrawals(answers) if moment >= since)

    def _mode(self, answers: Answers, moment: datetime) -> Mode:
        given = [answer for recorded_at, answer in answers if recorded_at <= moment]
        if given and given[-1] == Answer.DENIED:
            return NARROWEST
        limits = [self.installation.at(moment), self.campaign.at(moment)]
        modes = [limit.tracking for limit in limits]
        if not given:
            modes += [limit.never_asked for limit in limits]
        return narrowest(*modes)


def _withdrawals(answers: Answers) -> Iterator[datetime]:
    before = None
    for recorded_at, answer in answers:
        if answer == Answer.DENIED != before:
            yield recorded_at
        before = answer


def limit_of_hits(due_at: datetime | None, course: Course, *, now: datetime) -> Mode:
    """How far a contact's hits count at most: who agrees later is measured from the next mail on.

    For contacts that are not stored as measured, or have not followed the last decisions yet.
    """
    return WIDEST if due_at is None or due_at > now else course.at(due_at)


class Known(NamedTuple):
    """A contact's first due time, whether it was opened, and what was stored of it so far."""

    due_at: datetime | None
    opened: bool
    measured: Measured


def settled(
    contact: Known, course: Course, *, now: datetime, since: datetime | None = None
) -> Measured:
    """Whether a contact is measured, as of now.

    Before `since` nothing has changed that was not heeded yet: who was due by then stays what it
    was at its due time. None heeds everything.
    """
    if contact.opened:
        return contact.measured or Measured.YES
    due_at = contact.due_at
    if due_at is None or due_at > now:
        return Measured.YES if course.measures(now) else Measured.NO
    measured = contact.measured
    if since is None or due_at >= since:
        measured = Measured.YES if course.measures(due_at) else Measured.NO
    if measured is not Measured.YES:
        return measured
    first = due_at if since is None else max(due_at, since)
    return Measured.YES if course.measures_from(first, now) else Measured.LAPSED


def withdrew_at(contact: Known, course: Course, *, now: datetime) -> datetime | None:
    """When a person who is measured first withdrew since the mail was due; None if nobody did.

    Whether the contact was opened before makes no difference, nor does what everybody's modes are:
    only a person withdraws.
    """
    due_at = contact.due_at
    if contact.measured is Measured.NO or due_at is None:
        return None
    return min((at for at in course.withdrawals() if due_at < at <= now), default=None)
