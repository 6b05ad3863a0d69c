"""Counts nginx's answers with and without a record: pure, it reads no file.

nginx logs the minute of each pixel it answered, in memory, and names its record files by the same
minute. Once a minute is over, the two counts are compared.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

# A minute with answers only at its first and last second may be silent for one; nginx buffers them
# for one more.
SILENT_SECONDS = 75
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?=\n)", re.ASCII)
LONGEST_LINE = 64


@dataclass(frozen=True)
class Minute:
    """The answers of a minute that is not compared yet, and when the last one was read."""

    answered: int
    heard_at: float


@dataclass(frozen=True)
class Tally:
    """How far the answers were read, and the result; times are seconds since 1970.

    `inode` and `offset` are the position in the file of answers. The sums cover the compared
    minutes; `lost_at` is when answers without a record were last found.
    """

    inode: int = 0
    offset: int = 0
    open_minutes: Mapping[str, Minute] = field(default_factory=dict)
    answered: int = 0
    recorded: int = 0
    lost: int = 0
    lost_at: float | None = None

    def hear(self, data: bytes, *, now: float) -> "Tally":
        """Count the complete lines of the next part of the file of answers."""
        # An overlong part without a newline is no growing line, but memory that was freed.
        length = data.rfind(b"\n") + 1 or (len(data) if len(data) > LONGEST_LINE else 0)
        whole = data[:length]
        minutes = dict(self.open_minutes)
        for name, count in Counter(NAME.findall(whole.decode("ascii", "replace"))).items():
            before = minutes[name].answered if name in minutes else 0
            minutes[name] = Minute(before + count, now)
        return self._with(offset=self.offset + len(whole), open_minutes=minutes)

    def silent_minutes(self, *, now: float) -> list[str]:
        """The minutes for which no more answers will come."""
        silent = now - SILENT_SECONDS
        return [name for name, minute in self.open_minutes.items() if minute.heard_at <= silent]

    def compare(self, name: str, *, recorded: int, now: float) -> "Tally":
        """Compare a minute's answers with its records.

        There are more records than answers if nginx was killed before it had written the answers.
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
        """The same, starting at offset 0 if the file was replaced."""
        if inode == self.inode and size >= self.offset:
            return self
        return self._with(inode=inode, offset=0)

    def _with(self, **changed: object) -> "Tally":
        return Tally(**{**self.__dict__, **changed})


def to_json(tally: Tally) -> str:
    return json.dumps(asdict(tally))


def from_json(text: str) -> Tally:
    """Raises ValueError for anything else."""
    try:
        values = json.loads(text)
        minutes = {name: Minute(**minute) for name, minute in values["open_minutes"].items()}
        return Tally(**{**values, "open_minutes": minutes})
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("this is no tally of answers") from error
