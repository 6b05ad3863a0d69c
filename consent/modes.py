"""How far a person may be measured, now and when a hit came in; pure.

The installation, the campaign and the person each set a limit, and the narrowest counts. Nobody is
measured for a moment at which it was not allowed, however late a hit is counted, and nobody whom it
is not allowed for when it is counted.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from campaigns.modes import NARROWEST, WIDEST, Mode, narrowest

# The clocks of hosts that take hits and that record decisions may differ by so much.
CLOCKS = timedelta(seconds=5)


class Answer(StrEnum):
    """What a person decided about being measured."""

    GRANTED = "granted"
    DENIED = "denied"


class Purpose(StrEnum):
    """What is measured of a person; each is decided by itself."""

    OPENS = "opens"
    CLICKS = "clicks"


class Audience(StrEnum):
    """Who gets a group's shared pixel: whoever did not refuse, or only those who agreed."""

    ANYBODY = "anybody"
    AGREED = "agreed"


class Dropped(StrEnum):
    """Why nothing is kept of a hit: `withdrawn_meanwhile` came before its person's no.

    `forgotten` is one of a contact of which what was measured was removed.
    """

    WITHDRAWN = "withdrawn"
    WITHDRAWN_MEANWHILE = "withdrawn_meanwhile"
    NOT_MEASURED = "not_measured"
    FORGOTTEN = "forgotten"


class Standing(NamedTuple):
    """A person's answer and since when it holds; `after_refusal` if a no came before a yes."""

    answer: Answer
    since: datetime
    after_refusal: bool = False


# Somebody of whom nothing is known but that they agreed.
AGREED = Standing(Answer.GRANTED, datetime.min.replace(tzinfo=UTC))


class Level(NamedTuple):
    """A limit, and since when it allows as much; None if it never allowed less."""

    mode: Mode = WIDEST
    since: datetime | None = None

    def at(self, moment: datetime) -> Mode:
        return NARROWEST if self.since is not None and moment < self.since else self.mode


class Levels(NamedTuple):
    """The limit for everybody, and that for people who have not answered."""

    tracking: Level = Level()
    never_asked: Level = Level()


class Policy(NamedTuple):
    """The limits of an installation and of a campaign."""

    installation: Levels
    campaign: Levels

    def allows_all(self) -> bool:
        """Whether everybody is and was measured who has not said no."""
        return self == Policy(Levels(), Levels())

    def current(self, standing: Standing | None) -> Mode:
        if standing is not None and standing.answer == Answer.DENIED:
            return NARROWEST
        return narrowest(*(level.mode for level in self._limits(standing)))

    def at(self, moment: datetime, standing: Standing | None) -> Mode:
        """The mode at a moment, as far as it is known; narrower where it is not."""
        if standing is not None and moment < standing.since:
            if standing.answer == Answer.DENIED or standing.after_refusal:
                return NARROWEST
            standing = None
        if standing is not None and standing.answer == Answer.DENIED:
            return NARROWEST
        return narrowest(*(level.at(moment) for level in self._limits(standing)))

    def of_hit(self, at: datetime, standing: Standing | None) -> Mode:
        """The mode that a hit is counted in: the narrower of those at its moment and now."""
        return narrowest(self.current(standing), self.at(at - CLOCKS, standing))

    def why_dropped(self, at: datetime, standing: Standing | None) -> Dropped | None:
        """Why a hit of a person's own pixel is no open; None if it is one."""
        if self.of_hit(at, standing) == Mode.INDIVIDUAL:
            return None
        if standing is None or standing.answer == Answer.GRANTED:
            return Dropped.NOT_MEASURED
        return Dropped.WITHDRAWN if at >= standing.since else Dropped.WITHDRAWN_MEANWHILE

    def widest(self) -> Mode:
        """The mode of whoever agreed at present: nobody's is wider."""
        return self.current(AGREED)

    def may_share(self) -> bool:
        """Whether anybody's mode may be `shared` at present."""
        return Mode.SHARED in (self.current(None), self.current(AGREED))

    def audience(self) -> Audience:
        """Who shares a pixel at present, where anybody does."""
        return Audience.ANYBODY if self.current(None) == Mode.SHARED else Audience.AGREED

    def keeps_shared(self, at: datetime, audience: Audience) -> bool:
        """Whether a load of a shared pixel is counted: any of its audience may have made it."""
        standing = None if audience == Audience.ANYBODY else AGREED
        return self.of_hit(at, standing) != Mode.OFF

    def _limits(self, standing: Standing | None) -> list[Level]:
        limits = [self.installation.tracking, self.campaign.tracking]
        if standing is None:
            limits += [self.installation.never_asked, self.campaign.never_asked]
        return limits
