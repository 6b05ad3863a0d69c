"""Which answers of nginx have a record and which have none: pure, it reads no file.

nginx notes the minute of each pixel that it answered, in memory, and names the file of its records
by the same minute. Once a minute is over the two are compared.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

# A minute with answers at its first and its last second may be silent for one; nginx keeps them
# to itself for one more.
SILENT_SECONDS = 75
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?=\n)", re.ASCII)
LONGEST_LINE = 64


@dataclass(frozen=True)
class Minute:
    """Answers of a minute that is not compared yet, and when news of it last came."""

    answered: int
    heard_at: float


@dataclass(frozen=True)
class Tally:
    """How far the answers were read, and what came out; times are seconds since 1970.

    `inode` and `offset` tell which file of answers was read how far. The sums are of minutes that
    were compared; `lost_at` is when answers without a record were last found.
    """

    inode: int = 0
    offset: int = 0
    open_minutes: Mapping[str, Minute] = field(default_factory=dict)
    answered: int = 0
    recorded: int = 0
    lost: int = 0
    lost_at: float | None = None

    def hear(self, data: bytes, *, now: float) -> "Tally":
        """Take in the whole lines of what follows in the file of answers."""
        # What goes on without a newline is no line that grows, but memory that was given back.
        length = data.rfind(b"\n") + 1 or (len(data) if len(data) > LONGEST_LINE else 0)
        whole = data[:length]
        minutes = dict(self.open_minutes)
        for name, count in Counter(NAME.findall(whole.decode("ascii", "replace"))).items():
            before = minutes[name].answered if name in minutes else 0
            minutes[name] = Minute(before + count, now)
        return self._with(offset=self.offset + len(whole), open_minutes=minutes)

    def silent_minutes(self, *, now: float) -> list[str]:
        """The minutes of which no more will come."""
        silent = now - SILENT_SECONDS
        return [name for name, minute in self.open_minutes.items() if minute.heard_at <= silent]

    def compare(self, name: str, *, recorded: int, now: float) -> "Tally":
        """Close a minute.

        More records than answers are there where nginx was killed before it had written them.
        """
        minutes = dict(self.open_minutes)
        answered = minutes.pop(name).answered
        lost = max(0, answered - recorded)
        return self._with(
            open_minutes=minutes,
            answered=self.answered + answered,
            recorded=self.recorded + recorded,
            lost=self.lost + lost,
            lost_at=now if lost else self.lost_at,
        )

    def of_file(self, inode: int, *, size: int) -> "Tally":
        """The same, to be read from the start where the file is another one."""
        if inode == self.inode and size >= self.offset:
            return self
        return self._with(inode=inode, offset=0)

    def _with(self, **changed: object) -> "Tally":
        return Tally(**{**self.__dict__, **changed})


def to_json(tally: Tally) -> str:
    return json.dumps(asdict(tally))


def from_json(text: str) -> Tally:
    """Raises ValueError where it is no tally."""
    try:
        values = json.loads(text)
        minutes = {name: Minute(**minute) for name, minute in values["open_minutes"].items()}
        return Tally(**{**values, "open_minutes": minutes})
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("this is no tally of answers") from error
