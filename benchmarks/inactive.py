"""What a page of people without a sign reads and takes among many contacts.

    python -m benchmarks.inactive [mariadb|sqlite] [--contacts N]

With BENCHMARK_DATABASE_URL of an empty, migrated database any engine will do. Four campaigns, in
which everybody has a contact; of 10,000 people one, half, and all but one opened something. Before
anything is timed, all pages together must name exactly those whom one query over all rows finds.
Then the first page, the page behind it, and a page of those with a doubt that nobody has, which
looks as far as a page may. Rows are those that MariaDB's handlers read.
"""

import argparse
import hashlib
import statistics
import uuid
from datetime import timedelta

from benchmarks import project
from benchmarks.who_opened import CHUNK, NOW, OPENED, ROUNDS, START, rows_read, timed

CAMPAIGNS, LIMIT = 4, 100


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", nargs="?", default="mariadb", choices=("mariadb", "sqlite"))
    parser.add_argument("--contacts", type=int, default=1_000_000)
    asked = parser.parse_args()
    project.start(asked.engine)
    make_people(asked.contacts // CAMPAIGNS)
    print(f"{asked.contacts:,} contacts of {asked.contacts // CAMPAIGNS:,} people")
    print(f"{'opened':>8}  {'page':<24}{'rows':>8}{'people':>8}{'ms':>8}")
    for opened in OPENED:
        open_some(opened)
        check()
        for name, read in cases():
            rows, people = rows_read(read)
            taken = statistics.median(timed(read) for _ in range(ROUNDS))
            share = f"{opened / 100:.2f}%"
            print(f"{share:>8}  {name:<24}{rows:>8,}{people:>8,}{taken:>8.1f}", flush=True)


def make_people(count: int) -> None:
    from benchmarks.made_up import make_campaign
    from campaigns.models import Contact
    from foundation.database import bulk_sql

    columns = (
        *("uuid", "campaign", "group", "scheduled_at", "due_at", "created_at"),
        *("email", "email_hash", "email_domain"),
    )
    for number in range(CAMPAIGNS):
        campaign = make_campaign(number, 1)
        group, created = campaign.groups.order_by("number").first(), START - timedelta(days=1)
        own = (campaign.id, group.id, START, START, created)
        for first in range(0, count, CHUNK):
            numbers = range(first, min(first + CHUNK, count))
            rows = ((uuid.uuid4(), *own, *address(n)) for n in numbers)
            bulk_sql.insert(Contact, columns, rows)


def address(number: int) -> tuple[str, str, str]:
    email = f"person{number}@example.com"
    return email, hashlib.sha256(email.encode()).hexdigest(), "example.com"


def open_some(of_ten_thousand: int) -> None:
    """So many of 10,000 people opened the mail of one campaign."""
    from campaigns.models import Contact
    from foundation.database import bulk_sql
    from tracking.hits.classify import Kind
    from tracking.models import ContactOpens

    ContactOpens.objects.all().delete()
    contacts = Contact.objects.order_by("email_hash", "campaign").distinct()
    columns = ("contact_id", "group_id", "best_kind", "first_opened_at", "first_counted_at")
    rows = []
    walked = contacts.values_list("uuid", "group_id", "email_hash").iterator()
    seen = ""
    for n, (contact_id, group_id, person) in enumerate(walked):
        is_first, seen = person != seen, person
        if is_first and (n // CAMPAIGNS * 7919) % 10_000 < of_ten_thousand:
            rows.append((contact_id, group_id, Kind.HUMAN, START, START))
        if len(rows) == CHUNK:
            bulk_sql.insert(ContactOpens, columns, rows)
            rows.clear()
    bulk_sql.insert(ContactOpens, columns, rows)


def check() -> None:
    """All pages together name exactly those whom one query over all rows finds."""
    from campaigns.models import Contact
    from reports.inactive.people import Question, walk
    from tracking.models import ContactOpens

    question = Question(START - timedelta(days=1), NOW)
    opened = ContactOpens.objects.filter(first_counted_at__gte=question.since)
    seen = Contact.objects.filter(uuid__in=opened.values("contact_id")).values("email_hash")
    mailed = Contact.objects.filter(due_at__gte=question.since, due_at__lte=question.now)
    naive = set(mailed.exclude(email_hash__in=seen).values_list("email_hash", flat=True))
    named = [one.person for one in walk(question)]
    if len(named) != len(naive) or set(named) != naive:
        raise SystemExit(f"{len(named):,} people are named, {len(naive):,} are inactive")


def cases():
    """What is read, and a call that answers how many people it found."""
    from reports.inactive.people import Question, read_page
    from reports.inactive.rules import Doubt

    question = Question(START - timedelta(days=1), NOW)
    nobody = Question(START - timedelta(days=1), NOW, Doubt.NEVER_ASKED)
    first = read_page(question, after="", limit=LIMIT)
    yield "first page", lambda: len(read_page(question, after="", limit=LIMIT).people)
    if first.further:
        behind = first.further
        yield "page behind", lambda: len(read_page(question, after=behind, limit=LIMIT).people)
    yield "nobody found", lambda: len(read_page(nobody, after="", limit=LIMIT).people)


if __name__ == "__main__":
    main()
