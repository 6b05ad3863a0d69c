"""What each kind of work costs on this machine, for docs/scale.md.

    python -m benchmarks.capacity [seconds each run]

Needs MariaDB, nginx and wrk. Every round measures the speed of a bare `empty_gif` in nginx and of
each kind of work, in turn; a kind of work costs as many bare loads as could have been answered in
its time. Prints the median costs and the speeds they come from. With BENCHMARK_DATABASE_URL of a
database of `benchmarks.made_up` on MariaDB it prints how much room its rows take, instead.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

from benchmarks import apply, ingest, pixel_nginx, project
from benchmarks.nginx import in_front_of, nginx, pixel_door
from benchmarks.pixel_nginx import PORT_OF_DOOR, PORT_OF_REFERENCE, REFERENCE
from benchmarks.serving import serving

ROUNDS = 5
HITS = 20_000
SITE_PORT = 18_095
BARE, DOOR = "a bare load (nginx)", "a pixel (nginx, recorded)"
COUNTED, APPLIED = "a hit counted (ingest)", "a discount applied (nginx, web)"
POLLED, REPORTED = "a poll of a report without news", "a report"


def main() -> None:
    project.start("mariadb")
    if "BENCHMARK_DATABASE_URL" in os.environ:
        print_sizes()
    else:
        print_costs(int(sys.argv[1]) if len(sys.argv) > 1 else 3)


# --- Costs --------------------------------------------------------------------------------------


def print_costs(seconds: int) -> None:
    with ExitStack() as running:
        works = prepare(running, seconds)
        speeds = {name: [] for name in works}
        for _ in range(ROUNDS):
            for name, work in works.items():
                speeds[name].append(work())
    bare = speeds.pop(BARE)
    print(f"\n{'work':<34}{'a second':>10}{'costs, in bare loads':>22}")
    print(f"{BARE:<34}{statistics.median(bare):>10,.0f}{1:>22}")
    for name, own in speeds.items():
        cost = statistics.median(b / speed for b, speed in zip(bare, own, strict=True))
        print(f"{name:<34}{statistics.median(own):>10,.0f}{cost:>22.1f}")


def prepare(running: ExitStack, seconds: int) -> dict[str, Callable[[], float]]:
    """The kinds of work, each returning how many of it were done in a second."""
    scratch = Path(tempfile.mkdtemp(prefix=project.NAME))
    script = scratch / "load.lua"
    script.write_text(pixel_nginx.SCRIPT)
    spool = scratch / "spool"
    spool.mkdir()
    door = pixel_door(spool, PORT_OF_DOOR)
    running.enter_context(nginx(scratch / "reference", REFERENCE, PORT_OF_REFERENCE))
    running.enter_context(nginx(scratch / "door", door, PORT_OF_DOOR))
    web = running.enter_context(serving("pixeltrack.wsgi", **apply.NO_LIMITS))
    site = running.enter_context(in_front_of(web, SITE_PORT))
    lines, token = ingest.Lines(ingest.make_pixels()), apply.sign_in()
    report = f"http://127.0.0.1:{site}/api/v1/email-campaigns/1/report/"
    bearer = ["-H", f"Authorization: Bearer {token}"]
    shop = apply.Shop("product", site, token, apply.make_customers())
    return {
        BARE: lambda: loads(PORT_OF_REFERENCE, script, seconds),
        DOOR: lambda: loads(PORT_OF_DOOR, script, seconds),
        COUNTED: lambda: timed(HITS, ingest.by_pipeline(lines.take(HITS))),
        APPLIED: lambda: timed(apply.APPLIES, shop.way(1).prepare()),
        POLLED: lambda: wrk(
            report, seconds, [*bearer, "-H", f"If-None-Match: {etag(report, token)}"]
        ),
        REPORTED: lambda: wrk(report, seconds, bearer),
    }


def loads(port: int, script: Path, seconds: int) -> float:
    return wrk(f"http://127.0.0.1:{port}", seconds, ["-s", script])


def wrk(address: str, seconds: int, options: list) -> float:
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", *options, address]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    return float(said.split("Requests/sec:")[1].split()[0])


def timed(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def etag(address: str, token: str) -> str:
    asked = Request(address, headers={"Authorization": f"Bearer {token}"})
    with urlopen(asked) as answer:
        return answer.headers["ETag"]


# --- Room ---------------------------------------------------------------------------------------


def print_sizes() -> None:
    """Bytes of each row with its indexes, of the tables that grow."""
    from django.db import connection

    from campaigns.models import Contact
    from tracking.models import ContactOpens, Open, Pixel

    with connection.cursor() as cursor:
        for model in (Contact, Pixel, ContactOpens, Open):
            cursor.execute(f"ANALYZE TABLE {model._meta.db_table}")
            cursor.fetchall()
            cursor.execute(
                "SELECT data_length + index_length FROM information_schema.tables "
                "WHERE table_schema = DATABASE() AND table_name = %s",
                [model._meta.db_table],
            )
            (size,) = cursor.fetchone()
            rows = model.objects.count()
            print(f"{model.__name__}: {rows:,} rows, {size / max(rows, 1):.0f} bytes each")


if __name__ == "__main__":
    main()
