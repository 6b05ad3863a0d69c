"""Whom one may ask whether being measured is all right; pure.

Nobody is asked again within some months of an asking or a no, and nobody who agreed. For a day a
campaign gets the same list again.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from consent.modes import Answer, Purpose

# A download that failed is repeated at once; whoever comes later would ask again.
SAME_LIST = timedelta(days=1)


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
    """Whether a campaign may ask somebody, or has just asked."""
    asked = {n: at for n, at in history.asked.items() if n != campaign_id or now - at >= SAME_LIST}
    return not _agreed(history.said) and all(
        months_after(at, months) <= now for at in _moments(history.said, asked)
    )


def is_asked_anew(history: History, *, campaign_id: int, now: datetime) -> bool:
    """Whether somebody whom a campaign may ask was not just asked by it."""
    at = history.asked.get(campaign_id)
    return at is None or now - at >= SAME_LIST


def _agreed(said: Sequence[Said]) -> bool:
    """To opens, whatever was said of clicks unless it was a no."""
    is_about_opens = any(one.purpose == Purpose.OPENS for one in said)
    return is_about_opens and all(one.answer == Answer.GRANTED for one in said)


def _moments(said: Sequence[Said], asked: Mapping[int, datetime]) -> list[datetime]:
    return [one.at for one in said if one.answer == Answer.DENIED] + list(asked.values())
