"""Writes tables as CSV that is safe to open in a spreadsheet; pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

# Spreadsheets read a cell that starts like this as a formula, or find one behind the whitespace.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Rows sent together: sending each row by itself costs more than producing it.
ROWS_AT_ONCE = 200


def cell(value: object) -> str:
    """A value as a CSV cell; "" for None, with an apostrophe before a possible formula.

    A value that begins with such an apostrophe gets another one, so that `plain` can restore it.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def plain(text: str) -> str:
    """The value of a cell written by `cell`, or protected the same way by hand."""
    guarded = text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS)
    return text[1:] if guarded else text


def csv_blocks(rows: Iterable[Sequence[object]], *, separator: str = ",") -> Iterator[str]:
    """The rows as CSV text in blocks, each cell made safe by `cell`."""
    rows = iter(rows)
    writer = csv.writer(_Echo(), delimiter=separator)
    while block := list(islice(rows, ROWS_AT_ONCE)):
        yield "".join(writer.writerow(map(cell, row)) for row in block)


class _Echo:
    """Returns what a csv writer writes."""

    def write(self, text: str) -> str:
        return text
