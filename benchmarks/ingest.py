"""The whole ingest pipeline against one transaction per hit through the ORM, and a bare INSERT.

    python -m benchmarks.ingest [sqlite] [mariadb]

The first two read the lines that a door wrote; the pipeline reads them from a spool. Before any
speed is counted, each must give the counters that the raw rows give. The bare INSERT writes rows
of opens to a table with the same indexes, as many in a transaction, and counts nothing. Hits per
second of this process's own work are printed beside it: the database has cores of its own, and
SQLite is part of the process.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import project
from benchmarks.ratio import Way, compare

CONTACTS = 5_000
HITS_BY_PIPELINE = 20_000
HITS_BY_ORM = 400
BATCH = 5_000
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
AGENTS = (
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
)


def main() -> None:
    """Each engine in a process of its own, since Django is set up once per process."""
    engines = sys.argv[1:] or ["mariadb", "sqlite"]
    if len(engines) > 1:
        for engine in engines:
            subprocess.run([sys.executable, "-m", "benchmarks.ingest", engine], check=True)
    else:
        run(engines[0])


def run(engine: str) -> None:
    project.start(engine)
    from tracking.counting.campaign_slots import fix_due_campaigns
    from tracking.ingest.loop import collect_less_garbage

    # As the ingester does.
    collect_less_garbage()
    lines = Lines(make_pixels())
    fix_due_campaigns(now=START + timedelta(hours=1))
    pipeline = Way("pipeline", HITS_BY_PIPELINE, lambda: by_pipeline(lines.take(HITS_BY_PIPELINE)))
    orm = Way("orm", HITS_BY_ORM, lambda: by_orm(lines.take(HITS_BY_ORM)))
    for way in (pipeline, orm):
        way.prepare()()
        check(f"{way.name} on {engine}", lines.taken)
    ratio = compare(pipeline, orm)
    check(f"both on {engine}", lines.taken)
    print(f"ingest on {engine}: {ratio} times one transaction per hit through the ORM")
    rates: list[float] = []
    timed = Way("pipeline", HITS_BY_PIPELINE, lambda: _timed(pipeline.prepare(), rates))
    bare = Way("bare", HITS_BY_PIPELINE, bare_insert)
    ratio = compare(timed, bare)
    check(f"beside bare rows on {engine}", lines.taken)
    print(f"ingest on {engine}: {ratio} of a bare INSERT of its opens")
    shown = ", ".join(f"{rate:,.0f}" for rate in sorted(rates))
    print(f"ingest on {engine}: {statistics.median(rates):,.0f} hits per second of work ({shown})")


def _timed(work: Callable[[], object], rates: list[float]) -> Callable[[], object]:
    """The same work, which notes how many hits there were per second of this process's work."""

    def timed() -> None:
        started = time.process_time()
        work()
        rates.append(HITS_BY_PIPELINE / (time.process_time() - started))

    return timed


def bare_insert() -> Callable[[], object]:
    """Inserts rows of opens into a table with the same indexes, which holds as many as there are.

    The rows are what the driver takes: nothing is converted while it runs.
    """
    from django.db import connection, transaction

    from foundation.database.bulk_sql import prepared, preparer_of
    from foundation.database.columns import field_of
    from tracking.counting.record import OPEN_COLUMNS
    from tracking.models import Open

    _copy_opens(connection)
    preparers = [preparer_of(field_of(Open, column), connection) for column in OPEN_COLUMNS]
    opens = Open.objects.order_by("?").values_list(*OPEN_COLUMNS)[:HITS_BY_PIPELINE]
    anew = [(uuid.uuid4(), *row[1:]) for row in opens]
    rows = list(zip(*prepared(list(zip(*anew, strict=True)), preparers), strict=True))
    marks = ", ".join(["%s"] * len(OPEN_COLUMNS))
    statement = f"INSERT INTO bare ({', '.join(OPEN_COLUMNS)}) VALUES ({marks})"

    def work() -> int:
        for start in range(0, len(rows), BATCH):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(statement, rows[start : start + BATCH])
        return len(rows)

    return work


def _copy_opens(connection) -> None:
    """The table of opens with its indexes and rows, under the name `bare`."""
    table = "tracking_open"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql > ''", [table]
            )
            for (sql,) in cursor.fetchall():
                cursor.execute(sql.replace(table, "bare").replace('INDEX "', 'INDEX "bare_'))
        else:
            cursor.execute(f"CREATE TABLE bare LIKE {table}")
        cursor.execute(f"INSERT INTO bare SELECT * FROM {table}")


class Lines:
    """Lines as a door writes them, for random pixels over three days."""

    def __init__(self, pixels: list[str], *, seed: int = 1) -> None:
        self.pixels, self.random, self.taken = pixels, random.Random(seed), 0

    def take(self, count: int) -> list[bytes]:
        from tracking.hits import event_log

        self.taken += count
        return [
            event_log.encode(
                event_id=uuid.UUID(int=self.random.getrandbits(128)).hex,
                at=START.timestamp() + self.random.randrange(3 * 24 * 3600),
                pixel=self.random.choice(self.pixels),
                user_agent=self.random.choice(AGENTS),
                network=f"192.0.{self.random.randrange(200)}.0/24",
                purpose="",
            )
            for _ in range(count)
        ]


def by_pipeline(lines: list[bytes]):
    """Reads the lines from a spool, records them and acknowledges, as the ingester does."""
    from tracking.ingest.loop import record_durably
    from tracking.spool.reader import SpoolReader

    folder = Path(tempfile.mkdtemp(prefix=project.NAME))
    (folder / "segment.jsonl").write_bytes(b"".join(b"\n" + line for line in lines))

    def work() -> None:
        reader = SpoolReader(folder)
        while batch := reader.read(limit=BATCH):
            record_durably(batch.hits, now=None)
            reader.acknowledge(batch)
        reader.close()

    return work


def by_orm(lines: list[bytes]):
    from benchmarks.ingest_reference import record_one
    from tracking.hits import event_log

    return lambda: [record_one(event_log.parse(line)) for line in lines]


def make_pixels() -> list[str]:
    from django.db import transaction

    from campaigns.models import Campaign, Contact, Group
    from contacts.registering import register_contacts

    campaign = Campaign.objects.create(
        name="A", name_key="a", start_at=START, end_at=START + timedelta(days=30)
    )
    groups = [
        Group.objects.create(campaign=campaign, number=n, name=f"G{n}", name_key=f"g{n}")
        for n in (1, 2)
    ]
    contacts = [
        Contact(
            campaign=campaign,
            group=groups[n % 2],
            scheduled_at=START,
            due_at=START,
            created_at=START - timedelta(days=1),
        )
        for n in range(CONTACTS)
    ]
    Contact.objects.bulk_create(contacts, batch_size=1000)
    with transaction.atomic():
        pixels = register_contacts(contact_ids=[c.uuid for c in contacts], per_contact=2)
    return [str(pixel.uuid) for own in pixels.values() for pixel in own]


def check(what: str, expected: int) -> None:
    from tracking.models import Open
    from tracking.upkeep import audit

    recorded, difference = Open.objects.count(), audit.find_differences()
    if recorded != expected or difference:
        raise SystemExit(
            f"{what}: {recorded} of {expected} hits; wrong counters: {bool(difference)}"
        )


if __name__ == "__main__":
    main()
