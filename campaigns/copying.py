"""What a copy of a campaign is called, when it lasts and how far it may measure; pure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from campaigns.modes import Mode, narrowest
from foundation.parsing import LATEST
from foundation.personal_data.identity import name_key

# "Spring (copy)" and "Spring (copy 3)" are copies of "Spring".
COPY = re.compile(r"\s*\(copy(?: [1-9][0-9]{0,3})?\)\s*$")


def names_of_copies(name: str, *, longest: int, longest_key: int, most: int) -> Iterator[str]:
    """What a copy may be called, best first: "Spring (copy)", "Spring (copy 2)", and so on.

    Each is cut before its ending to `longest` characters, and to `longest_key` ones of its key.
    """
    base = COPY.sub("", name) or name
    for number in range(1, most + 1):
        ending = " (copy)" if number == 1 else f" (copy {number})"
        cut = base[: longest - len(ending)].rstrip()
        while len(name_key(cut + ending)) > longest_key:
            cut = cut[:-1].rstrip()
        yield cut + ending


def dates_of_copy(
    start_at: datetime, end_at: datetime, *, now: datetime, zone: tzinfo
) -> tuple[datetime, datetime]:
    """From tomorrow on, for as long as the original and at its times by the clock of `zone`."""
    first, last = start_at.astimezone(zone), end_at.astimezone(zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    # By the clock: a day on which the clocks change is a day.
    length = last.replace(tzinfo=None) - first.replace(tzinfo=None)
    begin = datetime.combine(tomorrow, first.time(), zone)
    start = begin.astimezone(UTC)
    end = min((begin + length).astimezone(UTC), LATEST - timedelta(minutes=1))
    # An hour that is left out, or repeated, may turn a short one around.
    return start, max(end, start + timedelta(minutes=1))


def mode_of_copy(mode: str | None, *, allowed: str) -> str | None:
    """As far as the original's, never beyond what the installation allows today.

    `last_day` has to be confirmed for each campaign, so a copy gets the mode below it.
    """
    if mode is None:
        return None
    kept = narrowest(Mode(mode), Mode(allowed))
    return Mode.SHARED.value if kept == Mode.LAST_DAY else kept.value
