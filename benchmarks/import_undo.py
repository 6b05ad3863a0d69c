"""Undoing an import against the import itself, by processor time, and its longest batch.

    python -m benchmarks.import_undo [sqlite] [mariadb] [--rows N] [--made-up]

The undoing is cut off in its middle and goes on, as after a crash. Counted is the processor time of
this process and, with MariaDB, of the thread that serves its connection: other work on the machine
makes both longer, but not this. Afterwards nothing that the import made is left. With `--made-up`
the contacts are inserted as an import leaves them behind, which takes a fraction of its time.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

from benchmarks import contact_import, project
from benchmarks.ratio import connection_time

ROWS = 100_000
CHUNK = 20_000
# Its contacts must not be due.
START = datetime.now(UTC).replace(microsecond=0) + timedelta(days=20)


class CutOff(Exception):
    """The worker dies here."""


def main() -> None:
    """Each engine in a process of its own: Django is set up once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", metavar="sqlite|mariadb")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--made-up", action="store_true")
    parser.add_argument("--here", action="store_true")
    asked = parser.parse_args()
    engines = asked.engines or contact_import.ENGINES
    if asked.here:
        measure(engines[0], asked.rows, imported_by=made_up if asked.made_up else imported)
        return
    for engine in engines:
        command = [sys.executable, "-m", "benchmarks.import_undo", engine, "--here"]
        how = ["--made-up"] if asked.made_up else []
        subprocess.run([*command, "--rows", str(asked.rows), *how], check=True)


def measure(engine: str, rows: int, *, imported_by: Callable[[int], tuple]) -> None:
    project.start(engine)
    contact_import.START = START
    job, made = imported_by(rows)
    batches, started = Batches(), time.perf_counter()
    undone = timed(lambda: undo(job, batches, rows))
    ended = time.perf_counter()
    check(job, rows)
    print(
        f"import on {engine}, {rows:,} rows: {made}; undone in {undone:.1f} s of processor "
        f"time, in {ended - started:.0f} s by the clock; {len(batches.seconds):,} batches, the "
        f"longest {max(batches.seconds):.2f} s by the clock; the last tenth took "
        f"{batches.growth():.2f} times the processor time of the first",
        flush=True,
    )


def timed(work) -> float:
    before = connection_time()
    work()
    return connection_time() - before


class Batches:
    """A clock that notes when each batch asks for the moment, and may cut the work off."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.work: list[float] = []
        self.last: tuple[float, float] | None = None
        self.counts = False
        self.cut_after = 0

    def __call__(self) -> datetime:
        asked = time.perf_counter(), connection_time()
        if self.last and self.counts:
            self.seconds.append(asked[0] - self.last[0])
            self.work.append(asked[1] - self.last[1])
        # The claim asks first: no batch lies between it and the first batch's own asking.
        self.counts = self.last is not None
        self.last = asked
        if self.cut_after and len(self.seconds) >= self.cut_after:
            self.cut_after, self.last = 0, None
            raise CutOff
        return datetime.now(UTC)

    def growth(self) -> float:
        tenth = max(len(self.work) // 10, 1)
        return sum(self.work[-tenth:]) / sum(self.work[:tenth])


def imported(rows: int) -> tuple:
    """The import, and what it took."""
    campaign = contact_import.make_campaign()[0]
    job = contact_import.start_import(campaign, contact_import.lines(rows))
    return job, f"{timed(lambda: make(job, rows)):.1f} s of processor time"


def make(job, rows: int) -> None:
    from contacts.imports.run import run_import

    run_import(import_id=job.id)
    job.refresh_from_db()
    if job.created != rows:
        raise SystemExit(f"{job.created} of {rows} contacts")


def made_up(rows: int) -> tuple:
    """The same without reading a file or looking for contacts that are there."""
    from campaigns.models import ContactImport, ImportState

    campaign, group = contact_import.make_campaign()
    job = contact_import.start_import(campaign, contact_import.lines(1))
    contacts = contact_import.made_contacts(campaign, group, rows)
    while some := list(islice(contacts, CHUNK)):
        insert(job, some)
    ended = {"state": ImportState.FINISHED, "created": rows, "finished_at": datetime.now(UTC)}
    ContactImport.objects.filter(id=job.id).update(**ended)
    return job, "made up"


def insert(job, contacts: list) -> None:
    from django.db import transaction

    from campaigns.models import Contact, ImportedContact
    from contacts.registering import register_contacts
    from foundation.database import bulk_sql

    for contact in contacts:
        contact.due_at = contact.scheduled_at
    ids = [contact.uuid for contact in contacts]
    with transaction.atomic():
        Contact.objects.bulk_create(contacts, batch_size=1000)
        register_contacts(contact_ids=ids, per_contact=contact_import.PIXELS)
        made = ((contact_id, job.id) for contact_id in ids)
        bulk_sql.insert(ImportedContact, ("contact_id", "contact_import_id"), made)


def undo(job, batches: Batches, rows: int) -> None:
    from campaigns.models import ContactImport
    from contacts.imports.undo import removing

    removing.start_undo(import_id=job.id, enqueue=lambda _: None, now=datetime.now(UTC))
    batches.cut_after = max(rows // removing.BATCH // 2, 1)
    try:
        removing.run_undo(import_id=job.id, clock=batches)
    except CutOff:
        # As once the lease of the worker that died has lapsed.
        ContactImport.objects.filter(id=job.id).update(lease_until=START - timedelta(days=30))
    removing.run_undo(import_id=job.id, clock=batches)


def check(job, rows: int) -> None:
    """Nothing that the import made is left."""
    from campaigns.models import Contact, ImportedContact
    from tracking.models import Pixel

    job.refresh_from_db()
    left = [model.objects.count() for model in (Contact, Pixel, ImportedContact)]
    if (job.state, job.removed, left) != ("undone", rows, [0, 0, 0]):
        raise SystemExit(f"wrong: {job.state}, {job.removed} of {rows} removed, left {left}")


if __name__ == "__main__":
    main()
