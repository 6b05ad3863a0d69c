"""The report of one campaign against counting its raw opens with DISTINCT.

    python -m benchmarks.report [mariadb] [sqlite] [--opens N] [--contacts N]

The campaign has two groups, sent to over a day; opens decay over two weeks. The reference only
counts what the headline figures say; the report also gives verdict, series, clients and heat
map. Before speed is counted, both must say the same, and the report takes at most 12 queries.
"""

import argparse
import random
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks import project
from benchmarks.ratio import Way, compare

ENGINES = ("mariadb", "sqlite")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENDING, AFTER = timedelta(days=1), timedelta(days=20)
CHUNK = 20_000
MOST_QUERIES = 12
REPORTS = 10
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
OUTLOOK = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
# User agent and kind, and how common.
CLIENTS = {("Mozilla/5.0", 0): 4, (GMAIL, 1): 4, (THUNDERBIRD, 2): 1, (OUTLOOK, 2): 2}


def main() -> None:
    """Each engine in a process of its own, since Django is set up once per process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", default=ENGINES)
    parser.add_argument("--opens", type=int, default=5_000_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    asked = parser.parse_args()
    if len(asked.engines) == 1:
        run(asked.engines[0], contacts=asked.contacts, opens=asked.opens)
        return
    for engine in asked.engines:
        command = [sys.executable, "-m", "benchmarks.report", engine]
        sizes = ["--opens", str(asked.opens), "--contacts", str(asked.contacts)]
        subprocess.run([*command, *sizes], check=True)


def run(engine: str, *, contacts: int, opens: int) -> None:
    project.start(engine)
    campaign = make_campaign()
    fill(campaign, contacts=contacts, opens=opens)
    check(campaign)
    report = Way("report", REPORTS, lambda: lambda: [by_report(campaign) for _ in range(REPORTS)])
    distinct = Way("distinct", 1, lambda: lambda: by_distinct(campaign))
    ratio = compare(report, distinct)
    print(
        f"report on {engine}, {opens:,} opens, {contacts:,} contacts: "
        f"{ratio} times counting with DISTINCT"
    )


# --- The campaign -------------------------------------------------------------------------------


def make_campaign():
    from campaigns.models import Campaign, Group

    campaign = Campaign.objects.create(
        name="A", name_key="a", start_at=START, end_at=START + timedelta(days=30)
    )
    for number in (1, 2):
        Group.objects.create(
            campaign=campaign, number=number, name=f"G{number}", name_key=f"g{number}"
        )
    return campaign


def fill(campaign, *, contacts: int, opens: int) -> None:
    """Contacts that were launched, and opens with their counters, written in bulk."""
    from django.db import transaction

    from tracking import counters, counting
    from tracking.ingest import note_complete
    from tracking.launch import launch_due_campaigns

    source, deltas = random.Random(1), counting.Deltas()
    groups = list(campaign.groups.order_by("number"))
    for start in range(0, contacts, CHUNK):
        make_contacts(groups, start, min(CHUNK, contacts - start), contacts)
    launch_due_campaigns(now=START)
    agents = make_agents()
    for chunk in contact_chunks(campaign):
        hits = [hit for one in chunk for hit in made_up_hits(one, source, opens / contacts)]
        with transaction.atomic():
            record(chunk, hits, agents, deltas, source)
    with transaction.atomic():
        counters.move(deltas)
    note_complete(moment=START + AFTER)


def make_contacts(groups, first: int, count: int, of: int) -> None:
    from django.db import transaction

    from campaigns.models import Contact
    from tracking.services import register_contacts

    rows = [
        Contact(
            campaign_id=groups[0].campaign_id,
            group=groups[n % 2],
            scheduled_at=START + SENDING * (n / of),
            created_at=START - timedelta(days=1) + timedelta(microseconds=n),
        )
        for n in range(first, first + count)
    ]
    Contact.objects.bulk_create(rows, batch_size=1000)
    with transaction.atomic():
        register_contacts(contact_ids=[row.uuid for row in rows])


def make_agents() -> list[tuple[int, int]]:
    """(user agent's id, kind), the common ones more often."""
    from tracking import user_agents

    ids = user_agents.resolve({value for value, _ in CLIENTS})
    return [(ids[value], kind) for (value, kind), n in CLIENTS.items() for _ in range(n)]


def contact_chunks(campaign) -> Iterator[list]:
    from campaigns.models import Contact
    from tracking import state

    ids = list(Contact.objects.filter(campaign=campaign).values_list("uuid", flat=True))
    for start in range(0, len(ids), CHUNK):
        yield list(state.contacts(ids[start : start + CHUNK]).values())


def made_up_hits(contact, source: random.Random, mean: float) -> Iterator[tuple]:
    """(contact, time): half of the contacts are opened, at lognormal ages, the others never."""
    if source.random() < 0.5:
        return
    for _ in range(1 + int(source.expovariate(1 / (2 * mean - 0.5)))):
        age = source.lognormvariate(1.2, 1.5) * 3_600_000
        yield contact, contact.due_at + min(age, 14 * 86_400_000)


def record(contacts, hits, agents, deltas, source: random.Random) -> None:
    """What ingest would make of these hits, all hits of a contact at once."""
    from pixeltrack import many_rows
    from tracking import counting, ingest, user_agents
    from tracking.counting import HitFacts
    from tracking.models import Open
    from tracking.timestamps import from_ms

    drawn = [(contact, int(at), *source.choice(agents)) for contact, at in hits]
    families = user_agents.families({row[2] for row in drawn})
    facts = {contact.contact_id: contact for contact in contacts}
    fold = counting.fold(
        [HitFacts(c.contact_id, at, kind, families[agent]) for c, at, agent, kind in drawn],
        contacts=facts,
        summaries={},
        buckets={},
    )
    for name, moved in fold.deltas.by_counter.items():
        deltas.add(((name, key, amounts) for key, amounts in moved.items()), +1)
    rows = (
        (
            uuid.UUID(int=source.getrandbits(128), version=4),
            contact.contact_id,
            contact.contact_id,
            contact.group_id,
            from_ms(at),
            counting.bucket_of(at),
            kind,
            1,
            agent,
            "",
            "",
        )
        for contact, at, agent, kind in drawn
    )
    many_rows.insert(Open, ingest.OPEN_COLUMNS, rows)
    ingest.write_summaries(fold.summaries, facts)


# --- The two ways -------------------------------------------------------------------------------


def by_report(campaign):
    from tracking.queries import campaign_report

    return campaign_report(campaign_id=campaign.id, now=START + AFTER)


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
    if len(captured) > MOST_QUERIES:
        raise SystemExit(f"The report took {len(captured)} queries.")
    print(f"checked: {report.verdict.state}; {report.totals.opens:,} counted opens")


if __name__ == "__main__":
    main()
