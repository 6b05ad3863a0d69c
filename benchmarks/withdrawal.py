"""How much of the promised two seconds passes until a withdrawal is in force.

    python -m benchmarks.withdrawal [sqlite] [mariadb] [--rows N]

While another process counts a backlog, people among N contacts withdraw. A withdrawal is in force
once it is committed and a batch begins that heeds it; told by the clock, and by processor time,
which other work on the machine says less about. In a database that `benchmarks.made_up` filled, by
BENCHMARK_DATABASE_URL, the people come to the contacts that are there, whose loads are counted too.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import project
from benchmarks.ingest import Lines
from benchmarks.people import decide, make_people

ENGINES = ("mariadb", "sqlite")
ROWS = 20_000
PROMISED_SECONDS = 2.0
WITHDRAWALS = 20
BACKLOG = 200_000


def main() -> None:
    """Each engine in a process of its own: Django is set up once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="*", metavar="sqlite|mariadb")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--count", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    engines = asked.engines or ENGINES
    if asked.count:
        count(asked.count)
    elif asked.here:
        measure(engines[0], asked.rows)
    else:
        for engine in engines:
            command = [sys.executable, "-m", "benchmarks.withdrawal", engine, "--here"]
            subprocess.run([*command, f"--rows={asked.rows}"], check=True)


def start_counting(engine: str, url: str, lines: list[bytes]) -> subprocess.Popen:
    """A process that counts the lines in batches and prints how long each took."""
    folder = Path(tempfile.mkdtemp(prefix=project.NAME))
    (folder / "segment.jsonl").write_bytes(b"".join(b"\n" + line for line in lines))
    environment = {**os.environ, "BENCHMARK_DATABASE_URL": url, "SPOOL_DIR": str(folder)}
    command = [sys.executable, "-m", "benchmarks.withdrawal", "--count", engine]
    counting = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    if counting.stdout.readline() != "ready\n":
        raise SystemExit("the counting process did not start")
    return counting


@dataclass
class Taken:
    """Seconds by the clock, and those that this process worked."""

    clock: float = 0
    processor: float = 0


@contextmanager
def timed() -> Iterator[Taken]:
    taken, clock, processor = Taken(), time.perf_counter(), time.process_time()
    yield taken
    taken.clock, taken.processor = time.perf_counter() - clock, time.process_time() - processor


def count(engine: str) -> None:
    spool = Path(os.environ["SPOOL_DIR"])
    project.start(engine)
    from tracking.counting.record import record
    from tracking.ingest.loop import FIRST_BATCH, next_limit
    from tracking.spool.reader import SpoolReader

    reader, limit = SpoolReader(spool), FIRST_BATCH
    print("ready", flush=True)
    while batch := reader.read(limit=limit):
        with timed() as taken:
            record(batch.hits)
        reader.acknowledge(batch)
        limit = next_limit(limit, hits=len(batch.hits), seconds=taken.clock)
        print(taken.clock, taken.processor)


def measure(engine: str, rows: int) -> None:
    """One process counts a backlog while people withdraw in this one."""
    url = project.start(engine)
    from campaigns.models import Contact
    from consent.decisions import record_decisions
    from consent.models import Way as DecisionWay
    from consent.modes import Answer
    from consent.queries import subject_of
    from consent.reading import Told
    from consent.weighing import Report, Source
    from tracking.models import Pixel

    there = [str(pixel) for pixel in Pixel.objects.values_list("uuid", flat=True).iterator()]
    contacts, pixels = make_people(rows)
    pixels += there
    decide(contacts[::2])
    counting = start_counting(engine, url, Lines(pixels).take(BACKLOG))
    commits = []
    for contact in contacts[: 2 * WITHDRAWALS : 2]:
        told = Told(opens=Answer.DENIED, clicks=Answer.DENIED)
        with timed() as taken:
            [result] = record_decisions(
                [Report.about(subject_of(contact), told)], source=Source(DecisionWay.PAGE)
            )
        commits.append(taken)
        if result.errors:
            raise SystemExit(f"not recorded: {result.errors}")
    if counting.poll() is not None:
        raise SystemExit("the backlog was counted before the last withdrawal: make it larger")
    lines = counting.communicate()[0].splitlines()
    batches = [Taken(*map(float, line.split())) for line in lines]
    among = Contact.objects.count()
    print(f"withdrawal on {engine} among {among:,} contacts, {BACKLOG:,} hits in front:")
    for by in ("clock", "processor"):
        commit, batch = ([getattr(one, by) for one in some] for some in (commits, batches))
        longest = (max(commit) + max(batch)) / PROMISED_SECONDS
        print(
            f"    by the {by} at most {longest:.2f} of the promised {PROMISED_SECONDS:.0f} s; "
            f"longest commit {max(commit):.2f} s (median {statistics.median(commit):.2f}), "
            f"longest of {len(batch)} batches {max(batch):.2f} s ({statistics.median(batch):.2f})"
        )


if __name__ == "__main__":
    main()
