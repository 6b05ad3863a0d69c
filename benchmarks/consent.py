"""What it costs to ask whether people may be measured, and how fast their decisions come in.

    python -m benchmarks.consent [ingest|import] [sqlite] [mariadb] [--rows N]
                                 [--never-asked off] [--contacts N] [--hits N]

`ingest` is the whole pipeline where half of the people have agreed, against the same without any
question; 1.00 would cost nothing. With `--never-asked off` half of them have refused and the others
were never asked, so that no hit is kept. `import` is a file of decisions of known people against a
file of as many new contacts, in a database that `benchmarks.made_up` filled where
BENCHMARK_DATABASE_URL names one. How soon a withdrawal is heeded, `benchmarks.withdrawal` tells.
"""

import argparse
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from unittest import mock

from benchmarks import project
from benchmarks.contact_import import make_campaign, start_import
from benchmarks.ingest import HITS_BY_PIPELINE, START, Lines, by_pipeline, check
from benchmarks.people import CONTACTS, TEXT, decide, make_people
from benchmarks.ratio import Way, compare, processor_time

ENGINES = ("mariadb", "sqlite")
QUESTIONS = ("ingest", "import")
ROWS = 20_000


def main() -> None:
    """Each measurement in a process of its own: Django is set up once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", type=known, metavar="question|engine")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--never-asked", choices=("individual", "off"), default="individual")
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    parser.add_argument("--hits", type=int, default=HITS_BY_PIPELINE)
    parser.add_argument("--here", action="store_true")
    asked = parser.parse_args()
    questions = [word for word in asked.what if word in QUESTIONS] or QUESTIONS
    engines = [word for word in asked.what if word in ENGINES] or ENGINES
    if asked.here:
        work = {
            "ingest": lambda engine, _: cost_of_asking(engine, asked),
            "import": speed_of_import,
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
    from campaigns.models import Contact

    among = f"{Contact.objects.count():,} contacts in the end"
    print(f"{rows:,} decisions on {engine}, {among}: {ratio} times the speed of new contacts")


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


if __name__ == "__main__":
    main()
