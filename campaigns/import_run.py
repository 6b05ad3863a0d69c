"""Imports a contact file, chunk by chunk, so that it can die at any moment and go on.

Each chunk's contacts, pixels, rejected rows, figures and offset are one transaction; whoever
lost the lease can commit nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog
from django.db.models import F, Q
from django.utils import timezone

from campaigns import bulk
from campaigns.contact_rows import NO_KEY, FileRow, Problem, Refused, RowReader, problems_of
from campaigns.csv_files import Record
from campaigns.import_files import drop_file
from campaigns.imports import ACTIVE, open_records, row_reader
from campaigns.models import Campaign, Contact, ContactImport, ImportState, RejectedRow
from campaigns.queries import read_email_hash
from campaigns.services import ARCHIVED
from pixeltrack.transactions import in_transaction

CHUNK = bulk.CHUNK
CHUNK_BYTES = 2**20
LEASE = timedelta(seconds=60)
LONGEST_VALUE = 1000
FOUND_BY = ("uuid", "email", "external_id")
COMPARED = ("email", "external_id", "name", "group", "scheduled_at")
DIFFERENT = "The campaign has this contact already, and with another value: change it there."
TWO_CONTACTS = "The e-mail address, external id or uuid belong to two different contacts."

log = structlog.get_logger(__name__)


class Facts(NamedTuple):
    """What is compared between a row and a stored contact, by the column's name."""

    uuid: UUID | None
    email: str | None
    external_id: str | None
    name: str | None
    group: int
    scheduled_at: datetime | None

    def found_by(self) -> list[tuple[str, object]]:
        """What a contact is found by."""
        return [(name, getattr(self, name)) for name in FOUND_BY if getattr(self, name)]


@dataclass(slots=True)
class Entry:
    record: Record
    row: FileRow
    facts: Facts

    def differences(self, stored: Facts) -> list[str]:
        """In what the row gives another value than a stored contact has."""
        return [
            name
            for name in COMPARED
            if name in self.row.texts and getattr(stored, name) != getattr(self.facts, name)
        ]


@dataclass(slots=True)
class Chunk:
    """Some records, read; `offset` and `line` are where the next one begins."""

    offset: int
    line: int
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    records: int = 0

    def take(self, record: Record, reader: RowReader) -> None:
        """Read a record that is not blank into an entry, or into what is wrong with it."""
        self.records += 1
        try:
            row = reader.read(record)
        except Refused as refused:
            self.problems += refused.problems
            return
        it = row.contact
        digest = read_email_hash(it.email) if it.email else None
        facts = Facts(it.uuid, digest, it.external_id, it.name, it.group, it.scheduled_at)
        self.entries.append(Entry(record, row, facts))


@dataclass(slots=True)
class Sorted:
    """The entries that are new, how many are known, and what is wrong with the others."""

    new: list[Entry] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Worker:
    """One run of an import under a lease."""

    import_id: int
    holder: UUID
    reader: RowReader
    register: Callable[..., object]


def run_import(
    *,
    import_id: int,
    register: Callable[..., object],
    clock: Callable[[], datetime] = timezone.now,
) -> None:
    """Bring an import to its end, from where it stands; nothing where another is at it.

    `register(contact_ids=, per_contact=)` is called in the transaction of their contacts.
    """
    job = _claim(import_id, clock())
    if job is None:
        log.info("import_not_taken", contact_import=import_id)
        return
    worker = Worker(import_id, job.lease_holder, row_reader(job), register)
    for chunk in _chunks(open_records(job), worker.reader, job):
        if not _settle(worker, chunk, clock()):
            break
    else:
        _finish(worker, clock())
    if ContactImport.objects.filter(id=import_id).exclude(state__in=ACTIVE).exists():
        drop_file(import_id=import_id)


def _claim(import_id: int, now: datetime) -> ContactImport | None:
    """The import with a lease on it, None where another holds one or it has ended."""
    holder = uuid4()
    free = Q(lease_holder__isnull=True) | Q(lease_until__lt=now)
    taken = ContactImport.objects.filter(free, id=import_id, state__in=ACTIVE).update(
        state=ImportState.RUNNING,
        lease_holder=holder,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,
    )
    return ContactImport.objects.get(id=import_id) if taken else None


