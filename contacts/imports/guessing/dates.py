"""Finds out how a column writes its times; pure.

Where several ways read every value, and read them differently, a person has to choose: 05/11/2026
is in November or in May. So has somebody where there are dates without a time of day.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

from foundation.invisible import plain_blanks, visible
from foundation.parsing import BadValue, read_moment

# ISO 8601, as programs write times.
ISO = "iso"
DAY_FIRST = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y")
MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y")
YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")
NAMED = (
    *("%d %B %Y", "%d %b %Y", "%d. %B %Y", "%d-%b-%Y"),
    *("%B %d, %Y", "%b %d, %Y", "%A, %d %B %Y", "%a, %d %b %Y"),
)
# Each at midnight.
DAYS = (*YEAR_FIRST, *DAY_FIRST, *MONTH_FIRST, *NAMED)
HOURS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p")
TIMES = tuple("".join(parts) for parts in product(DAYS, (" ", ", "), HOURS))
WITH_OFFSET = tuple("".join(parts) for parts in product(TIMES, ("%z", " %z")))
FORMATS = frozenset((ISO, *DAYS, *TIMES, *WITH_OFFSET))

CHOOSE = "Choose how times are written."

LOOKS_LIKE_ONE = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{2,4}|\d{1,2}[-. ]+[A-Za-z]{3,9}[ .,-]|[A-Za-z]{3,9} \d{1,2}, \d{4}"
)
HAS_OFFSET = re.compile(r":\d\d(?: ?[AP]M)? ?(?:[+-]\d\d:?\d\d|Z)$", re.IGNORECASE)
OFFSET = re.compile(r"(?:[+-]\d\d:?\d\d|Z)$", re.IGNORECASE)
# What stands between words and numbers; a format reads a value only with the same.
MARKS = re.compile(r"[^\w\s]|_")
MARKS_OF = {known: MARKS.findall(re.sub("%[a-zA-Z]", "", known)) for known in FORMATS}
# Formats that read none of so many are not tried on the others.
FIRST = 10
MOST_READ = 500
# What may be wrong among the values that tell how they are written.
MOST_WRONG = 0.5


@dataclass(frozen=True)
class Reading:
    """What a format makes of one of the values."""

    format: str
    text: str
    moment: datetime

    def __str__(self) -> str:
        return f"{self.text} is {self.moment.day} {self.moment:%B %Y, %H:%M}"


@dataclass(frozen=True)
class Found:
    """How values are written, if that is sure; else in what different ways they can be read."""

    sure: Reading | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def question(self) -> str:
        """ "" where there is nothing to decide."""
        if len(self.readings) > 1:
            text, *_ = (reading.text for reading in self.readings)
            days = (f"{one.moment.day} {one.moment:%B}" for one in self.readings)
            return f"{text}: {' or '.join(days)}? {CHOOSE}"
        if self.readings:
            return f"{self.readings[0].text} has no time of day. {CHOOSE}"
        return ""


def find_format(texts: Iterable[str]) -> Found:
    """How most of the values are written."""
    seen = [plain_blanks(text) for text in map(visible, texts) if text][:MOST_READ]
    read = {known: _all_read(known, seen) for known in _possible(seen)}
    most = max((_count(moments) for moments in read.values()), default=0)
    if not most or most < len(seen) * (1 - MOST_WRONG):
        return Found()
    best = {known: moments for known, moments in read.items() if _count(moments) == most}
    with_times = {known: m for known, m in best.items() if known not in DAYS}
    meanings: dict[tuple[datetime | None, ...], str] = {}
    for known, moments in (with_times or best).items():
        meanings.setdefault(tuple(moments), known)
    readings = tuple(_readings(seen, meanings))
    if with_times and len(readings) == 1:
        return Found(sure=readings[0])
    return Found(readings=readings)


def looks_like_dates(texts: Sequence[str]) -> bool:
    """Whether all of the values are dates, with or without a time of day, however written."""
    return _are_dated(texts) and bool(_ways(texts))


def first_time(texts: Sequence[str]) -> datetime | None:
    """The earliest moment that any reading of the values gives, taken as UTC.

    None unless all of them are dates with a time of day.
    """
    ways = _ways(texts) if _are_dated(texts) else ()
    if any(one.format in DAYS for one in ways):
        return None
    seen = [plain_blanks(visible(text)) for text in texts[:MOST_READ]]
    moments = (_read(one.format, text) for one in ways for text in seen)
    return min(filter(None, moments), default=None)


def _are_dated(texts: Sequence[str]) -> bool:
    return bool(texts) and all(LOOKS_LIKE_ONE.search(text) for text in texts[:MOST_READ])


def _ways(texts: Sequence[str]) -> tuple[Reading, ...]:
    found = find_format(texts)
    return (found.sure,) if found.sure else found.readings


def _possible(texts: Sequence[str]) -> Iterator[str]:
    """Python compiles a format at each new one: those with other marks are not even tried."""
    first = texts[:FIRST]
    has_offset = any(map(HAS_OFFSET.search, first))
    marks = [MARKS.findall(_without_offset(text)) for text in first]
    for known in (ISO, *(WITH_OFFSET if has_offset else (*TIMES, *DAYS))):
        if known != ISO and MARKS_OF[known] not in marks:
            continue
        if any(_read(known, text) for text in first):
            yield known


def _without_offset(text: str) -> str:
    return OFFSET.sub("", text) if HAS_OFFSET.search(text) else text


def _all_read(known: str, texts: Sequence[str]) -> list[datetime | None]:
    return [_read(known, text) for text in texts]


def _read(known: str, text: str) -> datetime | None:
    """The moment, in UTC where the value names no offset."""
    try:
        if known == ISO:
            return read_moment(text, zone=UTC)
        moment = datetime.strptime(text, known)
    except (BadValue, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(moments: Sequence[datetime | None]) -> int:
    return sum(moment is not None for moment in moments)


def _readings(
    texts: Sequence[str], meanings: dict[tuple[datetime | None, ...], str]
) -> Iterator[Reading]:
    """One for each meaning, of a value that every one of them reads otherwise, if there is one."""
    places = range(len(texts))
    read_by_all = [n for n in places if all(moments[n] for moments in meanings)]
    place = max(
        read_by_all or places,
        key=lambda n: len({moments[n] for moments in meanings if moments[n]}),
    )
    for moments, known in meanings.items():
        moment = moments[place]
        if moment is not None:
            yield Reading(known, texts[place], moment)
