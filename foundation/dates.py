"""Writes dates and times as every page does; pure.

Templates write the same by `pixeltrack/formats`: `{{ at|date:"DATETIME_FORMAT" }}`.
"""

from datetime import date, datetime


def day(at: date) -> str:
    """A calendar day such as "29 November 2026"."""
    return f"{at:%-d %B %Y}"


def moment(at: datetime) -> str:
    """A moment by the clock of its own zone, such as "29 November 2026, 15:32"."""
    return f"{day(at)}, {at:%H:%M}"
