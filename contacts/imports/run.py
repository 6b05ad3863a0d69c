"""Imports a contact file in chunks, so that it can be interrupted and resumed at any moment.

Each chunk's contacts, pixels, rejected rows, counts and offset are one transaction; a worker that
lost its lease can't commit.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from campaigns.models import (
    Campaign,
    ContactImport,
    ImportedContact,
    ImportPiece,
    ImportState,
    RejectedRow,
)
from campaigns.services import ARCHIVED
from contacts import create
from contacts.imports.csv_files import Record
from contacts.imports.decisions import Lost, Refusal, Rows, record_spoken, refuse_unheard
from contacts.imports.drawn import add_drawn
from contacts.imports.known_contacts import Entry, sort_entries
from contacts.imports.leases import LEASE, Lease, claim, held
from contacts.imports.prepare import ACTIVE, open_records, row_reader
from contacts.imports.rejected import pack_row
from contacts.imports.row_reader import Problem, Refused, RowReader, problems_of
from contacts.imports.stored_files import drop_file
from foundation.database import bulk_sql
from foundation.database.transactions import in_transaction

CHUNK = create.CHUNK
CHUNK_BYTES = 2**20
LONGEST_VALUE = 1000

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Chunk:
    """Some parsed records; `offset` and `line` are where the next one begins."""

    offset: int
    line: int
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    # What rows refused that are no contacts.
    refusals: list[Refusal] = field(default_factory=list)
    # Every non-blank record by its line.
    taken: dict[int, Record] = field(default_factory=dict)

    @property
    def records(self) -> int:
        return len(self.taken)

    def take(self, record: Record, reader: RowReader) -> None:
        """Parse a non-blank record into an entry or its problems."""
        self.taken[record.line] = record
        try:
            row = reader.read(record)
        except Refused as refused:
            self.problems += refused.problems
            if refused.refusals is not None:
                self.refusals.append(Refusal.of_texts(record.line, refused.refusals, refused.texts))
            return
        self.entries.append(Entry.of(record, row))


def run_import(*, import_id: int, clock: Callable[[], datetime] = timezone.now) -> None:
    """Run an import to its end, from where it stands; nothing if another worker holds it."""
    lease = claim(import_id, states=ACTIVE, becomes=ImportState.RUNNING, now=clock())
    if lease is None:
        return
    try:
        _run(lease, clock)
    except ImportPiece.DoesNotExist:
        # Whoever stopped the import may have had its file dropped already.
        if not _is_over(import_id):
            raise
    if _is_over(import_id):
        drop_file(import_id=import_id)


def _run(lease: Lease, clock: Callable[[], datetime]) -> None:
    job = ContactImport.objects.get(id=lease.import_id)
    reader = row_reader(job)
    for chunk in _chunks(open_records(job), reader, job):
        if not _settle(lease, chunk, clock()):
            return
    _finish(lease, clock())


def _is_over(import_id: int) -> bool:
    return ContactImport.objects.filter(id=import_id).exclude(state__in=ACTIVE).exists()


def _chunks(records: Iterable[Record], reader: RowReader, job: ContactImport) -> Iterator[Chunk]:
    chunk = Chunk(job.offset, job.line)
    start = job.offset
    for record in records:
        chunk.offset, chunk.line = record.next_offset, record.next_line
        if not record.is_blank:
            chunk.take(record, reader)
        if chunk.records == CHUNK or chunk.offset - start >= CHUNK_BYTES:
            yield chunk
            start = chunk.offset
            chunk = Chunk(chunk.offset, chunk.line)
    if chunk.records:
        yield chunk


@in_transaction
def _settle(lease: Lease, chunk: Chunk, now: datetime) -> bool:
    """Commit a chunk; False if the import must not be continued, as when it was stopped."""
    job = held(lease)
    if job is None:
        return False
    if Campaign.objects.filter(id=job.campaign_id, archived_at__isnull=False).exists():
        _end(job, ImportState.FAILED, now, failure=ARCHIVED.format("campaign"))
        return False
    done = _store(job, chunk, now)
    _keep_rejected(job, done.problems, chunk.taken)
    job.drawn = add_drawn(job.drawn, done.new, done.results)
    job.offset, job.line = chunk.offset, chunk.line
    job.created += done.created
    job.unchanged += done.unchanged
    job.repeated += done.repeated
    job.rejected += chunk.records - done.created - done.unchanged - done.repeated
    job.lease_until, job.attempts = now + LEASE, 0
    job.save()
    return True


@dataclass(frozen=True)
class _Done:
    """What became of a chunk: the new entries with their results, how many were known, problems."""

    new: Sequence[Entry]
    results: Sequence[create.RowResult]
    unchanged: int
    repeated: int
    problems: list[Problem]

    @property
    def created(self) -> int:
        return sum(not result.errors for result in self.results)


def _store(job: ContactImport, chunk: Chunk, now: datetime) -> _Done:
    """Store a chunk's contacts and decisions.

    A row whose yes loses to a no of just now is rejected as a whole: then all is undone, and done
    again without it.
    """
    lost: list[Problem] = []
    while True:
        try:
            with transaction.atomic():
                return _store_others(job, chunk, lost, now)
        except Lost as error:
            lost += error.problems


def _store_others(
    job: ContactImport, chunk: Chunk, lost: Sequence[Problem], now: datetime
) -> _Done:
    without = {problem.line for problem in lost}
    left = [entry for entry in chunk.entries if entry.record.line not in without]
    found = sort_entries(job.campaign_id, left, import_id=job.id)
    problems = [*chunk.problems, *lost, *found.problems]
    problems += refuse_unheard(job.campaign_id, found, now=now)
    results = _create(job, found.new, now)
    problems += _problems(found.new, results)
    rows = Rows(chunk.entries, chunk.refusals, found, results)
    record_spoken(job.campaign_id, rows, by=job.created_by, now=now)
    return _Done(found.new, results, found.unchanged, len(found.repeated()), problems)


def _create(job: ContactImport, entries: Sequence[Entry], now: datetime) -> list[create.RowResult]:
    results = create.create_contacts(
        contacts=[replace(entry.row.contact, uuid=None) for entry in entries],
        now=now,
        pixels_per_contact=job.pixels_per_contact,
    )
    # For whoever undoes the import.
    made = [(result.uuid, job.id) for result in results if not result.errors]
    bulk_sql.insert(ImportedContact, ("contact", "contact_import"), made)
    return results


def _problems(entries: Sequence[Entry], results: Sequence[create.RowResult]) -> list[Problem]:
    problems = []
    for result in results:
        if result.errors:
            entry = entries[result.index]
            problems += problems_of(entry.record.line, result.errors, entry.row.texts)
    return problems


def _keep_rejected(
    job: ContactImport, problems: Sequence[Problem], records: Mapping[int, Record]
) -> None:
    """Each invalid value; the first one of a row also stores the whole row."""
    rows, lines = [], set()
    for problem in sorted(problems, key=lambda problem: problem.line):
        is_first = problem.line not in lines
        lines.add(problem.line)
        row = RejectedRow(
            contact_import=job,
            line=problem.line,
            column=problem.column,
            value=problem.value.replace("\0", "")[:LONGEST_VALUE],
            reason=problem.reason,
            cells=pack_row(records[problem.line]) if is_first else None,
        )
        rows.append(row)
    RejectedRow.objects.bulk_create(rows)


@in_transaction
def _finish(lease: Lease, now: datetime) -> None:
    job = held(lease)
    if job is not None:
        job.offset = job.size
        _end(job, ImportState.FINISHED, now)


def _end(job: ContactImport, state: ImportState, now: datetime, *, failure: str = "") -> None:
    job.state, job.failure, job.finished_at, job.lease_holder = state, failure, now, None
    job.save()
    log.info(
        "import_ended",
        contact_import=job.id,
        state=state.value,
        created=job.created,
        unchanged=job.unchanged,
        repeated=job.repeated,
        rejected=job.rejected,
    )
