"""What ended processes counted is kept, in few files."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from foundation.metrics import ended_processes, shared_folder

COUNT = """
from foundation.metrics import shared_folder
shared_folder.share()
import prometheus_client
from foundation.metrics.prometheus import BATCH_SECONDS, DROPPED, PIXEL_HITS
seen = prometheus_client.Gauge("seen", "Seen", multiprocess_mode="max")
PIXEL_HITS.inc({n})
DROPPED.labels("unknown").inc({n})
BATCH_SECONDS.observe({n})
seen.set({n})
"""
WAIT = "print('counted', flush=True)\nimport signal\nsignal.pause()"
SHOW = """
from foundation.metrics import shared_folder
shared_folder.share()
from foundation.metrics.prometheus import exposition
print(exposition().decode())
"""
WANTED = (
    "pixel_hits_total",
    'ingest_dropped_total{reason="unknown"}',
    "ingest_batch_seconds_sum",
    "ingest_batch_seconds_count",
    'ingest_batch_seconds_bucket{le="2.5"}',
    "seen",
)


@pytest.fixture
def start(tmp_path):
    started = []

    def start(code):
        environment = {**os.environ, "METRICS_DIR": str(tmp_path)}
        # The tests share a folder.
        del environment[shared_folder.VARIABLE]
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def count(start):
    def count(number):
        assert start(COUNT.format(n=number)).wait() == 0

    return count


@pytest.fixture
def shown(start):
    """The given metrics, as the next process sees them."""

    def shown():
        process = start(SHOW)
        lines = process.stdout.read().splitlines()
        process.wait()
        values = dict(line.rsplit(" ", 1) for line in lines if " " in line)
        return [float(values[name]) for name in WANTED]

    return shown


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.db"))


def test_however_many_processes_ended_they_leave_few_files(count, shown, tmp_path):
    for number in (1, 2, 3):
        count(number)
    assert shown() == [6, 6, 6, 3, 2, 3]
    ended_processes.add_up(tmp_path)
    assert files(tmp_path) == [
        "ended/counter_sum.db",
        "ended/gauge_max_sum.db",
        "ended/histogram_sum.db",
    ]
    assert shown() == [6, 6, 6, 3, 2, 3]


def test_the_files_of_a_running_process_are_kept(start, count, shown, tmp_path):
    process = start(COUNT.format(n=5) + WAIT)
    assert process.stdout.readline() == "counted\n"
    count(1)
    assert shown()[0] == 6
    assert f"counter_{process.pid}.db" in files(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert shown()[0] == 6
    ended_processes.add_up(tmp_path)
    assert f"counter_{process.pid}.db" not in files(tmp_path)
    assert shown()[0] == 6


@pytest.fixture
def leave(tmp_path):
    """Leaves the files of a process that counted and ended; returns its process id."""

    def leave(number):
        with subprocess.Popen(["true"]) as process:
            process.wait()
        file = MmapedDict(tmp_path / f"counter_{process.pid}.db")
        file.write_value(mmap_key("hits", "hits_total", [], [], "Hits"), number, 0.0)
        file.close()
        return process.pid

    return leave


def hits(folder):
    with ended_processes.files(folder) as paths:
        [family] = MultiProcessCollector.merge([str(path) for path in paths])
    [sample] = family.samples
    return sample.value


def test_a_process_that_died_before_it_counted_is_no_problem(leave, tmp_path):
    pid = leave(1)
    (tmp_path / f"summary_{pid}.db").touch()
    assert hits(tmp_path) == 1
    (tmp_path / f"histogram_{pid}.db").write_bytes(b"\x01")
    (tmp_path / "of_nobody.db").touch()
    ended_processes.add_up(tmp_path)
    assert hits(tmp_path) == 1
    assert files(tmp_path) == ["ended/counter_sum.db", "of_nobody.db"]


@pytest.mark.parametrize("died", ["adding up", "swapping", "tidying up"])
def test_a_process_that_dies_while_adding_up_changes_no_figure(died, leave, tmp_path):
    leave(1)
    ended_processes.add_up(tmp_path)
    ended, new, old = (tmp_path / name for name in ("ended", "ended.new", "ended.old"))
    if died == "adding up":
        new.mkdir()
        (new / "counter_sum.db").touch()
    elif died == "swapping":
        shutil.copytree(ended, new)
        ended.rename(old)
    else:
        shutil.copytree(ended, old)
    leave(2)
    ended_processes.add_up(tmp_path)
    assert hits(tmp_path) == 3
    assert not new.exists()
    assert not old.exists()


def test_only_readers_wait_while_files_are_added_up(leave, tmp_path):
    leave(1)
    with ended_processes.files(tmp_path):
        ended_processes.add_up(tmp_path)
        assert not (tmp_path / "ended").exists()
    ended_processes.add_up(tmp_path)
    assert files(tmp_path) == ["ended/counter_sum.db"]