def _held(worker: Worker) -> ContactImport | None:
    """The import, locked until the transaction ends; None where the lease is another's."""
    return (
        ContactImport.objects.select_for_update()
        .filter(id=worker.import_id, lease_holder=worker.holder)
        .first()
    )


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
def _settle(worker: Worker, chunk: Chunk, now: datetime) -> bool:
    """Commit a chunk; False where the import is no longer ours to go on with."""
    job = _held(worker)
    if job is None:
        log.warning("import_lease_lost", contact_import=worker.import_id)
        return False
    if Campaign.objects.filter(id=job.campaign_id, archived_at__isnull=False).exists():
        _end(job, ImportState.FAILED, now, failure=ARCHIVED.format("campaign"))
        return False
    sorted_ = sort_entries(job.campaign_id, chunk.entries)
    created, refused = _create(worker, job, sorted_.new, now)
    problems = chunk.problems + sorted_.problems + refused
    _keep_rejected(job, problems)
    job.offset, job.line = chunk.offset, chunk.line
    job.created += created
    job.unchanged += sorted_.unchanged
    job.rejected += chunk.records - created - sorted_.unchanged
    job.lease_until, job.attempts = now + LEASE, 0
    job.save()
    return True


def sort_entries(campaign_id: int, entries: Sequence[Entry]) -> Sorted:
    """Compare some entries with what the campaign has, and with those before them."""
    return _sort(entries, _stored(campaign_id, entries))


def _stored(campaign_id: int, entries: Sequence[Entry]) -> dict[tuple[str, object], Facts]:
    """What the campaign has of the contacts that some entries name, by what names them."""
    contacts = Contact.objects.filter(campaign_id=campaign_id, erased_at=None).order_by()
    known = {}
    for name in FOUND_BY:
        column = "email_hash" if name == "email" else name
        values = [value for entry in entries if (value := getattr(entry.facts, name))]
        if values:
            found = contacts.filter(**{f"{column}__in": values})
            columns = ("uuid", "email_hash", "external_id", "name", "group_id", "scheduled_at")
            for facts in map(Facts._make, found.values_list(*columns)):
                known[name, getattr(facts, name)] = facts
    return known


def _sort(entries: Sequence[Entry], known: dict[tuple[str, object], Facts]) -> Sorted:
    """Tell new contacts from known ones; `known` grows by the new ones.

    Only what a row gives can differ. A uuid finds a contact of the campaign and makes none: the
    same file may become contacts of several campaigns.
    """
    result = Sorted()
    for entry in entries:
        matches = {known[key] for key in entry.facts.found_by() if key in known}
        if matches:
            problems = _differences(entry, matches)
            result.problems += problems
            result.unchanged += not problems
            continue
        facts = entry.facts._replace(uuid=None)
        known |= dict.fromkeys(facts.found_by(), facts)
        if facts.found_by():
            result.new.append(entry)
        else:
            result.problems.append(_problem(entry, "", NO_KEY))
    return result


def _differences(entry: Entry, matches: set[Facts]) -> list[Problem]:
    if len(matches) > 1:
        names = [name for name in FOUND_BY if name in entry.row.texts]
        return [_problem(entry, names[-1], TWO_CONTACTS)]
    [stored] = matches
    return [_problem(entry, name, DIFFERENT) for name in entry.differences(stored)]


def _problem(entry: Entry, name: str, reason: str) -> Problem:
    return Problem(entry.record.line, name, entry.row.texts.get(name, ""), reason)


def _create(
    worker: Worker, job: ContactImport, entries: Sequence[Entry], now: datetime
) -> tuple[int, list[Problem]]:
    """Create the contacts with their pixels; how many, and what was wrong with the others."""
    results = bulk.create_contacts(
        contacts=[replace(entry.row.contact, uuid=None) for entry in entries],
        now=now,
        also=lambda contact_ids: worker.register(
            contact_ids=contact_ids, per_contact=job.pixels_per_contact
        ),
    )
    problems = []
    for result in results:
        if result.errors:
            entry = entries[result.index]
            problems += problems_of(entry.record.line, result.errors, entry.row.texts)
    return sum(not result.errors for result in results), problems


def _keep_rejected(job: ContactImport, problems: Sequence[Problem]) -> None:
    RejectedRow.objects.bulk_create(
        RejectedRow(
            contact_import=job,
            line=problem.line,
            column=problem.column,
            value=problem.value.replace("\0", "")[:LONGEST_VALUE],
            reason=problem.reason,
        )
        for problem in sorted(problems, key=lambda problem: problem.line)
    )


@in_transaction
def _finish(worker: Worker, now: datetime) -> None:
    job = _held(worker)
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
        rejected=job.rejected,
    )
