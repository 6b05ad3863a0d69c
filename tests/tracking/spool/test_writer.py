"""The spool's writer has stored every record that it confirms."""

import errno
import fcntl
import json
import os
import shutil
import threading
from pathlib import Path

import pytest

from tracking.spool import writer as spool_writer
from tracking.spool.writer import SpoolWriter


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def make_writer(folder):
    made = []

    def make(**options):
        made.append(SpoolWriter(folder, **{"fsync_ms": 1, **options}))
        return made[-1]

    yield make
    for writer in made:
        writer.close()


def segments(folder):
    return sorted(folder.glob("*.jsonl"))


def records(folder):
    lines = b"\n".join(path.read_bytes() for path in segments(folder)).split(b"\n")
    return [json.loads(line) for line in lines if line]


def is_locked(path):
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def write_at_most(monkeypatch, *, room):
    """A disk with `room` bytes left; returns what makes more of it."""
    left = [room]
    real_write = os.write

    def write(descriptor, data):
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real_write(descriptor, data[: left[0]])
        left[0] -= written
        return written

    monkeypatch.setattr(spool_writer.os, "write", write)
    return lambda: left.__setitem__(0, 10_000)


def test_each_record_is_on_a_separate_line(folder, make_writer):
    writer = make_writer()
    assert writer.append(b'{"n":1}')
    assert writer.append(b'{"n":2}')
    assert [path.read_bytes() for path in segments(folder)] == [b'\n{"n":1}\n{"n":2}']


def test_a_segment_is_locked_while_its_writer_runs(folder, make_writer):
    writer = make_writer()
    writer.append(b"{}")
    assert is_locked(segments(folder)[0])
    writer.close()
    assert not is_locked(segments(folder)[0])


def test_readers_never_see_a_segment_that_is_not_locked_yet(folder, make_writer, monkeypatch):
    seen = []
    real_flock = fcntl.flock

    def flock(*args):
        seen.extend(segments(folder))
        real_flock(*args)

    monkeypatch.setattr(spool_writer.fcntl, "flock", flock)
    make_writer().append(b"{}")
    assert seen == []
    assert len(segments(folder)) == 1


def test_a_full_segment_is_followed_by_another(folder, make_writer):
    writer = make_writer(max_bytes=20)
    for number in range(6):
        assert writer.append(b'{"n":%d}' % number)
    assert len(segments(folder)) == 2
    assert sorted(record["n"] for record in records(folder)) == list(range(6))


def test_an_old_segment_is_followed_by_another(folder, make_writer):
    writer = make_writer(max_age=0)
    writer.append(b"{}")
    writer.append(b"{}")
    assert len(segments(folder)) == 2


def test_an_idle_writer_releases_its_old_segment(folder, make_writer, monkeypatch):
    monkeypatch.setattr(spool_writer, "IDLE_CHECK_SECONDS", 0.01)
    synced = threading.Event()
    monkeypatch.setattr(
        spool_writer._Segment, "close", lambda self: (os.close(self.fd), synced.set())
    )
    make_writer(max_age=0).append(b"{}")
    assert synced.wait(10)
    assert not is_locked(segments(folder)[0])


def test_a_short_write_abandons_the_segment_and_keeps_the_record(folder, make_writer, monkeypatch):
    writer = make_writer()
    writer.append(b'{"n":1}')
    real_write = os.write
    monkeypatch.setattr(
        spool_writer.os,
        "write",
        lambda fd, data: (
            monkeypatch.setattr(spool_writer.os, "write", real_write),
            real_write(fd, data[:3]),
        )[1],
    )
    assert writer.append(b'{"n":2}')
    contents = sorted(path.read_bytes() for path in segments(folder))
    assert contents == [b'\n{"n":1}\n{"', b'\n{"n":2}']


def test_a_full_disk_refuses_and_leaves_no_temporary_file(folder, make_writer, monkeypatch):
    writer = make_writer()
    make_room = write_at_most(monkeypatch, room=0)
    assert not writer.append(b'{"n":1}')
    assert segments(folder) == []
    make_room()
    assert writer.append(b'{"n":2}')
    assert records(folder) == [{"n": 2}]


