"""Each page of the admin with a big database against the same page with next to nothing in it.

    python -m benchmarks.admin_pages [mariadb] [sqlite] [--opens N] [--contacts N] [--rounds N]

Two processes, each with a database of its own: one with the campaign of `benchmarks.report`, one
with two contacts. They answer the same page in turn, to a marketing manager,
through Django's test client; each page is asked once before any time is taken. The table says,
for each page, the median of its milliseconds with either, their ratio and its queries.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlencode

from benchmarks import project, report

ROUNDS = 7
# The campaign is being sent, and its last opens are from these days.
NOW = report.START + timedelta(days=15)
FEW, MANY = "few", "many"
# Contacts and opens of the small database.
FEWEST = (2, 4)
MOST_QUERIES, MOST_TIMES = 11, 3
EMAIL = "ann@example.com"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", default=report.ENGINES)
    parser.add_argument("--opens", type=int, default=5_000_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--answer", choices=(FEW, MANY), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.answer:
        answer(asked.engines[0], asked)
        return
    for engine in asked.engines:
        compare(engine, asked)


def compare(engine: str, asked: argparse.Namespace) -> None:
    sizes = {FEW: FEWEST, MANY: (asked.contacts, asked.opens)}
    sides = {name: Side(engine, name, *size) for name, size in sizes.items()}
    names = {name: side.read() for name, side in sides.items()}[FEW]
    print(f"\nadmin on {engine}, {asked.opens:,} opens, {asked.contacts:,} contacts")
    print(f"{'page':<44}{'few ms':>9}{'many ms':>9}{'ratio':>7}{'queries':>9}")
    for name in names:
        print(row_of(name, sides, asked.rounds), flush=True)
    for side in sides.values():
        side.end()


def row_of(name: str, sides: dict[str, "Side"], rounds: int) -> str:
    queries = {key: side.ask(name)["queries"] for key, side in sides.items()}
    taken = {key: [] for key in sides}
    for number in range(rounds):
        for key in (FEW, MANY) if number % 2 else (MANY, FEW):
            taken[key].append(sides[key].ask(name)["ms"])
    few, many = (statistics.median(taken[key]) for key in (FEW, MANY))
    ratio, most = many / few, max(queries.values())
    missed = " <--" if ratio > MOST_TIMES or most > MOST_QUERIES else ""
    return f"{name:<44}{few:>9.1f}{many:>9.1f}{ratio:>7.2f}{most:>9}{missed}"


class Side:
    """A process that answers pages from its own database."""

    def __init__(self, engine: str, name: str, contacts: int, opens: int) -> None:
        command = [sys.executable, "-m", "benchmarks.admin_pages", engine, "--answer", name]
        sizes = ["--contacts", str(contacts), "--opens", str(opens)]
        self.process = subprocess.Popen(
            [*command, *sizes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "BENCHMARK_NAME": f"{project.NAME}_{name}"},
        )

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("A process ended: see above.")
        return json.loads(line)

    def ask(self, name: str) -> dict[str, float]:
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return self.read()

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


# --- The process that answers -------------------------------------------------------------------


def answer(engine: str, asked: argparse.Namespace) -> None:
    """Say the pages' names, then for each name that comes in how long its page took."""
    import time_machine

    project.start(engine)
    campaign = report.make_campaign()
    report.fill(campaign, contacts=asked.contacts, opens=asked.opens)
    with time_machine.travel(NOW, tick=True):
        paths = make_rows(campaign)
        client = marketing_manager()
        say(list(paths))
        for line in sys.stdin:
            say(measure(client, paths[line.strip()]))


def say(words: object) -> None:
    print(json.dumps(words), flush=True)


def measure(client, path: str) -> dict[str, float]:
    from django.core.cache import cache
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    # What is kept for some minutes would hide what it costs.
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        started = time.perf_counter()
        response = client.get(path)
        body = response.getvalue()
        taken = time.perf_counter() - started
    if response.status_code != 200 or not body:
        raise SystemExit(f"{path} was answered with {response.status_code}.")
    return {"ms": 1000 * taken, "queries": len(captured)}


