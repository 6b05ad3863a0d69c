"""The report of one campaign against counting its raw opens with DISTINCT.

    python -m benchmarks.report [mariadb] [sqlite] [--opens N] [--contacts N] [--groups N]
        [--rounds N]

The campaign is one of `benchmarks.made_up`, or the one that the database at
BENCHMARK_DATABASE_URL already has. The reference only counts what the headline figures
say; the report also gives verdict, series, clients and heat map. In each round both must say the
same, and the report takes at most 12 queries.

A report is read at rest, while counters stay as they are; after an open of one contact, which
changes counters of its group; after an open in each group; and by a process that has read nothing
yet. In each round all of them and the reference take turns. Counted is the processor time of this
process and of its connection's thread in the database, which other work on the machine does not
make longer by so much as the clock.
"""

import argparse
import random
import statistics
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, timedelta
from itertools import count

from benchmarks import project
from benchmarks.made_up import AFTER, START, THUNDERBIRD, Size, fill
from benchmarks.ratio import ROUNDS, Ratio, connection_time

ENGINES = ("mariadb", "sqlite")
MOST_QUERIES = 12
# Of each kind in a round, of which the median counts.
LOOKS = 5
# So many contacts of each group are opened once more, in turn.
OPENED_AGAIN = 1000
minutes = count()


def main() -> None:
    """Each engine in a process of its own, since Django is set up once per process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", default=ENGINES)
    parser.add_argument("--opens", type=int, default=5_000_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    if len(asked.engines) == 1:
        size = Size(contacts=asked.contacts, opens=asked.opens, groups=asked.groups)
        run(asked.engines[0], size, asked.rounds)
        return
    for engine in asked.engines:
        command = [sys.executable, "-m", "benchmarks.report", engine]
        sizes = [
            f"--{name}={getattr(asked, name)}" for name in ("opens", "contacts", "groups", "rounds")
        ]
        subprocess.run([*command, *sizes], check=True)


def run(engine: str, size: Size, rounds: int) -> None:
    project.start(engine)
    from campaigns.models import Campaign

    if not Campaign.objects.exists():
        fill(size)
    campaign = Campaign.objects.get()
    count_queries(campaign)
    print(f"on {engine}: {size.opens:,} opens, {size.contacts:,} contacts, {size.groups} groups")
    looks = ways(campaign)
    taken = [one_round(campaign, looks, turn=number) for number in range(rounds)]
    for name in looks:
        ratio = Ratio([of["distinct"] / of[name] for of in taken])
        shown = ", ".join(f"{1000 * seconds:.1f}" for seconds in sorted(of[name] for of in taken))
        print(f"{name}: {ratio} times counting with DISTINCT; {shown} ms", flush=True)
    print(f"DISTINCT: {statistics.median(of['distinct'] for of in taken):.2f} s")


# --- The two ways -------------------------------------------------------------------------------


def one_round(campaign, looks, *, turn: int) -> dict[str, float]:
    """The seconds that each took, the reference first in every second round."""

    def reports() -> dict[str, float]:
        return {name: look_of(campaign, before) for name, before in looks.items()}

    if turn % 2:
        return {**reports(), "distinct": time_of_distinct(campaign)}
    return {"distinct": time_of_distinct(campaign), **reports()}


def time_of_distinct(campaign) -> float:
    """It must say the same as the report."""
    found: list[dict] = []
    seconds = timed(lambda: found.append(by_distinct(campaign)))
    figures = {
        row.group.id: (row.figures.first_counted, row.figures.first_of_any_kind, row.figures.opens)
        for row in by_report(campaign).groups
    }
    if [figures] != found:
        raise SystemExit(f"The report says {figures}, the raw rows {found}.")
    return seconds


def ways(campaign) -> dict[str, Callable[[], object]]:
    """By name what comes before a look, which is not timed."""
    groups = list(campaign.groups.order_by("number"))
    source = random.Random(uuid.uuid4().int)
    contacts = [openable(group) for group in groups]
    return {
        "at rest": lambda: None,
        "after an open": lambda: open_one_of(contacts[:1], source),
        "after an open in each group": lambda: open_one_of(contacts, source),
        "read anew": forget,
    }


def look_of(campaign, before: Callable[[], object]) -> float:
    """The median; somebody has looked before what happens before each."""
    by_report(campaign)
    seconds = []
    for _ in range(LOOKS):
        before()
        seconds.append(timed(lambda: by_report(campaign)))
    return statistics.median(seconds)


def timed(work: Callable[[], object]) -> float:
    started = connection_time()
    work()
    return connection_time() - started


def openable(group) -> list:
    from campaigns.models import Contact

    return list(Contact.objects.filter(group=group).order_by("pk")[:OPENED_AGAIN])


def open_one_of(groups: list[list], source: random.Random) -> None:
    """A contact of each group loads its pixel, in one batch."""
    from tracking.counting.record import record
    from tracking.hits.event_log import Hit

    hits = []
    for contact in map(source.choice, groups):
        at = contact.due_at + timedelta(minutes=source.randrange(10_000))
        hits.append(Hit(uuid.uuid4(), at, contact.uuid, user_agent=THUNDERBIRD))
    record(hits)


def forget() -> None:
    from django.core.cache import caches

    caches["reports"].clear()


def by_report(campaign):
    """A minute after the last."""
    from reports.data import Scope
    from reports.report import report_on, report_subject

    subject = report_subject(campaign.id)
    now = START + AFTER + timedelta(minutes=next(minutes))
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


def count_queries(campaign) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        report = by_report(campaign)
    # Statements that begin and end the snapshot aside; some databases begin a union by a bracket.
    texts = [query["sql"].lstrip("(") for query in captured.captured_queries]
    taken = sum(text.startswith("SELECT") for text in texts)
    if taken > MOST_QUERIES:
        raise SystemExit(f"The report took {taken} queries.")
    print(f"{report.verdict.state}; {report.totals.opens:,} counted opens; {taken} queries")


if __name__ == "__main__":
    main()
