"""Each page of the admin, and each reading call of the API, with a big database against the same
with next to nothing in it.

    python -m benchmarks.admin_pages [mariadb|sqlite] [--url URL] [--opens N] [--contacts N]

Two processes, each with a database of its own: one with a campaign of `benchmarks.made_up`, or
with the one at --url that it made, and one with two contacts. They answer the same page in turn,
to a marketing manager, through Django's test client; each page is asked once before any time is
taken. The table says, for each page, the median of its milliseconds with either, their ratio and
its queries.
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from datetime import timedelta

from benchmarks import pages, project
from benchmarks.made_up import START, Size, fill

ROUNDS = 7
# The last opens of the newest campaign are from these days.
NOW = START + timedelta(days=15)
FEW, MANY = "few", "many"
# Contacts and opens of the small database.
FEWEST = (2, 4)
MOST_QUERIES, MOST_TIMES = 11, 3
NO_LIMIT = "1000000/s"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", nargs="?", default="mariadb", choices=("mariadb", "sqlite"))
    parser.add_argument("--url", help="of a database that benchmarks.made_up made")
    parser.add_argument("--opens", type=int, default=5_000_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--answer", choices=(FEW, MANY), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.answer:
        answer(asked)
    else:
        compare(asked)


def compare(asked: argparse.Namespace) -> None:
    sides = {
        FEW: Side(asked.engine, FEW, *FEWEST),
        MANY: Side(asked.engine, MANY, asked.contacts, asked.opens, url=asked.url),
    }
    names = {name: side.read() for name, side in sides.items()}[FEW]
    print(f"\nadmin on {asked.engine}, {asked.opens:,} opens, {asked.contacts:,} contacts")
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

    def __init__(
        self, engine: str, name: str, contacts: int, opens: int, *, url: str | None = None
    ) -> None:
        command = [sys.executable, "-m", "benchmarks.admin_pages", engine, "--answer", name]
        sizes = ["--contacts", str(contacts), "--opens", str(opens)]
        made = {"BENCHMARK_DATABASE_URL": url} if url else {}
        self.process = subprocess.Popen(
            [*command, *sizes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "BENCHMARK_NAME": f"{project.NAME}_{name}", **made},
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


def answer(asked: argparse.Namespace) -> None:
    """Say the pages' names, then for each name that comes in how long its page took."""
    import time_machine

    os.environ["RATE_LIMIT_DEFAULT"] = os.environ["RATE_LIMIT_DISCOUNTS"] = NO_LIMIT
    project.start(asked.engine)
    if "BENCHMARK_DATABASE_URL" not in os.environ:
        fill(Size(contacts=asked.contacts, opens=asked.opens))
    with time_machine.travel(NOW, tick=True):
        paths = pages.addresses(pages.make_rows(now=NOW), now=NOW)
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
    """Signed in to the admin and, by a token, to the API."""
    from django.contrib.auth.models import Group, User
    from django.test import Client
    from rest_framework_simplejwt.tokens import AccessToken

    user = User.objects.create_user(f"ann-{secrets.token_hex(4)}", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=("Marketing manager", "Shop API")))
    token = AccessToken.for_user(user)
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {token}"})
    client.force_login(user)
    return client


if __name__ == "__main__":
    main()
