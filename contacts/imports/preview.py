"""Previews an uploaded contact file, using the code of the import."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from campaigns.models import ContactImport, Group
from contacts.drawing.draw import draw_in_words, drawable_of
from contacts.imports.csv_files import Layout, Record, read_records
from contacts.imports.decisions import refuse_unheard
from contacts.imports.guessing.columns import Table
from contacts.imports.known_contacts import sort_entries
from contacts.imports.prepare import ImportOptions, layout_of, prepare, row_reader, uploaded
from contacts.imports.row_reader import Problem, group_keys
from contacts.imports.run import Chunk
from contacts.imports.stored_files import read_pieces
from foundation import csv_export

PREVIEWED = 20
# How far a file is searched for cells that show whether its encoding is right.
SAMPLED_BYTES = 256 * 1024
SAMPLES = 8
# So many rows tell what the columns hold and how their values are written.
SAMPLED_ROWS = 500
# How far it is searched for its first rows: somebody waits, and there may be only blank lines.
PREVIEWED_BYTES = 2**20

Fate = Literal["new", "unchanged", "repeated", "refused"]


@dataclass(frozen=True)
class Upload:
    """An uploaded file and its first PREVIEWED rows; `rows` are cells of the first SAMPLED_ROWS.

    `samples` are the first distinct cells with letters that depend on the encoding.
    """

    job: ContactImport
    layout: Layout
    records: list[Record]
    samples: list[str]
    rows: list[list[str]]

    def table(self, groups: Iterable[Group], *, now: datetime) -> Table:
        """What the columns are guessed by."""
        keys = group_keys((group.id, group.number, group.name) for group in groups)
        rows = [list(map(csv_export.plain, row)) for row in self.rows]
        return Table(self.layout.headers, rows, now, keys)


@dataclass(frozen=True)
class PreviewRow:
    """One row, its expected result and its problems."""

    record: Record
    fate: Fate
    problems: list[Problem]


@dataclass(frozen=True)
class Preview:
    """The field of each column (None: ignored) and the first rows.

    `draw` says what each group gets of the rows that name none, "" where nothing is drawn.
    """

    columns: list[str | None]
    rows: list[PreviewRow]
    draw: str


def read_upload(job: ContactImport, *, encoding: str = "") -> Upload:
    """Read with the given encoding, or the detected one if empty.

    Raises InvalidInput if the file can't be read or was already started.
    """
    layout = layout_of(uploaded(job), encoding=encoding)
    upload = Upload(job, layout, records=[], samples=[], rows=[])
    for record in _first_records(job, layout):
        is_far = record.next_offset - layout.offset > SAMPLED_BYTES
        if len(upload.records) < PREVIEWED:
            upload.records.append(record)
        elif is_far or (len(upload.samples) >= SAMPLES and len(upload.rows) >= SAMPLED_ROWS):
            break
        if len(upload.rows) < SAMPLED_ROWS:
            upload.rows.append(record.cells)
        for cell in record.cells:
            if len(upload.samples) < SAMPLES and not cell.isascii():
                upload.samples.extend({cell} - set(upload.samples))
    return upload


def _first_records(job: ContactImport, layout: Layout) -> Iterator[Record]:
    """The non-blank records within PREVIEWED_BYTES; the last of them is complete."""
    for record in _records(job, layout):
        if not record.is_blank:
            yield record
        if record.next_offset - layout.offset > PREVIEWED_BYTES:
            return


def _records(job: ContactImport, layout: Layout) -> Iterator[Record]:
    return read_records(
        read_pieces(job, offset=layout.offset),
        encoding=layout.encoding,
        separator=layout.separator,
        offset=layout.offset,
        line=layout.line,
    )


def preview(upload: Upload, *, options: ImportOptions, now: datetime) -> Preview:
    """The expected result for the first rows; saves nothing. Raises InvalidInput."""
    job = upload.job
    prepare(job, upload.layout, options)
    chunk, reader = Chunk(job.offset, job.line), row_reader(job)
    for record in upload.records:
        chunk.take(record, reader)
    found = sort_entries(job.campaign_id, chunk.entries)
    unheard = refuse_unheard(job.campaign_id, found, now=now)
    problems = defaultdict(list)
    for problem in chunk.problems + found.problems + unheard:
        problems[problem.line].append(problem)
    fates: dict[int, Fate] = dict.fromkeys(found.repeated(), "repeated")
    fates |= {entry.record.line: "new" for entry in found.new}
    rows = [_row(record, fates, problems[record.line]) for record in upload.records]
    draw = draw_in_words(drawable_of(job.campaign_id)) if job.draws_groups else ""
    return Preview(columns=job.columns, rows=rows, draw=draw)


def _row(record: Record, fates: Mapping[int, Fate], problems: list[Problem]) -> PreviewRow:
    fate: Fate = "refused" if problems else fates.get(record.line, "unchanged")
    return PreviewRow(record, fate, problems)
