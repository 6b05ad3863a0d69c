"""What it costs to ask whether people may be measured, and how fast their decisions come in.

    python -m benchmarks.consent [ingest|import|withdrawal] [sqlite] [mariadb] [--rows N]
                                 [--never-asked off] [--contacts N] [--hits N]

`ingest` is the whole pipeline where half of the people have agreed, against the same without any
question; 1.00 would cost nothing. With `--never-asked off` half of them have refused and the others
were never asked, so that no hit is kept. `import` is a file of decisions of known people against a
file of as many new contacts. `withdrawal` is how much of the promised two seconds passes until a
withdrawal is committed and a batch begins that heeds it, while ingest works on a backlog, among N
contacts; told by the clock, and by processor time, which other work on the machine says less about.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest import mock

from benchmarks import project
from benchmarks.contact_import import make_campaign, start_import
from benchmarks.ingest import HITS_BY_PIPELINE, START, Lines, by_pipeline, check
from benchmarks.ratio import Way, compare, processor_time

ENGINES = ("mariadb", "sqlite")
QUESTIONS = ("ingest", "import", "withdrawal")
CONTACTS = 5_000
ROWS = 20_000
CHUNK = 5_000
PROMISED_SECONDS = 2.0
WITHDRAWALS = 20
BACKLOG = 200_000
TEXT = "We measure whether you open our mails."


def main() -> None:
    """Each measurement in a process of its own: Django is set up once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", type=known, metavar="question|engine")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--never-asked", choices=("individual", "off"), default="individual")
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    parser.add_argument("--hits", type=int, default=HITS_BY_PIPELINE)
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--count", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.count:
        count(asked.count)
        return
    questions = [word for word in asked.what if word in QUESTIONS] or QUESTIONS
    engines = [word for word in asked.what if word in ENGINES] or ENGINES
    if asked.here:
        work = {
            "ingest": lambda engine, _: cost_of_asking(engine, asked),
            "import": speed_of_import,
            "withdrawal": time_of_withdrawal,
        }
        work[questions[0]](engines[0], asked.rows)
        return
    for question in questions:
        for engine in engines:
            command = [sys.executable, "-m", "benchmarks.consent", question, engine]
            told = {"rows": asked.rows, "contacts": asked.contacts, "hits": asked.hits}
            told["never-asked"] = asked.never_asked
            options = [f"--{name}={value}" for name, value in told.items()]
            subprocess.run([*command, *options, "--here"], check=True)


def known(word: str) -> str:
    """As `choices` does, which refuse to be given none at all."""
    if word not in {*QUESTIONS, *ENGINES}:
        raise argparse.ArgumentTypeError(f"not a question or an engine: {word}")
    return word


def cost_of_asking(engine: str, asked: argparse.Namespace) -> None:
    os.environ["NEVER_ASKED"] = asked.never_asked
    project.start(engine)
    from consent.modes import Answer
    from tracking.counting.campaign_slots import fix_due_campaigns

    is_off = asked.never_asked == "off"
    contacts, pixels = make_people(asked.contacts)
    decide(contacts[::2], Answer.DENIED if is_off else Answer.GRANTED)
    fix_due_campaigns(now=START + timedelta(hours=1))
    lines, hits = Lines(pixels), asked.hits
    # Where nobody may be measured, only the blind way keeps what it takes.
    dropped = Lines(pixels, seed=2) if is_off else lines
    asking = Way("asking", hits, lambda: by_pipeline(dropped.take(hits)))
    blind = Way("blind", hits, lambda: blindly(by_pipeline(lines.take(hits))))
    for way in (asking, blind):
        way.prepare()()
    check(f"both on {engine}", lines.taken)
    ratio = compare(asking, blind, clock=processor_time)
    check(f"both on {engine}", lines.taken)
    who = "half have refused, half were never asked" if is_off else "half of the people have agreed"
    print(f"ingest on {engine}, {who}: {ratio} times asking nobody")


def make_people(count: int) -> tuple[list, list[str]]:
    """Contacts with an address each, and their pixels."""
    from django.db import transaction

    from campaigns.models import Contact
    from contacts.registering import register_contacts
    from contacts.stored import email_columns

    campaign, group = make_campaign()
    made, pixels = [], []
    for first in range(0, count, CHUNK):
        contacts = [
            Contact(
                campaign=campaign,
                group=group,
                scheduled_at=START,
                due_at=START,
                created_at=START - timedelta(days=1),
                **email_columns(f"person{n}@example{n % 50}.com"),
            )
            for n in range(first, min(first + CHUNK, count))
        ]
        with transaction.atomic():
            Contact.objects.bulk_create(contacts, batch_size=1000)
            own = register_contacts(contact_ids=[c.uuid for c in contacts], per_contact=1)
        made += contacts[: max(2 * WITHDRAWALS, CONTACTS)]
        pixels += [str(pixel.uuid) for [pixel] in own.values()]
    return made, pixels


