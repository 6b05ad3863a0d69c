"""The contact import against `executemany` of the same rows, and the memory that it takes.

    python -m benchmarks.contact_import [sqlite] [mariadb] [--rows N]
    python -m benchmarks.contact_import memory [sqlite] [mariadb]

The reference inserts contacts and pixels whose columns are prepared already (validated, hashed
and encrypted); the import starts from the uploaded file. Before any speed is counted, every
contact of a first import is compared with its line, and the same file again changes nothing.
"""

import argparse
import resource
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count

from benchmarks import project
from benchmarks.ratio import Way, compare

ENGINES = ("mariadb", "sqlite")
ROWS = 20_000
MEMORY_ROWS = (20_000, 200_000)
CHECKED_ROWS = 5_000
PIXELS = 2
# The reference commits as often as the import does.
CHUNK = 500
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
numbers = count()


def main() -> None:
    """Each measurement in a process of its own: Django is set up once, memory never shrinks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", type=known, metavar="memory|sqlite|mariadb")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--here", choices=("ratio", "memory"))
    asked = parser.parse_args()
    engines = [word for word in asked.what if word in ENGINES] or ENGINES
    if asked.here:
        {"ratio": measure_ratio, "memory": measure_memory}[asked.here](engines[0], asked.rows)
        return
    memory = "memory" in asked.what
    for engine in engines:
        for rows in MEMORY_ROWS if memory else (asked.rows,):
            command = [sys.executable, "-m", "benchmarks.contact_import", engine]
            options = ["--rows", str(rows), "--here", "memory" if memory else "ratio"]
            subprocess.run([*command, *options], check=True)


def known(word: str) -> str:
    """As `choices` does, which refuse to be given none at all."""
    if word not in {"memory", *ENGINES}:
        raise argparse.ArgumentTypeError(f"not memory, sqlite or mariadb: {word}")
    return word


def measure_ratio(engine: str, rows: int) -> None:
    project.start(engine)
    check(engine)
    way = Way("import", rows, lambda: by_import(*make_campaign(), rows))
    reference = Way("executemany", rows, lambda: by_executemany(*make_campaign(), rows))
    for one in (way, reference):
        one.prepare()()
    ratio = compare(way, reference)
    print(f"import on {engine}, {rows:,} rows, {PIXELS} pixels each: {ratio} times executemany")


def measure_memory(engine: str, rows: int) -> None:
    project.start(engine)
    run = by_import(*make_campaign(), rows)
    run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"import on {engine}, {rows:,} rows: at most {peak:.0f} MB of memory")


def make_campaign():
    """A campaign, and its group."""
    from campaigns.models import Campaign, Group

    # A database that is given may have some of an earlier run.
    name = f"c{next(numbers)}-{uuid.uuid4().hex[:8]}"
    campaign = Campaign.objects.create(
        name=name, name_key=name, start_at=START, end_at=START + timedelta(days=30)
    )
    return campaign, Group.objects.create(campaign=campaign, number=1, name="A")


def lines(rows: int):
    yield b"email,name,external_id,group,scheduled_at\n"
    for n in range(rows):
        line = f"person{n}@example{n % 50}.com,Person {n},crm-{n},A,{START:%Y-%m-%dT%H:%M}Z\n"
        yield line.encode()


def start_import(campaign, content, *, may_decide: bool = False):
    from contacts.imports import prepare, stored_files

    job = stored_files.receive_file(
        campaign_id=campaign.id, chunks=content, file_name="x", created_by=None, now=START
    )
    return prepare.start_import(
        import_id=job.id,
        options=prepare.ImportOptions(pixels_per_contact=PIXELS, may_decide=may_decide),
        enqueue=lambda _: None,
        now=START,
    )


def by_import(campaign, group, rows: int):
    from contacts.imports.run import run_import

    job = start_import(campaign, lines(rows))

    def work() -> None:
        run_import(import_id=job.id)
        job.refresh_from_db()
        if job.created != rows:
            raise SystemExit(f"{job.created} of {rows} contacts")

    return work


def by_executemany(campaign, group, rows: int):
    """Inserts what an import of the same lines inserts, prepared beforehand."""
    from django.db import connection, transaction

    from campaigns.models import Contact
    from tracking.models import Pixel

    contacts, pixels = [], []
    for contact in made_contacts(campaign, group, rows):
        contacts.append(prepared(contact, connection))
        own = [Pixel(uuid=uuid.uuid4(), contact=contact, number=n + 1) for n in range(PIXELS)]
        pixels += [prepared(pixel, connection) for pixel in own]
    statements = statement_for(Contact, connection), statement_for(Pixel, connection)

    def work() -> None:
        for start in range(0, rows, CHUNK):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(statements[0], contacts[start : start + CHUNK])
                cursor.executemany(statements[1], pixels[start * PIXELS : (start + CHUNK) * PIXELS])

    return work


def made_contacts(campaign, group, rows: int):
    from campaigns.models import Contact
    from contacts.stored import email_columns

    for n in range(rows):
        yield Contact(
            campaign=campaign,
            group=group,
            scheduled_at=START,
            name=f"Person {n}",
            external_id=f"crm-{n}",
            created_at=START + timedelta(microseconds=n),
            **email_columns(f"person{n}@example{n % 50}.com"),
        )


def prepared(row, connection) -> list:
    fields = row._meta.concrete_fields
    return [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]


def statement_for(model, connection) -> str:
    quote = connection.ops.quote_name
    columns = [quote(field.column) for field in model._meta.concrete_fields]
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES ({marks})"


def check(engine: str) -> None:
    """Every line is a contact with its pixels, bad ones are kept, and again changes nothing."""
    from campaigns.models import Contact, RejectedRow
    from contacts.imports.run import run_import
    from tracking.models import Pixel

    campaign, group = make_campaign()
    content = [*lines(CHECKED_ROWS), b"bad@,,,A,\n"]
    figures = []
    for _ in range(2):
        job = start_import(campaign, content)
        run_import(import_id=job.id)
        job.refresh_from_db()
        figures.append((job.created, job.unchanged, job.rejected))
    stored = Contact.objects.filter(campaign=campaign).order_by("created_at")
    columns = ("email", "name", "external_id", "group_id", "scheduled_at", "email_hash")
    wanted = [
        tuple(getattr(contact, column) for column in columns)
        for contact in made_contacts(campaign, group, CHECKED_ROWS)
    ]
    right = (
        figures == [(CHECKED_ROWS, 0, 1), (0, CHECKED_ROWS, 1)]
        and list(stored.values_list(*columns)) == wanted
        and Pixel.objects.filter(contact__campaign=campaign).count() == CHECKED_ROWS * PIXELS
        and RejectedRow.objects.count() == 2
    )
    if not right:
        raise SystemExit(f"import on {engine}: wrong; created, unchanged, rejected: {figures}")


if __name__ == "__main__":
    main()
