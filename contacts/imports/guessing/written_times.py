"""Shows how a file writes its times by an example, and reads the format out of one; pure."""

import re

from contacts.imports.row_reader import WRITTEN, is_format

BY_DEFAULT = "2026-03-31 21:30"
BAD_EXAMPLE = (
    "Write 31 March 2026, 21:30 as the file would, such as 31.03.2026 21:30: with day, month, "
    "year, hour and minute."
)
# No two parts of it are the same number.
CODES = {
    "2026": "%Y",
    "26": "%y",
    "march": "%B",
    "mar": "%b",
    "03": "%m",
    "3": "%m",
    "31": "%d",
    "tuesday": "%A",
    "tue": "%a",
    "21": "%H",
    "09": "%I",
    "9": "%I",
    "pm": "%p",
    "30": "%M",
    "00": "%S",
}
PART = re.compile(r"[A-Za-z]+|\d+|%")


def example_of(schedule_format: str) -> str:
    """A time as a file writes it, such as "31.03.2026 21:30"; "" stands for ISO 8601."""
    return WRITTEN.strftime(schedule_format) if schedule_format else BY_DEFAULT


def format_of(example: str) -> str | None:
    """The format in which somebody wrote 31 March 2026, 21:30; None where it is no whole time."""
    try:
        found = PART.sub(_code, example.strip())
    except KeyError:
        return None
    return found if is_format(found) else None


def _code(part: re.Match[str]) -> str:
    """Letters that are no part of a time stand for themselves, as in "21h30"; numbers never do."""
    text = part.group()
    if text == "%":
        return "%%"
    return CODES[text] if text.isdigit() else CODES.get(text.lower(), text)
