"""Ingest beside prune_opens and reclassify_opens against ingest alone, with much data.

    BENCHMARK_DATABASE_URL=... python -m benchmarks.maintenance [mariadb|sqlite] [--rounds N]

Takes a database of `benchmarks.made_up` and changes it: raw opens of its first days go, and those
of one mail client in one campaign are decided anew. In each round the same number of hits is
recorded in batches, alone and beside each command, which runs in a process of its own. Prints the
ratios of ingest's speeds and the longest that one batch took; in the end the counters must be
what the raw rows say.
"""

import argparse
import random
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

from benchmarks import project
from benchmarks.made_up import AFTER, START, THUNDERBIRD
from benchmarks.ratio import Ratio

NOW = START + AFTER
BATCH, BATCHES = 1_000, 20
PIXELS = 20_000
# So many more days of raw opens go in each round.
DAYS = 1
PRUNE, RECLASSIFY = "prune_opens", "reclassify_opens"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", nargs="?", default="mariadb", choices=("mariadb", "sqlite"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    project.start(asked.engine)
    if asked.work:
        work(asked.work)
    else:
        compare(asked.engine, asked.rounds)


def compare(engine: str, rounds: int) -> None:
    pixels = some_pixels()
    alone, beside = [], {PRUNE: [], RECLASSIFY: []}
    for _ in range(rounds):
        alone.append(ingest(pixels))
        for command, runs in beside.items():
            runs.append(beside_work(engine, command, pixels))
    print(f"\ningest alone: at most {longest(alone):.2f} s a batch of {BATCH}")
    for command, runs in beside.items():
        ratio = Ratio([run.speed / own.speed for run, own in zip(runs, alone, strict=True)])
        print(f"ingest beside {command}: {ratio} times; at most {longest(runs):.2f} s a batch")
    check()


def beside_work(engine: str, command: str, pixels: list[str]) -> "Run":
    """Ingest while the command runs; says so where that was over before ingest."""
    if command == RECLASSIFY:
        outdate()
    line = [sys.executable, "-m", "benchmarks.maintenance", engine, "--work", command]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    run = ingest(pixels)
    is_over = process.poll() is not None
    done = process.communicate()[0].strip()
    print(f"{command}: {done}{', over before ingest was' if is_over else ''}", flush=True)
    return run


def work(command: str) -> None:
    """The command itself, as its process runs it; says when it begins and what it did."""
    from tracking.upkeep.prune import prune_opens
    from tracking.upkeep.reclassify import reclassify_opens

    print("begins", flush=True)
    started = time.monotonic()
    commands = {
        PRUNE: lambda: prune_opens(now=NOW, keep_days=keep_days()),
        RECLASSIFY: reclassify_opens,
    }
    done = commands[command]()
    print(f"{done:,} in {time.monotonic() - started:.0f} s", flush=True)


def keep_days() -> int:
    from tracking.models import Open

    oldest = Open.objects.order_by("opened_at").values_list("opened_at", flat=True)[0]
    return max((NOW - oldest).days - DAYS, 1)


def outdate() -> None:
    """As if older rules had decided the opens of one mail client in the newest campaign."""
    from campaigns.models import Campaign
    from tracking.models import Open, UserAgent

    agent = UserAgent.objects.get(value=THUNDERBIRD)
    groups = Campaign.objects.order_by("-start_at")[0].groups.values_list("id", flat=True)
    Open.objects.filter(user_agent_id=agent.id, group_id__in=list(groups)).update(rule=0)


# --- Ingest -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """How fast hits were recorded (hits a second), and how long the slowest batch took."""

    speed: float
    longest: float


def longest(runs: list[Run]) -> float:
    return max(run.longest for run in runs)


def some_pixels() -> list[str]:
    from tracking.models import Pixel

    return [str(pixel) for pixel in Pixel.objects.values_list("uuid", flat=True)[:PIXELS]]


def ingest(pixels: list[str]) -> Run:
    from tracking.counting.record import record

    batches, taken = [hits(pixels) for _ in range(BATCHES)], []
    for batch in batches:
        started = time.perf_counter()
        record(batch)
        taken.append(time.perf_counter() - started)
    return Run(speed=BATCH * BATCHES / sum(taken), longest=max(taken))


def hits(pixels: list[str]) -> list:
    from tracking.hits import event_log

    return [
        event_log.parse(
            event_log.encode(
                event_id=uuid.uuid4().hex,
                at=(NOW - timedelta(seconds=random.randrange(24 * 3600))).timestamp(),
                pixel=random.choice(pixels),
                user_agent=THUNDERBIRD,
                network="192.0.2.0/24",
                purpose="",
            )
        )
        for _ in range(BATCH)
    ]


def check() -> None:
    from tracking.upkeep import audit

    if audit.find_differences():
        raise SystemExit("The counters are not what the raw rows say.")
    print("checked: the counters are what the raw rows say")


if __name__ == "__main__":
    main()
