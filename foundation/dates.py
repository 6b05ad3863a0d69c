"""Writes dates and times as every page does; pure.

Templates write the same by `pixeltrack/formats`: `{{ at|date:"DATETIME_FORMAT" }}`.
"""

import re
from datetime import date, datetime

# As the history wrote a moment before, with seconds, a quoted name passed over.
_IN_DIGITS = re.compile(r"“[^”]*”|\b(\d{4}-\d\d-\d\d) (?=\d\d:\d\d)")


def day(at: date) -> str:
    """A calendar day such as "29 November 2026"."""
    return f"{at:%-d %B %Y}"


def moment(at: datetime) -> str:
    """A moment by the clock of its own zone, such as "29 November 2026, 15:32"."""
    return f"{day(at)}, {at:%H:%M}"


def days(first: date, last: date) -> str:
    """The days from the first to the last, the year once where it is the same."""
    begin = f"{first:%-d %B}" if first.year == last.year else day(first)
    return f"{begin} to {day(last)}"


def in_one_way(sentence: str) -> str:
    """A sentence of the history that may be old, with moments as they are written today."""
    return _IN_DIGITS.sub(_as_today, sentence)


def _as_today(found: re.Match[str]) -> str:
    return f"{day(date.fromisoformat(found[1]))}, " if found[1] else found[0]


def near_day(at: date, *, today: date) -> str:
    """A calendar day such as "29 November", with its year where that is not this one."""
    return f"{at:%-d %B}" if at.year == today.year else day(at)
