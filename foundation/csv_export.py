"""Writes tables as CSV that is safe to open in a spreadsheet; pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

# A cell that begins so is taken for a formula, or smuggles one behind the blank.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Rows handed on at a time: sending each by itself costs more than making it.
ROWS_AT_ONCE = 200


def cell(value: object) -> str:
    """A value as a CSV cell; "" for None, an apostrophe before what could be a formula.

    One more where such apostrophes are part of the value, so that `plain` gives it back.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def plain(text: str) -> str:
    """The value of a cell that `cell` made, or that somebody guarded by hand in the same way."""
    guarded = text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS)
    return text[1:] if guarded else text


def csv_blocks(rows: Iterable[Sequence[object]], *, separator: str = ",") -> Iterator[str]:
    """The rows as CSV text, some at a time, each cell made safe by `cell`."""
    rows = iter(rows)
    writer = csv.writer(_Echo(), delimiter=separator)
    while block := list(islice(rows, ROWS_AT_ONCE)):
        yield "".join(writer.writerow(map(cell, row)) for row in block)


class _Echo:
    """Hands back what a csv writer writes."""

    def write(self, text: str) -> str:
        return text
