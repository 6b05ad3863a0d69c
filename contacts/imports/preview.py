"""Previews an uploaded contact file, using the code of the import."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from campaigns.models import ContactImport
from contacts.drawing.draw import draw_in_words, drawable_of
from contacts.imports.csv_files import Layout, Record, read_records
from contacts.imports.decisions import refuse_unheard
from contacts.imports.known_contacts import sort_entries
from contacts.imports.prepare import ImportOptions, layout_of, prepare, row_reader, uploaded
from contacts.imports.row_reader import Problem
from contacts.imports.run import Chunk
from contacts.imports.stored_files import read_pieces

PREVIEWED = 20
# How far a file is searched for cells that show whether its encoding is right.
SAMPLED_BYTES = 256 * 1024
SAMPLES = 8
# How far it is searched for its first rows: somebody waits, and there may be only blank lines.
PREVIEWED_BYTES = 2**20

Fate = Literal["new", "unchanged", "repeated", "refused"]


@dataclass(frozen=True)
class Upload:
    """An uploaded file and its first PREVIEWED rows.

    `samples` are the first distinct cells with letters that depend on the encoding.
    """

    job: ContactImport
    layout: Layout
    records: list[Record]
    samples: list[str]

    def cells_of(self, place: int) -> list[str]:
        """The non-empty cells of one column in the first rows."""
        cells = (record.cells[place] for record in self.records if place < len(record.cells))
        return [text for cell in cells if (text := cell.strip())]


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
    upload = Upload(job, layout, records=[], samples=[])
    for record in _first_records(job, layout):
        if len(upload.records) < PREVIEWED:
            upload.records.append(record)
        elif len(upload.samples) >= SAMPLES or record.next_offset - layout.offset > SAMPLED_BYTES:
            break
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