def marketing_manager():
    from django.contrib.auth.models import Group, User
    from django.test import Client

    user = User.objects.create_user("ann", is_staff=True)
    user.groups.add(Group.objects.get(name="Marketing manager"))
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def make_rows(campaign) -> dict[str, str]:
    """Add what both databases have alike; returns the address of each page by its name."""
    from django.urls import reverse

    from campaigns.models import Contact
    from campaigns.search import search_term
    from tracking.models import Open

    make_pixels()
    discount = make_discount()
    contact = Contact.objects.filter(campaign=campaign).order_by("created_at")[0]
    name_one(contact)
    hit = Open.objects.order_by("opened_at")[0]
    group = campaign.groups.first()
    lists = {
        "campaigns_campaign": {"searched": "q=A"},
        "campaigns_group": {"of a campaign": f"campaign={campaign.id}"},
        "campaigns_contact": {
            "of a campaign": f"campaign={campaign.id}",
            "of a group": f"group={group.id}",
            "not sent": "not_sent_reason__exact=bounced",
            "searched by e-mail": urlencode({"q": search_term(EMAIL)}),
            "last page": f"p={last_page()}",
        },
        "tracking_pixel": {
            "of a campaign": f"campaign={campaign.id}",
            "of a group": f"group={group.id}",
            "searched by contact": f"q={contact.uuid}",
        },
        "tracking_open": {
            "machine": "kind__exact=0",
            "of a campaign": f"campaign={campaign.id}",
            "of a group": f"group={group.id}",
            "machine, of a group": f"kind__exact=0&group={group.id}",
            "of today": urlencode({"opened_at__gte": f"{NOW:%Y-%m-%d 00:00+00:00}"}),
            "searched by contact": f"q={contact.uuid}",
        },
        "tracking_useragent": {},
        "discounts_discountcampaign": {},
        "discounts_customer": {},
        "discounts_discountusage": {},
    }
    rows = {"campaigns_campaign": campaign, "campaigns_group": group}
    rows |= {"campaigns_contact": contact, "tracking_open": hit}
    rows["tracking_pixel"] = contact.pixels.get()
    rows["discounts_discountcampaign"] = discount
    paths = {"home": "/admin/"}
    for name, narrowed in lists.items():
        path = reverse(f"admin:{name}_changelist")
        paths[f"{name} list"] = path
        paths |= {f"{name} list, {how}": f"{path}?{query}" for how, query in narrowed.items()}
    for name, row in rows.items():
        paths[f"{name} page"] = reverse(f"admin:{name}_change", args=[row.pk])
    for name in ("import", "pixels", "add_contacts"):
        paths[name] = reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk])
    shown = reverse("report-page", args=[campaign.pk])
    asked = {"": "", ", with machine": "machine=true", ", last week": "period=7d"}
    asked[", silent domains"] = "domains=true"
    paths |= {f"report{how}": f"{shown}?{query}" for how, query in asked.items()}
    paths["report data"] = reverse("report-data", args=[campaign.pk])
    paths["performance"] = reverse("discount-campaign-performance", args=[discount.pk])
    paths["simulate"] = reverse("discount-simulate")
    return paths


def last_page() -> int:
    from campaigns.models import Contact
    from pixeltrack.admin_lists import PAGE, BoundedPaginator

    return math.ceil(min(BoundedPaginator.longest, Contact.objects.count()) / PAGE)


def make_pixels() -> None:
    """One of each contact, with the contact's uuid, which the opens name as their pixel's."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tracking_pixel (uuid, contact_id, number, created_at) "
            "SELECT uuid, uuid, 1, created_at FROM campaigns_contact"
        )


def name_one(contact) -> None:
    from campaigns.queries import email_hash

    contact.email, contact.email_hash = EMAIL, email_hash(EMAIL)
    contact.email_domain = "example.com"
    contact.save()


def make_discount():
    from discounts import campaign_services, customers, services
    from discounts.rules import Basket
    from discounts.services import Application

    values = {
        "name": "Ten percent",
        "discount_type": "cart",
        "discount_percentage_hundredths": 1000,
        "start_date": NOW - timedelta(days=1),
        "end_date": NOW + timedelta(days=9),
        "total_budget_minor": 100_000,
    }
    discount = campaign_services.create_campaign(values=values, now=NOW)
    customer = customers.create_customer(email=EMAIL, name="Ann Lee", now=NOW)
    basket = Basket(cart_value_minor=10_000, delivery_charge_minor=0)
    services.apply_discount(
        application=Application(
            campaign_id=discount.id,
            customer_id=customer.id,
            basket=basket,
            user_id=None,
            idempotency_key=None,
        ),
        now=NOW,
    )
    return discount


if __name__ == "__main__":
    main()
