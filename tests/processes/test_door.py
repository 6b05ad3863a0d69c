"""Answers of nginx without a record are counted exactly, on a full disk."""

import os
import subprocess
import time

import pytest

from tests.processes.nginx import request
from tests.processes.running import wait_until
from tests.processes.test_nginx import load, wait_for_a_fresh_minute
from tracking.door.pixel import GIF
from tracking.door.tally import SILENT_SECONDS
from tracking.door.unrecorded import Door, read_tally, records_in
from tracking.spool.reader import SpoolReader

# One after the other: each picks free ports before it listens on them.
pytestmark = [pytest.mark.nginx, pytest.mark.xdist_group("nginx")]


@pytest.fixture
def nginx(make_nginx):
    nginx = make_nginx()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(nginx.spool)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a file system needs the super-user")
    yield nginx
    if nginx.process:
        nginx.kill()
    # Its workers may need a moment to end.
    subprocess.run(["umount", "--lazy", str(nginx.spool)], check=True)


def answer(nginx, count):
    client = nginx.client()
    for _ in range(count):
        assert client.ask(load())[::2] == (200, GIF)
    # A pixel is recorded a moment after its answer, and before the next one.
    client.ask(request("/pixel/"))
    client.close()


def all_answers(nginx, count):
    return nginx.answers.read_bytes().count(b"\n") >= count


def test_every_answer_without_a_record_is_counted(nginx):
    nginx.start()
    wait_for_a_fresh_minute()
    answer(nginx, 2000)
    wait_until(lambda: all_answers(nginx, 2000), "the answers")
    recorded = sum(records_in(path) for path in nginx.segments())
    assert 0 < recorded == len([line for line in nginx.lines() if line.endswith(b'"}')]) < 2000

    now = [time.time()]
    door = Door(nginx.answers, nginx.spool, clock=lambda: now[0])
    door.look()
    assert read_tally(nginx.answers).answered == 0
    now[0] += SILENT_SECONDS
    door.look()
    tally = read_tally(nginx.answers)
    assert (tally.answered, tally.recorded) == (2000, recorded)
    assert tally.lost == 2000 - recorded


def test_a_reader_that_removes_a_segment_compares_it_first(nginx):
    """Even after a long outage, when it reads and removes at once."""
    nginx.start()
    wait_for_a_fresh_minute()
    answer(nginx, 1500)
    wait_until(lambda: all_answers(nginx, 1500), "the answers")
    [segment] = nginx.segments()
    recorded = records_in(segment)
    os.utime(segment, (time.time() - 600,) * 2)
    door = Door(nginx.answers, nginx.spool)
    door.look()
    reader = SpoolReader(nginx.spool, before_removal=door.before_removal)
    while batch := reader.read(limit=5000):
        reader.acknowledge(batch)
    assert nginx.segments() == []
    tally = read_tally(nginx.answers)
    assert (tally.answered, tally.recorded, tally.lost) == (1500, recorded, 1500 - recorded)


def test_reloads_and_restarts_of_nginx_are_not_counted_as_losses(make_nginx):
    nginx = make_nginx().start()
    now = [time.time()]
    door = Door(nginx.answers, nginx.spool, clock=lambda: now[0])
    answer(nginx, 30)
    nginx.reload()
    answer(nginx, 30)
    nginx.quit()
    door.look()
    nginx.start()
    answer(nginx, 30)
    nginx.quit()
    door.look()
    now[0] += SILENT_SECONDS
    door.look()
    tally = read_tally(nginx.answers)
    assert (tally.answered, tally.recorded, tally.lost) == (90, 90, 0)