def decide(contacts: list, answer: str = "granted") -> None:
    """All agree, or all refuse, before their mail is due."""
    from consent.decisions import record_decisions
    from consent.models import Way as DecisionWay
    from consent.modes import Answer
    from consent.queries import subject_of
    from consent.reading import Told
    from consent.weighing import Report, Source
    from contacts.measured.decided import follow_decisions

    before = START - timedelta(hours=1)
    told = Told(opens=Answer(answer), decided_at=before, text=TEXT)
    reports = [Report.about(subject_of(contact), told) for contact in contacts]
    results = record_decisions(reports, source=Source(DecisionWay.API), now=before)
    if any(result.errors for result in results):
        raise SystemExit("a decision was not recorded")
    # As the sweep has it a minute later.
    while not follow_decisions(now=before):
        continue


def blindly(work: Callable[[], object]) -> Callable[[], object]:
    """The same work for which nobody is asked."""
    from tracking.counting import record as recording

    class Anybody:
        def why_dropped(self, person, at):
            return None

    def unasked() -> None:
        with mock.patch.object(recording, "read_allowed", lambda *_, **__: Anybody()):
            work()

    return unasked


def speed_of_import(engine: str, rows: int) -> None:
    project.start(engine)
    way = Way("decisions", rows, lambda: by_import(rows, decided=True))
    reference = Way("contacts", rows, lambda: by_import(rows, decided=False))
    rounds = 5 if rows <= ROWS else 1
    ratio = compare(way, reference, rounds=rounds, clock=processor_time)
    print(f"{rows:,} decisions on {engine}: {ratio} times the speed of as many new contacts")


def by_import(rows: int, *, decided: bool) -> Callable[[], object]:
    """Imports new contacts; or what they decided, once they are there."""
    from contacts.imports.run import run_import

    campaign, _ = make_campaign()
    mark = uuid.uuid4().hex
    job = start_import(campaign, contact_lines(rows, mark))
    if decided:
        run_import(import_id=job.id)
        job = start_import(campaign, decision_lines(rows, mark), may_decide=True)

    def work() -> None:
        run_import(import_id=job.id)
        job.refresh_from_db()
        done = job.unchanged if decided else job.created
        if done != rows:
            raise SystemExit(f"{done} of {rows} rows")

    return work


def contact_lines(rows: int, mark: str):
    yield b"email,name,group\n"
    for n in range(rows):
        yield f"p{n}-{mark}@example{n % 50}.com,Person {n},A\n".encode()


def decision_lines(rows: int, mark: str):
    yield b"email,consent_opens,consent_at,consent_text\n"
    for n in range(rows):
        yield f"p{n}-{mark}@example{n % 50}.com,yes,2026-03-01T09:00Z,{TEXT}\n".encode()


def start_counting(engine: str, url: str, lines: list[bytes]) -> subprocess.Popen:
    """A process that counts the lines in batches and prints how long each took."""
    folder = Path(tempfile.mkdtemp(prefix=project.NAME))
    (folder / "segment.jsonl").write_bytes(b"".join(b"\n" + line for line in lines))
    environment = {**os.environ, "BENCHMARK_DATABASE_URL": url, "SPOOL_DIR": str(folder)}
    command = [sys.executable, "-m", "benchmarks.consent", "--count", engine]
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
    from tracking.ingest.loop import BATCH_SIZE, next_limit
    from tracking.spool.reader import SpoolReader

    reader, limit = SpoolReader(spool), BATCH_SIZE
    print("ready", flush=True)
    while batch := reader.read(limit=limit):
        with timed() as taken:
            record(batch.hits)
        reader.acknowledge(batch)
        limit = next_limit(limit, hits=len(batch.hits), seconds=taken.clock)
        print(taken.clock, taken.processor)


def time_of_withdrawal(engine: str, rows: int) -> None:
    """One process counts a backlog while people withdraw in this one."""
    url = project.start(engine)
    from consent.decisions import record_decisions
    from consent.models import Way as DecisionWay
    from consent.modes import Answer
    from consent.queries import subject_of
    from consent.reading import Told
    from consent.weighing import Report, Source

    contacts, pixels = make_people(rows)
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
    print(f"withdrawal on {engine} among {rows:,} contacts, {BACKLOG:,} hits in front:")
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
