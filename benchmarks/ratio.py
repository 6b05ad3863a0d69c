"""Measures two ways of doing the same against each other, in one run, turn by turn."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
THREAD = "SELECT TID FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()"
# The database server of this benchmark alone, whose processor time counts beside its own.
SERVER = os.environ.get("BENCHMARK_SERVER_PID", "")


@dataclass(frozen=True)
class Way:
    """One way: `prepare` readies the work, untimed; what it returns does `units` of it.

    Work that may fail in part returns how many units it did.
    """

    name: str
    units: int
    prepare: Callable[[], Callable[[], object]]


@dataclass(frozen=True)
class Ratio:
    """How many times as fast as the reference, per unit of work: one number per round."""

    rounds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def __str__(self) -> str:
        shown = ", ".join(f"{ratio:.2f}" for ratio in sorted(self.rounds))
        return f"{self.median:.2f} (rounds: {shown})"


def processor_time() -> float:
    """Seconds that this process and the server have worked, whatever else the machine does."""
    return time.process_time() + (_time_of(SERVER) if SERVER else 0)


def _time_of(process: str) -> float:
    columns = Path("/proc", process, "stat").read_text().rpartition(")")[2].split()
    # Time in the program and in the kernel for it, which are the fields 14 and 15 (proc(5)).
    return (int(columns[11]) + int(columns[12])) / os.sysconf("SC_CLK_TCK")


def connection_time() -> float:
    """Seconds that this process and its connection's thread in the database have worked.

    That may be asked for often: it is exact to the microsecond, and needs no server of its own.
    """
    from django.db import connection

    own = time.process_time()
    return own + _thread_time(connection) if connection.vendor == "mysql" else own


def _thread_time(connection) -> float:
    if not hasattr(connection.connection, "thread_in_system"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT TID FROM information_schema.PROCESSLIST WHERE ID=CONNECTION_ID()"
            )
            [connection.connection.thread_in_system] = cursor.fetchone()
    thread = connection.connection.thread_in_system
    # The first of its numbers are nanoseconds (sched-stats, Documentation/scheduler).
    return int(Path(f"/proc/{thread}/schedstat").read_text().split()[0]) / 1e9


def compare(
    way: Way,
    reference: Way,
    *,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> Ratio:
    """Alternate the two, the first of each pair changing, and relate their speeds."""
    ratios = []
    for number in range(rounds):
        order = (way, reference) if number % 2 else (reference, way)
        speeds = {one.name: _speed(one, clock) for one in order}
        ratios.append(speeds[way.name] / speeds[reference.name])
    return Ratio(ratios)


def _speed(way: Way, clock: Callable[[], float]) -> float:
    """Units per second."""
    work = way.prepare()
    started = clock()
    done = work()
    return (done if isinstance(done, int) else way.units) / (clock() - started)
