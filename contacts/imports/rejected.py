"""The rejected rows of an import: each as it was in the file, and its problems."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from campaigns.models import ContactImport, RejectedRow
from contacts.imports.columns import PROBLEM
from contacts.imports.csv_files import Record
from foundation import csv_export

# Rows per query: this many of LONGEST_ROW are a few megabytes.
ROWS_AT_ONCE = 100
LONGEST_ROW = 64 * 1024
# For imports from before whole rows were stored.
VALUES_ONLY = ("line", "column", "value", "reason")
TOO_LONG = "The row is too long to be repeated here: look it up in your file."


def pack_row(record: Record) -> str | None:
    """A row for RejectedRow.cells; None if it is longer than LONGEST_ROW."""
    packed = json.dumps(record.text if record.problem else record.cells, ensure_ascii=False)
    return packed if len(packed) <= LONGEST_ROW else None


def pack_headers(headers: Sequence[str]) -> str:
    """The column names of a file for ContactImport.headers."""
    return json.dumps(list(headers), ensure_ascii=False)


def first_rejected(job: ContactImport, *, limit: int) -> list[tuple[str, RejectedRow]]:
    """With the file's own name of the column, "" for a whole row."""
    rows = RejectedRow.objects.filter(contact_import_id=job.id).order_by("id")
    names = _names(job.columns, json.loads(job.headers)) if job.headers else {}
    return [(names.get(row.column, row.column), row) for row in rows.defer("cells")[:limit]]


def _names(columns: Sequence[str | None], headers: Sequence[str]) -> dict[str, str]:
    """The file's own column names by field."""
    pairs = zip(columns, headers, strict=True)
    return {field: header or field for field, header in pairs if field}


def rejected_file(job: ContactImport) -> str:
    return f"import-{job.id}-rejected.csv"


def rejected_table(job: ContactImport) -> Iterator[Sequence[object]]:
    """The rejected rows with the file's own columns, and one for the problem.

    The file can be corrected and imported as it is. Cells beyond the file's columns follow.
    """
    if job.headers is None:
        yield VALUES_ONLY
        yield from ((row.line, row.column, row.value, row.reason) for row in _rows(job.id))
        return
    headers = json.loads(job.headers)
    taken = {number for number, field in enumerate(job.columns) if field}
    own = [n for n, header in enumerate(headers) if n in taken or header.casefold() != PROBLEM]
    yield [*(headers[n] for n in own), PROBLEM]
    for line, group in groupby(_rows(job.id), key=lambda row: row.line):
        rows = list(group)
        cells = _unpack(rows[0].cells, job.separator)
        cells += [""] * (len(headers) - len(cells))
        problem = _sentence(line, rows, job.columns, headers)
        yield [*(cells[n] for n in own), problem, *_beyond(cells, len(headers))]


def _rows(import_id: int) -> Iterator[RejectedRow]:
    """Every rejected value of an import in the file's order, read in chunks."""
    rows = RejectedRow.objects.filter(contact_import_id=import_id).order_by("id")
    chunk = list(rows[:ROWS_AT_ONCE])
    while chunk:
        yield from chunk
        chunk = list(rows.filter(id__gt=chunk[-1].id)[:ROWS_AT_ONCE])


def _unpack(packed: str | None, separator: str) -> list[str]:
    """The cells as far as they can be separated, without the apostrophes added by `cell`."""
    found = json.loads(packed) if packed else []
    if isinstance(found, str):
        lines = io.StringIO(found, newline="")
        try:
            found = next(csv.reader(lines, delimiter=separator), [])
        except csv.Error:
            found = [found]
    return list(map(csv_export.plain, found))


def _beyond(cells: Sequence[str], count: int) -> list[str]:
    """The cells of a row beyond the named columns, up to the last non-empty one."""
    filled = [n for n, cell in enumerate(cells, start=1) if n > count and cell.strip()]
    return list(cells[count : max(filled, default=count)])


def _sentence(
    line: int,
    rows: Sequence[RejectedRow],
    columns: Sequence[str | None],
    headers: Sequence[str],
) -> str:
    """The problems of a row, with the file's own column names."""
    names = _names(columns, headers)
    parts = [
        f"{names.get(row.column, row.column)}: {row.reason}" if row.column else row.reason
        for row in rows
    ]
    if rows[0].cells is None:
        parts.append(TOO_LONG)
    return f"Line {line}: {' '.join(parts)}"
