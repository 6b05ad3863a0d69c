"""Whose word counts: what a decision changes about the one that is in force; pure.

A no needs nothing. A yes says when the person agreed and to which text. After a no a yes counts
only if the person agreed later and it says what proves that. The result does not depend on the
order in which decisions become known.

A no without a moment is given when it arrives. Where a no is in force already it is no other
decision: the one in force counts as given then, so that a list sent every week adds no proofs.
"""

from datetime import datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

from consent.modes import Answer

NO_MOMENT = "Say when the person agreed, in consent_at."
AHEAD = "This time lies in the future: check it, and the clock."
NO_TEXT = "Give the text that the person agreed to, in consent_text."
WITHDREW = (
    "This person withdrew on {date}. A yes counts only if it was given after that and names its "
    "proof."
)


class Outcome(StrEnum):
    """What became of a decision; `agreed_later` is a no older than the yes that is in force."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    AGREED_LATER = "agreed_later"


class Given(NamedTuple):
    """A decision as somebody reports it; a no without a moment is given when it arrives.

    `text` identifies the text that was shown. `proof` names what proves a yes.
    """

    answer: Answer
    decided_at: datetime | None = None
    text: str = ""
    proof: str = ""


class InForce(NamedTuple):
    """The decision of a person that counts so far."""

    answer: Answer
    decided_at: datetime
    text: str = ""
    is_proven: bool = False


class Unheard(ValueError):
    """The decision does not count: the field it is about, and a sentence."""

    def __init__(self, field: str, sentence: str, *, code: str = "invalid") -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence
        self.code = code


def weigh(given: Given, held: InForce | None, *, now: datetime, zone: tzinfo) -> Outcome:
    """What a decision changes; raises Unheard for a yes that does not count."""
    if given.answer == Answer.DENIED:
        return _weigh_no(given, held, now)
    if given.decided_at is None:
        raise Unheard("consent_at", NO_MOMENT)
    if given.decided_at > now:
        raise Unheard("consent_at", AHEAD)
    if not given.text:
        raise Unheard("consent_text", NO_TEXT)
    return _weigh_yes(given, given.decided_at, held, zone)


def moment_of(given: Given, *, now: datetime) -> datetime:
    """When a decision was made; a no is never refused for its moment."""
    return now if given.decided_at is None else min(given.decided_at, now)


def is_given_again(given: Given, held: InForce | None, *, now: datetime) -> bool:
    """Whether it is the no in force once more, which counts as given now."""
    if held is None or not held.answer == given.answer == Answer.DENIED:
        return False
    return given.decided_at is None and now > held.decided_at


def _weigh_no(given: Given, held: InForce | None, now: datetime) -> Outcome:
    at = moment_of(given, now=now)
    if held is None:
        return Outcome.STORED
    if held.answer == Answer.DENIED:
        # A later no holds against every yes before it; one without a moment is given again.
        is_later = given.decided_at is not None and at > held.decided_at
        return Outcome.STORED if is_later else Outcome.UNCHANGED
    stands = held.is_proven and held.decided_at > at
    return Outcome.AGREED_LATER if stands else Outcome.STORED


def _weigh_yes(given: Given, at: datetime, held: InForce | None, zone: tzinfo) -> Outcome:
    if held is None:
        return Outcome.STORED
    if held.answer == Answer.DENIED:
        if given.proof and at > held.decided_at:
            return Outcome.STORED
        date = f"{held.decided_at.astimezone(zone):%-d %B %Y}"
        raise Unheard("consent_opens", WITHDREW.format(date=date), code="withdrew")
    if given.proof:
        is_stronger = not held.is_proven or at > held.decided_at
    else:
        is_stronger = not held.is_proven and at > held.decided_at and given.text != held.text
    return Outcome.STORED if is_stronger else Outcome.UNCHANGED
