"""Writes tables as CSV that is safe to open in a spreadsheet; pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

# A cell that begins so is taken for a formula, or smuggles one behind the blank.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Rows handed on at a time: sending each by itself costs more than making it.
ROWS_AT_ONCE = 200


def cell(value: object) -> str:
    """A value as a CSV cell; "" for None, an apostrophe before what could be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_blocks(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The rows as CSV text, some at a time, each cell made safe by `cell`."""
    rows = iter(rows)
    writer = csv.writer(_Echo())
    while block := list(islice(rows, ROWS_AT_ONCE)):
        yield "".join(writer.writerow(map(cell, row)) for row in block)


class _Echo:
    """Hands back what a csv writer writes."""

    def write(self, text: str) -> str:
        return text