def test_records_from_before_the_disk_was_full_stay(folder, make_writer, monkeypatch):
    writer = make_writer()
    write_at_most(monkeypatch, room=12)
    assert writer.append(b'{"n":1}')
    assert not writer.append(b'{"n":2}')
    assert [path.read_bytes() for path in segments(folder)] == [b'\n{"n":1}\n{"n']


@pytest.fixture
def _looks_every_time(monkeypatch):
    monkeypatch.setattr(spool_writer, "REMOVED_CHECK_SECONDS", 0)


@pytest.mark.usefixtures("_looks_every_time")
def test_a_removed_folder_is_created_again(folder, make_writer):
    writer = make_writer()
    writer.append(b'{"n":1}')
    shutil.rmtree(folder)
    assert writer.append(b'{"n":2}')
    assert records(folder) == [{"n": 2}]


@pytest.mark.usefixtures("_looks_every_time")
def test_a_removed_segment_is_not_written_to(folder, make_writer):
    writer = make_writer()
    writer.append(b'{"n":1}')
    segments(folder)[0].unlink()
    assert writer.append(b'{"n":2}')
    assert records(folder) == [{"n": 2}]


def test_with_no_delay_every_record_is_on_disk_before_it_counts_as_kept(
    folder, make_writer, monkeypatch
):
    synced = []
    monkeypatch.setattr(spool_writer.os, "fdatasync", lambda fd: synced.append(records(folder)))
    writer = make_writer(fsync_ms=0)
    writer.append(b'{"n":1}')
    writer.append(b'{"n":2}')
    assert synced == [[{"n": 1}], [{"n": 1}, {"n": 2}]]


def test_the_name_of_a_new_segment_is_synced_to_disk_too(folder, make_writer, monkeypatch):
    synced = []
    monkeypatch.setattr(
        spool_writer.os,
        "fsync",
        lambda fd: synced.append(str(Path(f"/proc/self/fd/{fd}").readlink())),
    )
    writer = make_writer(fsync_ms=0)
    writer.append(b"{}")
    writer.append(b"{}")
    assert synced == [str(folder)]


def test_a_record_that_can_not_be_synced_is_not_kept(folder, make_writer, monkeypatch):
    def refuse(descriptor):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(spool_writer.os, "fdatasync", refuse)
    assert not make_writer(fsync_ms=0).append(b"{}")


def test_with_a_delay_records_are_synced_after_the_answer(folder, make_writer, monkeypatch):
    synced = threading.Event()
    monkeypatch.setattr(spool_writer.os, "fdatasync", lambda fd: synced.set())
    make_writer().append(b"{}")
    assert synced.wait(10)


def test_threads_never_mix_their_records(folder, make_writer):
    writer = make_writer(max_bytes=2_000)

    def write(thread):
        for number in range(100):
            assert writer.append(json.dumps([thread, number]).encode())

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(records(folder)) == 800
    assert {tuple(r) for r in records(folder)} == {(t, n) for t in range(8) for n in range(100)}


# Python 3.12 and later warn about any fork while threads run.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_writes_to_a_separate_segment(folder, make_writer):
    writer = make_writer()
    writer.append(b'{"from":"parent"}')
    child = os.fork()
    if child == 0:
        os._exit(0 if writer.append(b'{"from":"child"}') else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert writer.append(b'{"from":"parent"}')
    contents = sorted(path.read_bytes() for path in segments(folder))
    assert contents == [b'\n{"from":"child"}', b'\n{"from":"parent"}\n{"from":"parent"}']


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_holds_no_lock_of_its_parent(folder, make_writer):
    writer = make_writer()
    writer.append(b"{}")
    (born, say_born), (leave, say_leave) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.close(say_leave)
        os.write(say_born, b"!")
        os.read(leave, 1)
        os._exit(0)
    os.read(born, 1)
    writer.close()
    assert not is_locked(segments(folder)[0])
    os.close(say_leave)
    os.waitpid(child, 0)
    for end in (born, say_born, leave):
        os.close(end)
