"""Whom one may ask whether being measured is all right; pure.

Nobody is asked again within some months of an asking or a no, and nobody who agreed.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from consent.modes import Answer, Purpose


class Said(NamedTuple):
    """What a person decided about opens or clicks, and when at the latest."""

    answer: Answer
    at: datetime
    purpose: Purpose = Purpose.OPENS


@dataclass
class History:
    """What a person said, and when each campaign asked."""

    said: list[Said] = field(default_factory=list)
    asked: dict[int, datetime] = field(default_factory=dict)


def months_after(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the last one of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def may_ask(history: History, *, campaign_id: int, now: datetime, months: int) -> bool:
    """Whether a campaign may ask somebody; one that asked already has the same list again."""
    return not _agreed(history.said) and all(
        months_after(at, months) <= now for at in _moments(history.said, history.asked, campaign_id)
    )


def _agreed(said: Sequence[Said]) -> bool:
    """To opens, whatever was said of clicks unless it was a no."""
    is_about_opens = any(one.purpose == Purpose.OPENS for one in said)
    return is_about_opens and all(one.answer == Answer.GRANTED for one in said)


def _moments(
    said: Sequence[Said], asked: Mapping[int, datetime], campaign_id: int
) -> list[datetime]:
    refused = [one.at for one in said if one.answer == Answer.DENIED]
    return refused + [at for campaign, at in asked.items() if campaign != campaign_id]
