"""The spool's reader loses nothing while others write, and removes only finished segments."""

import fcntl
import json
import os
import shutil
import threading
import time

import pytest

from tracking.hits import event_log
from tracking.spool import rejected
from tracking.spool.reader import READ_BYTES, SpoolReader
from tracking.spool.writer import SpoolWriter

PIXEL = "2f1f4a0c-5d3b-4c39-9a51-0d7c3c1f6f11"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def reader(folder):
    reader = SpoolReader(folder)
    yield reader
    reader.close()


@pytest.fixture
def writer(folder):
    writer = SpoolWriter(folder, fsync_ms=0)
    yield writer
    writer.close()


def record(number=0, **changes):
    fields = {
        "event_id": f"{number:032x}",
        "at": 1_790_000_000.0,
        "pixel": PIXEL,
        "user_agent": "Thunderbird",
        "network": "192.0.2.0/24",
        "purpose": "",
    }
    return event_log.encode(**{**fields, **changes})


def numbers(batch):
    # The version bits of an event id are in its middle; small numbers in its last digits.
    return [hit.event_id.int & 0xFFFFFFFF for hit in batch.hits]


def drain(reader, limit=5000):
    seen = []
    while batch := reader.read(limit=limit):
        seen += numbers(batch)
        reader.acknowledge(batch)
    return seen


