"""The report of one campaign against counting its raw opens with DISTINCT.

    python -m benchmarks.report [mariadb] [sqlite] [--opens N] [--contacts N] [--groups N]

The campaign is one of `benchmarks.made_up`, or the one that the database at
BENCHMARK_DATABASE_URL already has. The reference only counts what the headline figures
say; the report also gives verdict, series, clients and heat map. Before speed is counted, both
must say the same, and the report takes at most 12 queries.

Reports are asked for a minute apart, while counters stay as they are; each after an open of
one contact, which changes counters of its group; and by a process that has read nothing yet.
"""

import argparse
import random
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, timedelta

from benchmarks import project
from benchmarks.made_up import AFTER, START, THUNDERBIRD, Size, fill
from benchmarks.ratio import Way, compare

ENGINES = ("mariadb", "sqlite")
MOST_QUERIES = 12
REPORTS = 10


def main() -> None:
    """Each engine in a process of its own, since Django is set up once per process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", default=ENGINES)
    parser.add_argument("--opens", type=int, default=5_000_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=10)
    asked = parser.parse_args()
    if len(asked.engines) == 1:
        run(asked.engines[0], Size(contacts=asked.contacts, opens=asked.opens, groups=asked.groups))
        return
    for engine in asked.engines:
        command = [sys.executable, "-m", "benchmarks.report", engine]
        sizes = [f"--{name}={getattr(asked, name)}" for name in ("opens", "contacts", "groups")]
        subprocess.run([*command, *sizes], check=True)


def run(engine: str, size: Size) -> None:
    project.start(engine)
    from campaigns.models import Campaign

    if not Campaign.objects.exists():
        fill(size)
    campaign = Campaign.objects.get()
    check(campaign)
    distinct = Way("distinct", 1, lambda: lambda: by_distinct(campaign))
    at_rest = Way("at rest", REPORTS, lambda: lambda: reports(campaign))
    changed = Way("changed", 1, lambda: after_an_open(campaign))
    anew = Way("anew", REPORTS, lambda: lambda: reports(campaign, before=forget))
    what = f"{size.opens:,} opens, {size.contacts:,} contacts, {size.groups} groups"
    ways = {"report": at_rest, "report after an open": changed, "report read anew": anew}
    for name, way in ways.items():
        ratio = compare(way, distinct)
        print(f"{name} on {engine}, {what}: {ratio} times counting with DISTINCT", flush=True)


# --- The two ways -------------------------------------------------------------------------------


def reports(campaign, *, before=lambda: None) -> None:
    for minute in range(REPORTS):
        before()
        by_report(campaign, minute)


def after_an_open(campaign) -> Callable[[], object]:
    """Counts an open; the report that follows was asked for before it too."""
    from campaigns.models import Contact
    from tracking.counting.record import record
    from tracking.hits.event_log import Hit

    by_report(campaign)
    source = random.Random(uuid.uuid4().int)
    contacts = Contact.objects.filter(campaign=campaign).order_by("pk")
    contact = contacts[source.randrange(min(1000, contacts.count()))]
    at = contact.due_at + timedelta(minutes=source.randrange(10_000))
    record([Hit(uuid.uuid4(), at, contact.uuid, user_agent=THUNDERBIRD)])
    return lambda: by_report(campaign)


def forget() -> None:
    from django.core.cache import caches

    caches["reports"].clear()


def by_report(campaign, minute=0):
    from reports.data import Scope
    from reports.report import report_on, report_subject

    subject = report_subject(campaign.id)
    now = START + AFTER + timedelta(minutes=minute)
    return report_on(subject, now=now, zone=UTC, scope=Scope())


def by_distinct(campaign) -> dict[int, tuple[int, int, int]]:
    """Group -> counted contacts, contacts with machine opens, counted opens."""
    from django.db.models import Count, Q

    from tracking.models import Open

    counted = Q(kind__gt=0)
    opens = Open.objects.filter(group_id__in=list(campaign.groups.values_list("id", flat=True)))
    contacts = (
        opens.order_by()
        .values("group_id")
        .annotate(
            counted=Count("contact_id", distinct=True, filter=counted),
            of_any_kind=Count("contact_id", distinct=True),
        )
    )
    buckets = opens.filter(counted).order_by().values("group_id", "contact_id", "bucket").distinct()
    totals = {group: 0 for (group,) in opens.order_by().values_list("group_id").distinct()}
    for group in totals:
        totals[group] = buckets.filter(group_id=group).count()
    return {
        row["group_id"]: (row["counted"], row["of_any_kind"], totals[row["group_id"]])
        for row in contacts
    }


def check(campaign) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        report = by_report(campaign)
    figures = {
        row.group.id: (
            row.figures.first_counted,
            row.figures.first_of_any_kind,
            row.figures.opens,
        )
        for row in report.groups
    }
    if figures != by_distinct(campaign):
        raise SystemExit(f"The report says {figures}, the raw rows {by_distinct(campaign)}.")
    # Statements that begin and end the snapshot aside.
    taken = [q["sql"] for q in captured.captured_queries if q["sql"].startswith("SELECT")]
    if len(taken) > MOST_QUERIES:
        raise SystemExit(f"The report took {len(taken)} queries.")
    print(
        f"checked: {report.verdict.state}; {report.totals.opens:,} counted opens; "
        f"{len(taken)} queries"
    )


if __name__ == "__main__":
    main()
