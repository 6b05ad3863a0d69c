"""nginx records every load; crashes, full disks, reloads and misbehaving clients do no harm."""

import itertools
import os
import resource
import signal
import socket
import threading
import time
from collections import Counter
from contextlib import suppress

import pytest

from tests.processes.nginx import RawClient, request
from tests.processes.running import answers, wait_until
from tracking.door.pixel import GIF
from tracking.hits.event_log import BadRecord, parse
from tracking.spool.reader import SpoolReader

# One after the other: each picks free ports before it listens on them.
pytestmark = [pytest.mark.nginx, pytest.mark.xdist_group("nginx")]

NAMES = itertools.count()


@pytest.fixture
def nginx(make_nginx):
    return make_nginx().start()


def new_name():
    return f"2f1f4a0c-5d3b-4c39-9a51-{next(NAMES):012x}"


def load(name=None):
    return request(f"/pixel/{name or new_name()}.gif")


class Crowd:
    """Clients that go on loading pixels until told to stop.

    A load that got no answer is repeated on a new connection, as mail clients and proxies do.
    """

    def __init__(self, port, *, clients=4):
        self._port = port
        self._over = threading.Event()
        self.answered = []
        self.repeated = 0
        self.trouble = []
        self._threads = [threading.Thread(target=self._load) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def wait_for_more(self, count=200):
        target = len(self.answered) + count
        wait_until(lambda: self.trouble or len(self.answered) >= target, f"{count} more answers")

    def finish(self):
        self._over.set()
        for thread in self._threads:
            thread.join()
        assert not self.trouble
        return self

    def _load(self):
        client = None
        while not self._over.is_set():
            name = new_name()
            while name:
                try:
                    client = client or RawClient(self._port)
                    status, headers, body = client.ask(load(name))
                except OSError:
                    self.repeated += 1
                    client = _closed(client)
                    wait_until(lambda: answers(self._port), "nginx to come back")
                    continue
                if (status, body) != (200, GIF):
                    self.trouble.append((status, body))
                self.answered.append(name)
                name = None
                if headers["Connection"] == "close":
                    client = _closed(client)
        _closed(client)


def _closed(client):
    if client:
        client.close()


def wait_for_a_fresh_minute():
    """Wait until the rest of the test falls into one minute, and so into one file."""
    wait_until(lambda: time.localtime().tm_sec < 55, "the next minute")


def kept(nginx):
    """How often each name was recorded."""
    return Counter(str(hit.pixel_id) for hit in nginx.hits())


def test_its_segments_are_read_and_removed_while_it_writes_on(nginx):
    past = nginx.spool / "nginx-2020-01-01T00:00.jsonl"
    wait_for_a_fresh_minute()
    first = Crowd(nginx.port)
    first.wait_for_more()
    first.finish()
    nginx.quit()
    [segment] = nginx.segments()
    segment.rename(past)
    os.utime(past, (time.time() - 600,) * 2)
    nginx.start()
    reader, read = SpoolReader(nginx.spool), Counter()
    crowd = Crowd(nginx.port)

    def read_on():
        while batch := reader.read(limit=50):
            assert not batch.bad_lines
            read.update(str(hit.pixel_id) for hit in batch.hits)
            reader.acknowledge(batch)
        return not past.exists()

    wait_until(read_on, "the finished segment to be removed")
    crowd.wait_for_more()
    crowd.finish()
    nginx.quit()
    read_on()
    assert read == Counter(first.answered + crowd.answered)
    # Its minute is not over, so more may be written.
    assert nginx.segments()


def test_reloads_under_load_lose_nothing(nginx):
    crowd = Crowd(nginx.port)
    for _ in range(3):
        crowd.wait_for_more()
        nginx.reload()
    crowd.wait_for_more()
    crowd.finish()
    nginx.quit()
    loads = Counter(crowd.answered)
    assert set(kept(nginx)) == set(loads)
    # A load that was cut off, and so repeated, may have been recorded.
    assert sum(kept(nginx).values()) <= len(crowd.answered) + crowd.repeated


def test_killed_workers_are_replaced_and_lose_at_most_their_open_requests(nginx):
    crowd = Crowd(nginx.port)
    killed = 0
    for _ in range(3):
        crowd.wait_for_more()
        for worker in nginx.workers():
            os.kill(worker, signal.SIGKILL)
            killed += 1
    crowd.wait_for_more()
    crowd.finish()
    nginx.quit()
    # Every line is complete; the record is written a moment after the answer.
    assert len(set(crowd.answered) - set(kept(nginx))) <= killed
    assert sum(kept(nginx).values()) <= len(crowd.answered) + crowd.repeated


def test_nginx_goes_on_after_all_of_it_was_killed(nginx):
    crowd = Crowd(nginx.port)
    crowd.wait_for_more()
    workers = len(nginx.workers())
    nginx.kill()
    nginx.start()
    crowd.wait_for_more()
    crowd.finish()
    nginx.quit()
    records, torn = [], []
    for line in nginx.lines():
        try:
            records.append(str(parse(line).pixel_id))
        except BadRecord:
            torn.append(line)
    # A write across two pages of the file may be cut; the next one begins a new line.
    assert len(torn) <= workers
    assert len(set(crowd.answered) - set(records)) <= workers


def test_a_full_disk_costs_records_and_nothing_else(make_nginx):
    """The first record that does not fit is incomplete, and affects no other one."""
    limit = 1500

    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    nginx = make_nginx().start(preexec_fn=little_room)
    wait_for_a_fresh_minute()
    client = nginx.client()
    before = [new_name() for _ in range(20)]
    for name in before:
        assert client.ask(load(name))[::2] == (200, GIF)
    client.ask(request("/pixel/"))
    [segment] = nginx.segments()
    assert segment.stat().st_size == limit
    for worker in nginx.workers():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    after = new_name()
    assert client.ask(load(after))[::2] == (200, GIF)
    client.ask(request("/pixel/"))
    client.close()
    reader = SpoolReader(nginx.spool)
    batch = reader.read(limit=100)
    read = [str(hit.pixel_id) for hit in batch.hits]
    assert read == [*before[: len(read) - 1], after]
    assert len(batch.bad_lines) == 1


def complaints(nginx):
    """All that it says of requests: which would repeat whose they are."""
    return (nginx.folder / "error.log").read_text() + (nginx.folder / "output").read_text()


def test_a_device_without_space_costs_records_and_nothing_else(nginx):
    client = nginx.client()
    now = time.time()
    minutes = [time.strftime("%Y-%m-%dT%H:%M", time.localtime(now + more)) for more in (0, 60)]
    for minute in minutes:
        (nginx.spool / f"nginx-{minute}.jsonl").symlink_to("/dev/full")
    for _ in range(20):
        assert client.ask(load())[::2] == (200, GIF)
    for minute in minutes:
        (nginx.spool / f"nginx-{minute}.jsonl").unlink()
    assert complaints(nginx) == ""

    def is_kept():
        name = new_name()
        assert client.ask(load(name))[::2] == (200, GIF)
        client.ask(request("/pixel/"))
        return name in kept(nginx)

    wait_until(is_kept, "nginx to notice that there is space")
    client.close()


def test_a_missing_spool_costs_records_and_nothing_else(make_nginx):
    nginx = make_nginx()
    nginx.spool.rmdir()
    nginx.start()
    client = nginx.client()
    assert client.ask(load())[::2] == (200, GIF)
    # nginx tries to record a moment after the answer, and before the next one.
    client.ask(request("/pixel/"))
    nginx.spool.mkdir()
    name = new_name()
    assert client.ask(load(name))[::2] == (200, GIF)
    client.ask(request("/pixel/"))
    client.close()
    assert set(kept(nginx)) == {name}


def test_several_requests_at_once_are_all_answered_and_kept(nginx):
    client, names = nginx.client(), [new_name() for _ in range(50)]
    client.send(b"".join(load(name) for name in names))
    assert [client.answer()[0] for _ in names] == [200] * 50
    client.ask(request("/pixel/"))
    client.close()
    assert kept(nginx) == Counter(names)


def test_a_request_in_pieces_is_recorded_once_complete(nginx):
    client, name = nginx.client(), new_name()
    whole = load(name)
    for piece in (whole[:5], whole[5:40], whole[40:-2]):
        client.send(piece)
    assert kept(nginx) == Counter()
    assert client.ask(whole[-2:])[::2] == (200, GIF)
    client.ask(request("/pixel/"))
    client.close()
    assert kept(nginx) == Counter([name])


def test_a_request_with_a_body_does_not_confuse_the_next(nginx):
    client, name = nginx.client(), new_name()
    smuggled = load()
    length = [("Content-Length", str(len(smuggled)))]
    client.send(request(f"/pixel/{name}.gif", headers=length) + smuggled)
    assert client.answer()[::2] == (200, GIF)
    client.ask(request("/pixel/"))
    client.close()
    assert kept(nginx) == Counter([name])


def test_a_huge_body_makes_no_difference(nginx):
    client, name = nginx.client(), new_name()
    length = [("Content-Length", "10000000000")]
    assert client.ask(request(f"/pixel/{name}.gif", headers=length))[::2] == (200, GIF)
    client.close()
    wait_until(lambda: kept(nginx) == Counter([name]), "its record")


@pytest.mark.parametrize(
    "wrong",
    [
        b"Bad Name: x",
        b"Host: other",
        b"X: a\x00b",
        b"X" * 9000 + b": y",
        b"Cookie: " + b"y" * 40_000,
        b"Content-Length: x",
        b"Content-Length: 99999999999999999999",
    ],
)
def test_a_malformed_request_affects_no_other_client(nginx, wrong):
    other, client, name = nginx.client(), nginx.client(), new_name()
    with suppress(ConnectionError):
        client.send(load(name).replace(b"\r\n\r\n", b"\r\n" + wrong + b"\r\n\r\n"))
        assert client.answer()[0] == 400
    assert other.ask(load())[::2] == (200, GIF)
    other.ask(request("/pixel/"))
    assert name not in kept(nginx)
    client.close()
    other.close()


def test_garbage_and_endless_lines_affect_no_other_client(nginx):
    other = nginx.client()
    for garbage in (
        b"\x16\x03\x01\x02\x00",
        b"GET " + b"/" * 60_000,
        b"\x00" * 5000,
        b"\r\n" * 999,
    ):
        client = nginx.client()
        with suppress(ConnectionError):
            client.send(garbage)
        assert other.ask(load())[::2] == (200, GIF)
        client.close()
    other.ask(request("/pixel/"))
    other.close()
    assert sum(kept(nginx).values()) == 4


def test_clients_that_stop_sending_block_no_other_client(nginx):
    silent = [nginx.client() for _ in range(50)]
    for one in silent:
        one.send(load()[:30])
    other = nginx.client()
    assert other.ask(load())[::2] == (200, GIF)
    for one in [*silent, other]:
        one.close()


def test_a_client_that_does_not_read_blocks_no_other_client(nginx):
    deaf, other = nginx.client(), nginx.client()
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    deaf.socket.settimeout(0.5)

    def is_stuck():
        try:
            deaf.send(load() * 500)
        except OSError:
            return True
        return False

    wait_until(is_stuck, "the unread answers to fill every buffer")
    assert other.ask(load())[::2] == (200, GIF)
    deaf.close()
    other.close()


def test_its_error_log_has_no_address_of_a_recipient(nginx):
    client = nginx.client()
    client.send(b"GET /pixel/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    client.answer()
    client.close()
    client = nginx.client()
    client.ask(request("/elsewhere"))
    client.close()
    assert "client" not in complaints(nginx)


def test_a_record_is_one_line_of_valid_json(nginx):
    wait_for_a_fresh_minute()
    client = nginx.client()
    client.ask(load())
    client.ask(request("/pixel/"))
    client.close()
    [segment] = nginx.segments()
    assert segment.read_bytes().startswith(b"\n{")
    assert segment.read_bytes().endswith(b"}\n")
    [line] = nginx.lines()
    assert parse(line).event_id.version == 4