def segment(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_segment_in_use_is_read_and_stays(folder, reader, writer):
    writer.append(record(1))
    assert drain(reader) == [1]
    writer.append(record(2))
    assert drain(reader) == [2]
    assert len(list(folder.glob("*.jsonl"))) == 1


def test_a_finished_segment_is_removed_once_acknowledged(folder, reader, writer):
    writer.append(record(1))
    writer.close()
    batch = reader.read(limit=10)
    assert len(list(folder.glob("*.jsonl"))) == 1
    reader.acknowledge(batch)
    assert list(folder.glob("*.jsonl")) == []


def test_a_segment_that_is_finished_after_it_was_read_is_removed_too(folder, reader, writer):
    writer.append(record(1))
    assert drain(reader) == [1]
    writer.close()
    assert drain(reader) == []
    assert list(folder.glob("*.jsonl")) == []


def test_records_written_between_reading_and_acknowledging_are_not_lost(reader, writer):
    writer.append(record(1))
    batch = reader.read(limit=10)
    writer.append(record(2))
    writer.close()
    reader.acknowledge(batch)
    assert drain(reader) == [2]


def test_a_restarted_reader_reads_a_segment_in_use_again(folder, reader, writer):
    writer.append(record(1))
    assert drain(reader) == [1]
    assert drain(SpoolReader(folder)) == [1]


def test_a_segment_that_was_restored_is_read_again(folder, reader):
    path = segment(folder, "a.jsonl", b"\n" + record(1))
    copy = shutil.copy(path, folder / "copy")
    assert drain(reader) == [1]
    copy.rename(path)
    assert drain(reader) == [1]


def test_another_file_of_the_same_name_is_read_from_its_start(folder, reader, writer):
    writer.append(record(1))
    assert drain(reader) == [1]
    path = next(folder.glob("*.jsonl"))
    segment(folder, "new", b"\n" + record(2) + b"\n" + record(3)).rename(path)
    assert drain(reader) == [2, 3]


def test_a_new_file_with_the_name_of_a_removed_one_is_read_from_its_start(folder, reader, writer):
    writer.append(record(1))
    assert drain(reader) == [1]
    path = next(folder.glob("*.jsonl"))
    path.unlink()
    writer.close()
    assert drain(reader) == []
    # A new file often gets the inode number of the removed one.
    segment(folder, path.name, b"\n" + record(2) + b"\n" + record(3))
    assert drain(reader) == [2, 3]


def test_a_file_that_shrank_is_read_from_its_start(folder, reader, writer):
    writer.append(record(1))
    writer.append(record(2))
    assert drain(reader) == [1, 2]
    next(folder.glob("*.jsonl")).write_bytes(b"\n" + record(3))
    assert drain(reader) == [3]


def test_the_limit_splits_segments_without_loss(folder, reader):
    for start in (0, 5, 10):
        lines = b"".join(b"\n" + record(n) for n in range(start, start + 5))
        segment(folder, f"{start}.jsonl", lines)
    first = reader.read(limit=7)
    assert len(first.hits) == 7
    reader.acknowledge(first)
    assert sorted(numbers(first) + drain(reader, limit=2)) == list(range(15))
    assert list(folder.glob("*.jsonl")) == []


def test_the_oldest_segment_comes_first(folder, reader):
    for number, age in ((1, 10), (2, 30), (3, 20)):
        path = segment(folder, f"{number}.jsonl", record(number))
        os.utime(path, (time.time() - age,) * 2)
    assert numbers(reader.read(limit=10)) == [2, 3, 1]


def test_a_segment_longer_than_one_read_is_read_whole(folder, reader):
    agent = "x" * event_log.MAX_USER_AGENT
    count = READ_BYTES // len(record(1, user_agent=agent)) + 10
    segment(folder, "a.jsonl", b"".join(b"\n" + record(n, user_agent=agent) for n in range(count)))
    first = reader.read(limit=5000)
    assert len(first.hits) < count < 5000
    assert first.more
    reader.acknowledge(first)
    rest = reader.read(limit=5000)
    assert not rest.more
    reader.acknowledge(rest)
    assert numbers(first) + numbers(rest) == list(range(count))
    assert list(folder.glob("*.jsonl")) == []


@pytest.mark.parametrize("cut", [1, 2, 10, 60, -1])
def test_an_incomplete_last_line_waits_while_its_writer_runs(folder, reader, cut):
    whole = b"\n" + record(2)
    path = segment(folder, "a.jsonl", b"\n" + record(1) + whole[:cut])
    with path.open("ab") as living:
        fcntl.flock(living, fcntl.LOCK_EX)
        assert drain(reader) == [1]
        living.write(whole[cut:])
        living.flush()
        assert drain(reader) == [2]


@pytest.mark.parametrize("cut", [2, 10, 60, -1])
def test_an_incomplete_last_line_affects_no_other_line(folder, reader, cut):
    torn = record(2)[:cut]
    segment(folder, "a.jsonl", b"\n" + record(1) + b"\n" + torn)
    batch = reader.read(limit=10)
    assert (numbers(batch), batch.bad_lines) == ([1], (torn,))
    reader.acknowledge(batch)
    assert reader.read(limit=10) is None
    assert list(folder.glob("*.jsonl")) == []


def test_an_incomplete_line_in_the_middle_affects_no_other_line(folder, reader):
    torn = record(2)[:40]
    segment(folder, "a.jsonl", b"\n" + record(1) + b"\n" + torn + b"\n" + record(3))
    batch = reader.read(limit=10)
    assert (numbers(batch), batch.bad_lines) == ([1, 3], (torn,))


@pytest.mark.parametrize(
    "line",
    [
        b"\x00" * 100,
        b"\xff\xfe",
        b"[]",
        b"12",
        b'"{}"',
        b"{}x",
        b"[" * 10_000,
        b'{"id":"' + b"1" * 32 + b'","at":NaN,"method":"GET","pixel":"' + PIXEL.encode() + b'"}',
        b"x" * (event_log.MAX_LINE_BYTES + 1),
    ],
)
def test_garbage_is_an_invalid_line_and_never_fatal(folder, reader, line):
    segment(folder, "a.jsonl", b"\n" + line + b"\n" + record(1) + b"\n" + line)
    batch = reader.read(limit=10)
    assert numbers(batch) == [1]
    assert batch.bad_lines == (line[: event_log.MAX_LINE_BYTES],) * 2
    reader.acknowledge(batch)
    assert list(folder.glob("*.jsonl")) == []


def test_a_line_longer_than_one_read_ends(folder, reader):
    segment(folder, "a.jsonl", b"x" * (2 * READ_BYTES) + b"\n" + record(1))
    assert drain(reader) == [1]
    assert list(folder.glob("*.jsonl")) == []


def test_lines_that_are_not_opens_make_no_batch(folder, reader):
    head = record(1).replace(b'"GET"', b'"HEAD"')
    malformed = record(2, pixel="nonsense")
    segment(folder, "a.jsonl", b"\n".join([head, malformed, b"", b""]))
    assert reader.read(limit=10) is None
    assert list(folder.glob("*.jsonl")) == []


def test_other_files_are_not_touched(folder, reader):
    segment(folder, "notes.txt", record(1))
    segment(folder, ".half.new", record(1))
    segment(folder / "sub.jsonl", "a.jsonl", record(1))
    assert reader.read(limit=10) is None
    assert (folder / "notes.txt").exists()
    assert (folder / ".half.new").exists()


def test_temporary_files_of_a_dead_writer_are_removed(folder, reader):
    path = segment(folder, ".half.new", b"")
    os.utime(path, (time.time() - 3600,) * 2)
    assert reader.read(limit=10) is None
    assert not path.exists()


def test_a_missing_folder_is_an_empty_one(reader):
    assert reader.read(limit=10) is None


def test_a_file_of_nginx_stays_until_its_minute_is_long_over(folder, reader):
    path = segment(folder, "nginx-1105.jsonl", record(1) + b"\n")
    assert drain(reader) == [1]
    assert path.exists()
    with path.open("ab") as file:
        file.write(record(2) + b"\n")
    assert drain(reader) == [2]
    os.utime(path, (time.time() - 600,) * 2)
    assert drain(reader) == []
    assert not path.exists()


def test_an_incomplete_line_of_nginx_waits_for_its_rest(folder, reader):
    path = segment(folder, "nginx-1105.jsonl", record(1) + b"\n" + record(2)[:50])
    assert drain(reader) == [1]
    os.utime(path, (time.time() - 600,) * 2)
    assert reader.read(limit=10).bad_lines == (record(2)[:50],)


def test_one_reader_reads_a_spool_and_a_second_waits_its_turn(folder, reader):
    second = SpoolReader(folder)
    stop, got_turn = threading.Event(), threading.Event()
    assert reader.wait_for_turn(stop)

    def wait():
        if second.wait_for_turn(stop):
            got_turn.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not got_turn.wait(0.05)
    reader.close()
    assert got_turn.wait(10)
    waiting.join()
    second.close()


def test_waiting_for_a_turn_can_be_interrupted(folder, reader):
    stop = threading.Event()
    assert reader.wait_for_turn(stop)
    stop.set()
    assert not SpoolReader(folder).wait_for_turn(stop)


def kept(folder, reason):
    return b"".join(p.read_bytes() for p in sorted((folder / "rejected").glob(f"{reason}-*")))


def test_lines_set_aside_can_be_found_and_read_again(folder, reader):
    assert reader.set_aside([record(1), record(2)], reason="refused") == 2
    assert reader.read(limit=10) is None
    moved = next((folder / "rejected").glob("refused-*"))
    moved.rename(folder / "again.jsonl")
    assert drain(reader) == [1, 2]


def test_unreadable_lines_are_kept_up_to_a_limit(folder, reader, monkeypatch):
    monkeypatch.setattr(rejected, "MAX_UNREADABLE_BYTES", 25)
    assert reader.set_aside([b"x" * 9, b"y" * 9, b"z" * 9], reason="unreadable") == 2
    assert reader.set_aside([b"more than fits"], reason="unreadable") == 0
    assert kept(folder, "unreadable") == b"\n" + b"x" * 9 + b"\n" + b"y" * 9


def test_refused_records_are_all_kept(folder, reader, monkeypatch):
    monkeypatch.setattr(rejected, "MAX_UNREADABLE_BYTES", 25)
    assert reader.set_aside([record(n) for n in range(10)], reason="refused") == 10
    assert len(kept(folder, "refused").split()) == 10


def test_writers_and_a_reader_at_once_lose_nothing(folder, reader):
    writers = [SpoolWriter(folder, fsync_ms=1, max_bytes=3_000) for _ in range(2)]
    done = threading.Event()

    def write(writer, start):
        for number in range(start, start + 500):
            assert writer.append(record(number))
        writer.close()

    threads = [
        threading.Thread(target=write, args=(writer, 1000 * n)) for n, writer in enumerate(writers)
    ]
    waiting = threading.Thread(target=lambda: ([t.join() for t in threads], done.set()))
    for thread in [*threads, waiting]:
        thread.start()
    seen = []
    while not done.is_set():
        seen += drain(reader, limit=50)
    seen += drain(reader)
    waiting.join()
    assert sorted(seen) == [*range(500), *range(1000, 1500)]
    assert list(folder.glob("*.jsonl")) == []


def test_a_record_is_json_for_anyone(folder, writer):
    writer.append(record(1, user_agent='quote " and \n newline é 🦊'))
    line = next(folder.glob("*.jsonl")).read_bytes()
    assert json.loads(line) == {
        "id": f"{1:032x}",
        "at": 1_790_000_000,
        "method": "GET",
        "pixel": PIXEL,
        "ua": 'quote " and \n newline é 🦊',
        "network": "192.0.2.0/24",
        "purpose": "",
    }
