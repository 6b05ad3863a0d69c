"""What counting for X-Total-Count costs a list of the API: each list with it against without.

    python -m benchmarks.totals [mariadb|sqlite] [--contacts N] [--opens N] [--rounds N]

In a database of `benchmarks.made_up`, or the one at BENCHMARK_DATABASE_URL that it made. Counted is
the processor time of the process and of its connection's thread in the database.
"""

import argparse
import os
import statistics
from unittest import mock

from benchmarks import pages, project
from benchmarks.admin_pages import NO_LIMIT, NOW, marketing_manager
from benchmarks.made_up import Size, fill
from benchmarks.ratio import connection_time

ROUNDS = 11
MOST_TIMES = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", nargs="?", default="mariadb", choices=("mariadb", "sqlite"))
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--opens", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    os.environ["RATE_LIMIT_DEFAULT"] = os.environ["RATE_LIMIT_DISCOUNTS"] = NO_LIMIT
    project.start(asked.engine)
    if "BENCHMARK_DATABASE_URL" not in os.environ:
        fill(Size(contacts=asked.contacts, opens=asked.opens))
    import time_machine

    with time_machine.travel(NOW, tick=True):
        measure(asked.engine, asked.rounds)


def measure(engine: str, rounds: int) -> None:
    client = marketing_manager()
    print(f"{'on ' + engine:<28}{'says':>16}{'with ms':>9}{'without':>9}{'ratio':>7}")
    for name, path in pages.calls(pages.make_rows(now=NOW)).items():
        said = client.get(path).headers.get("X-Total-Count")
        if said is None:
            continue
        taken = {True: [], False: []}
        for number in range(2 * rounds):
            # Which of the two comes first changes.
            counting = bool(number % 2) ^ bool(number // 2 % 2)
            taken[counting].append(timed(client, path, counting=counting))
        with_it, without = (1000 * statistics.median(taken[one]) for one in (True, False))
        ratio = with_it / without
        missed = " <--" if ratio > MOST_TIMES else ""
        print(f"{name:<28}{said:>16}{with_it:>9.1f}{without:>9.1f}{ratio:>7.2f}{missed}")


def timed(client, path: str, *, counting: bool) -> float:
    if not counting:
        with mock.patch("api.base.views.total_headers", lambda _: {}):
            return timed(client, path, counting=True)
    started = connection_time()
    response = client.get(path)
    if response.status_code != 200:
        raise SystemExit(f"{path} was answered with {response.status_code}.")
    return connection_time() - started


if __name__ == "__main__":
    main()
