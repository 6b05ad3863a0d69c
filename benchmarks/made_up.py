"""Makes up campaigns, contacts, pixels and opens with their counters, as many as asked for.

    python -m benchmarks.made_up [mariadb|sqlite] [--campaigns N] [--contacts N] [--opens N]
        [--groups N]

Each campaign has two groups or as many as asked for, and is sent over a day, in 96 slots; the first
at START, each other three days before the one ahead of it. Opens decay over two weeks. What
counting makes of the opens is worked out by the product's own functions. The database stays:
benchmarks take it with BENCHMARK_DATABASE_URL.
"""

import argparse
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks import project

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENDING, AFTER, APART = timedelta(days=1), timedelta(days=20), timedelta(days=3)
CHUNK = 20_000
# SQLite takes one writer at a time.
PROCESSES = {"mariadb": os.cpu_count() or 1, "sqlite": 1}
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"
OUTLOOK = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
# User agents, and how common.
CLIENTS = {"Mozilla/5.0": 4, GMAIL: 4, THUNDERBIRD: 1, OUTLOOK: 2}


@dataclass(frozen=True)
class Size:
    """How much of everything, over all campaigns; pixels are of each contact."""

    campaigns: int = 1
    contacts: int = 1_000_000
    opens: int = 5_000_000
    pixels: int = 1
    groups: int = 2


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", nargs="?", default="mariadb", choices=tuple(PROCESSES))
    parser.add_argument("--campaigns", type=int, default=20)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--opens", type=int, default=10_000_000)
    parser.add_argument("--pixels", type=int, default=2)
    parser.add_argument("--groups", type=int, default=2)
    parser.add_argument("--part", nargs=2, metavar=("STEP", "CAMPAIGNS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    size = Size(asked.campaigns, asked.contacts, asked.opens, asked.pixels, asked.groups)
    if asked.part:
        make_part(asked.part[0], [int(n) for n in asked.part[1].split(",")], size)
        return
    started = time.monotonic()
    url = project.start(asked.engine)
    fill(size, processes=PROCESSES[asked.engine])
    minutes = (time.monotonic() - started) / 60
    print(f"{size.campaigns} campaigns, {size.contacts:,} contacts, {count_opens():,} opens")
    print(f"in {minutes:.0f} minutes; BENCHMARK_DATABASE_URL={url}")


def fill(size: Size, *, processes: int = 1) -> None:
    """Fill an empty database, in as many processes as asked for."""
    from tracking.counting.campaign_slots import fix_due_campaigns
    from tracking.counting.record import note_complete

    campaigns = [make_campaign(number, size.groups).id for number in range(size.campaigns)]
    make_agents()
    share_out("contacts", campaigns, size, processes)
    fix_due_campaigns(now=START + timedelta(hours=1))
    share_out("opens", campaigns, size, processes)
    note_complete(moment=START + AFTER)


def share_out(step: str, campaigns: list[int], size: Size, processes: int) -> None:
    if processes == 1:
        make_part(step, campaigns, size)
        return
    sizes = [f"--{name}={value}" for name, value in vars(size).items()]
    command = [sys.executable, "-m", "benchmarks.made_up", "mariadb", *sizes, "--part", step]
    environment = {**os.environ, "BENCHMARK_DATABASE_URL": os.environ["DATABASE_URL"]}
    parts = [campaigns[n::processes] for n in range(min(processes, len(campaigns)))]
    running = [
        subprocess.Popen([*command, ",".join(map(str, part))], env=environment) for part in parts
    ]
    ended = [process.wait() for process in running]
    if any(ended):
        raise SystemExit("A process failed: see above.")


def make_part(step: str, campaigns: list[int], size: Size) -> None:
    if "BENCHMARK_DATABASE_URL" in os.environ:
        project.start("mariadb")
    from campaigns.models import Campaign

    make = {"contacts": make_contacts, "opens": make_opens}[step]
    for campaign in Campaign.objects.filter(id__in=campaigns):
        make(campaign, size)


def make_campaign(number: int, groups: int):
    from campaigns.models import Campaign, Group

    start, name = START - number * APART, chr(ord("A") + number % 26) + str(number or "")
    campaign = Campaign.objects.create(
        name=name, name_key=name.lower(), start_at=start, end_at=start + timedelta(days=30)
    )
    for n in range(1, groups + 1):
        Group.objects.create(campaign=campaign, number=n, name=f"G{n}", name_key=f"g{n}")
    return campaign


def make_agents() -> list[tuple]:
    """(user agent's id, the rule that decides it), the common ones more often."""
    from tracking.counting import user_agents
    from tracking.hits.classify import classify

    ids = user_agents.resolve(set(CLIENTS), to_store=set)
    return [(ids[value], classify(value)) for value, n in CLIENTS.items() for _ in range(n)]


# --- Contacts -----------------------------------------------------------------------------------


def make_contacts(campaign, size: Size) -> None:
    groups, count = list(campaign.groups.order_by("number")), size.contacts // size.campaigns
    for first in range(0, count, CHUNK):
        make_some_contacts(groups, range(first, min(first + CHUNK, count)), count, size.pixels)


def make_some_contacts(groups, numbers: range, of: int, pixels: int) -> None:
    from django.db import transaction

    from campaigns.models import Contact
    from contacts.registering import register_contacts

    campaign = groups[0].campaign
    rows = [
        Contact(
            campaign_id=campaign.id,
            group=groups[n % len(groups)],
            scheduled_at=campaign.start_at + SENDING * (n / of),
            due_at=campaign.start_at + SENDING * (n / of),
            created_at=campaign.start_at - timedelta(days=1) + timedelta(microseconds=n),
        )
        for n in numbers
    ]
    Contact.objects.bulk_create(rows, batch_size=1000)
    with transaction.atomic():
        register_contacts(contact_ids=[row.uuid for row in rows])
        make_pixels(rows, pixels)


def make_pixels(contacts, pixels: int) -> None:
    from foundation.database import bulk_sql
    from tracking.models import Pixel

    rows = (
        (pixel_of(contact.uuid, number), contact.uuid, number, contact.created_at)
        for contact in contacts
        for number in range(1, pixels + 1)
    )
    bulk_sql.insert(Pixel, ("uuid", "contact_id", "number", "created_at"), rows)


def pixel_of(contact_id: uuid.UUID, number: int) -> uuid.UUID:
    """The first has the contact's own uuid, the others ones close to it."""
    return uuid.UUID(int=contact_id.int ^ (number - 1))


# --- Opens --------------------------------------------------------------------------------------


def make_opens(campaign, size: Size) -> None:
    from django.db import transaction

    from tracking.counting import fold as counting
    from tracking.counting import tables

    source, deltas = random.Random(campaign.id), counting.Deltas()
    agents = make_agents()
    for chunk in contact_chunks(campaign):
        mean = size.opens / size.contacts
        hits = [hit for one in chunk for hit in made_up_hits(one, source, mean)]
        with transaction.atomic():
            record(chunk, hits, agents, deltas, source, size.pixels)
    with transaction.atomic():
        tables.move(deltas)


def contact_chunks(campaign) -> Iterator[list]:
    from campaigns.models import Contact
    from tracking.counting import facts as state

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


def record(contacts, hits, agents, deltas, source: random.Random, pixels: int) -> None:
    """What ingest would make of these hits, all hits of a contact at once."""
    from foundation.database import bulk_sql
    from foundation.timestamps import from_ms
    from tracking.counting import fold as counting
    from tracking.counting import user_agents
    from tracking.counting.fold import HitFacts
    from tracking.counting.record import OPEN_COLUMNS, write_summaries
    from tracking.models import Open

    drawn = [(contact, int(at), *source.choice(agents)) for contact, at in hits]
    families = user_agents.families({row[2] for row in drawn})
    facts = {contact.contact_id: contact for contact in contacts}
    fold = counting.fold(
        [HitFacts(c.contact_id, at, rule.kind, families[agent]) for c, at, agent, rule in drawn],
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
            pixel_of(contact.contact_id, source.randint(1, pixels)),
            contact.group_id,
            from_ms(at),
            counting.bucket_of(at),
            rule.kind,
            rule.code,
            agent,
            "",
            "",
        )
        for contact, at, agent, rule in drawn
    )
    bulk_sql.insert(Open, OPEN_COLUMNS, rows)
    write_summaries(fold.summaries, facts)


def count_opens() -> int:
    from tracking.models import Open

    return Open.objects.count()


if __name__ == "__main__":
    main()
