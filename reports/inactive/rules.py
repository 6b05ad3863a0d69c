"""Who has given no sign since a moment, and why that may be wrong; pure.

A sign is an open that a person made, or an image proxy for a person. A list of the inactive is a
list of doubts: nobody in it is known not to read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from campaigns.modes import Measured


class Doubt(StrEnum):
    """Why somebody may read all the same; the first that holds."""

    NOT_MEASURED = "not_measured"
    NEVER_ASKED = "never_asked"
    MACHINE_ONLY = "machine_only"
    IMAGES_OFF = "images_off"


class Mail(NamedTuple):
    """A contact of a person: when it was mailed first and again, and what is known of it.

    `by_person` and `by_machine` are its last opens of each sort, which are gone if `forgotten`.
    `keeps_day` is whether the day of its person's last open is kept, in the mode `last_day`.
    """

    due_at: datetime | None
    resent_at: datetime | None
    measured: Measured
    by_person: datetime | None = None
    by_machine: datetime | None = None
    forgotten: bool = False
    keeps_day: bool = False

    def mailed_within(self, since: datetime, now: datetime) -> bool:
        moments = (self.due_at, self.resent_at)
        return any(at is not None and since <= at <= now for at in moments)


class Day(NamedTuple):
    """The day of a person's last open, in the mode `last_day`: some moment of it was the sign."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Inactive:
    """How many mails somebody got, the last sign before, and why it may be wrong."""

    mails: int
    last_sign_at: datetime | None
    doubt: Doubt


def judge(
    mails: Sequence[Mail],
    *,
    has_decided: bool,
    since: datetime,
    now: datetime,
    day: Day | None = None,
) -> Inactive | None:
    """Whether a person is inactive; None for one with a sign, or who got nothing to show it by."""
    if day is not None and day.end > since:
        return None
    got = [mail for mail in mails if mail.mailed_within(since, now)]
    signs = [mail.by_person for mail in mails if mail.by_person is not None]
    if day is not None:
        signs.append(day.start)
    last = max(signs, default=None)
    if not got or (last is not None and last >= since):
        return None
    return Inactive(len(got), last, _doubt(got, mails, since, has_decided=has_decided))


def _doubt(
    got: Sequence[Mail], mails: Sequence[Mail], since: datetime, *, has_decided: bool
) -> Doubt:
    if any(mail.by_machine is not None and mail.by_machine >= since for mail in mails):
        return Doubt.MACHINE_ONLY
    if any(mail.measured is Measured.YES or mail.keeps_day for mail in got):
        return Doubt.IMAGES_OFF
    has_spoken = has_decided or any(mail.forgotten for mail in got)
    return Doubt.NOT_MEASURED if has_spoken else Doubt.NEVER_ASKED
