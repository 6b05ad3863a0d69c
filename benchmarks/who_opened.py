"""What a page of who opened, or who did not, reads and takes among many contacts.

    python -m benchmarks.who_opened [mariadb|sqlite] [--contacts N]

With BENCHMARK_DATABASE_URL of an empty, migrated database any engine will do. One campaign of one
group, first with one contact in 10,000 opened, then half, then all but one in 10,000; the first
page of each list, the page behind it, and the part of a merge list of 1,000 contacts that records
who is mailed again. Rows are those that MariaDB's handlers read.
"""

import argparse
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from benchmarks import project

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = START + timedelta(days=2)
CHUNK, ROUNDS, LIMIT = 20_000, 5, 50
# Of 10,000 contacts one after the other, how many were opened.
OPENED = (1, 5_000, 9_999)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", nargs="?", default="mariadb", choices=("mariadb", "sqlite"))
    parser.add_argument("--contacts", type=int, default=1_000_000)
    asked = parser.parse_args()
    project.start(asked.engine)
    campaign = make_contacts(asked.contacts)
    print(f"{asked.contacts:,} contacts")
    print(f"{'opened':>8}  {'list':<28}{'rows':>8}{'looked at':>11}{'ms':>8}")
    for opened in OPENED:
        open_contacts(campaign, opened)
        for name, read in cases(campaign):
            rows, looked_at = rows_read(read)
            taken = statistics.median(timed(read) for _ in range(ROUNDS))
            share = f"{opened / 100:.2f}%"
            print(f"{share:>8}  {name:<28}{rows:>8,}{looked_at:>11,}{taken:>8.1f}", flush=True)


def make_contacts(count: int):
    from benchmarks.made_up import make_campaign
    from campaigns.models import Contact
    from foundation.database import bulk_sql

    campaign = make_campaign(0, 1)
    group, created = campaign.groups.order_by("number").first(), START - timedelta(days=1)
    columns = ("uuid", "campaign", "group", "scheduled_at", "due_at", "created_at")
    for first in range(0, count, CHUNK):
        numbers = range(first, min(first + CHUNK, count))
        rows = (
            (uuid.uuid4(), campaign.id, group.id, START, START, created + n * timedelta.resolution)
            for n in numbers
        )
        bulk_sql.insert(Contact, columns, rows)
    return campaign


def open_contacts(campaign, of_ten_thousand: int) -> None:
    """So many of 10,000 contacts, spread evenly, are opened, half of them by machines only."""
    from campaigns.models import Contact
    from foundation.database import bulk_sql
    from tracking.hits.classify import Kind
    from tracking.models import ContactOpens

    ContactOpens.objects.all().delete()
    contacts = Contact.objects.filter(campaign=campaign).order_by("created_at", "uuid")
    columns = ("contact_id", "group_id", "best_kind", "first_opened_at", "first_counted_at")
    rows = []
    for n, (contact_id, group_id) in enumerate(contacts.values_list("uuid", "group_id").iterator()):
        if (n * 7919) % 10_000 < of_ten_thousand:
            kind = Kind.HUMAN if (n // 10_000 + n) % 2 else Kind.MACHINE
            counted = START if kind is Kind.HUMAN else None
            rows.append((contact_id, group_id, kind, START, counted))
        if len(rows) == CHUNK:
            bulk_sql.insert(ContactOpens, columns, rows)
            rows.clear()
    bulk_sql.insert(ContactOpens, columns, rows)
    analyze()


def analyze() -> None:
    from django.db import connection

    tables = ("campaigns_contact", "tracking_contactopens")
    verb = "ANALYZE TABLE" if connection.vendor == "mysql" else "ANALYZE"
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"{verb} {table}")
            cursor.fetchall() if connection.vendor == "mysql" else None


def cases(campaign) -> Iterator[tuple[str, Callable[[], int]]]:
    """What is read, and a call that answers how many contacts it looked at."""
    from campaigns.models import Contact
    from contacts.opened.pages import page_of
    from tracking.opened import Opened

    contacts = Contact.objects.filter(campaign=campaign)
    for opened in Opened:
        first = page_of(contacts, opened, after=None, limit=LIMIT, now=NOW)
        for name, after in (("first page", None), ("page behind", first.further)):
            yield f"{opened}, {name}", partial(look, contacts, opened, after)
    ids = list(contacts.order_by("created_at", "uuid").values_list("uuid", flat=True)[:1000])
    yield "1,000 of them mailed again", partial(mark, ids)


def look(contacts, opened, after) -> int:
    from contacts.opened.pages import page_of

    return page_of(contacts, opened, after=after, limit=LIMIT, now=NOW).looked_at


def mark(ids) -> int:
    from campaigns.models import Contact
    from contacts.opened.resent import mark_unopened_resent

    Contact.objects.filter(uuid__in=ids).update(resent_at=None)
    mark_unopened_resent(ids, now=NOW)
    return len(ids)


def rows_read(read: Callable[[], int]) -> tuple[int, int]:
    """The rows that reading took, 0 where the engine does not say, and its answer."""
    before = handler_reads()
    answer = read()
    return handler_reads() - before, answer


def handler_reads() -> int:
    from django.db import connection

    if connection.vendor != "mysql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(value) for name, value in cursor.fetchall() if name != "Handler_read_retry")


def timed(read: Callable[[], int]) -> float:
    started = time.perf_counter()
    read()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
