"""The tally of nginx's answers survives restarts and takes no memory for what was read."""

import re

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from tracking.door.tally import SILENT_SECONDS
from tracking.door.unrecorded import READ_BYTES, Door, DoorFigures, read_tally, records_in

MINUTE = "2026-11-28T21:46"
RECORD = b'\n{"id":"0","ua":"a \\"} b"}\n'


class World:
    """A spool, nginx's answers, and a clock that only the test moves."""

    def __init__(self, folder):
        self.answers, self.spool = folder / "answers", folder / "spool"
        self.spool.mkdir()
        self.answers.touch()
        self.now = 1000.0
        self.start()

    def start(self):
        self.door = Door(self.answers, self.spool, clock=lambda: self.now)

    def answer(self, count, minute=MINUTE):
        with self.answers.open("ab") as file:
            file.write(f"{minute}\n".encode() * count)

    def record(self, data, minute=MINUTE):
        with (self.spool / f"nginx-{minute}.jsonl").open("ab") as file:
            file.write(data)

    def look(self, *, later=0.0):
        self.now += later
        self.door.look()
        return read_tally(self.answers)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_answers_are_compared_with_whole_records(world):
    world.answer(5)
    world.record(RECORD * 2 + RECORD[:-4])
    world.record(RECORD[:-1])
    world.look()
    assert world.look(later=SILENT_SECONDS).lost == 2


@pytest.mark.parametrize("size", [READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, READ_BYTES + 2])
def test_a_record_across_two_reads_counts_once(world, size):
    world.record(b"x" * (size - len(RECORD)) + RECORD * 2)
    assert records_in(world.spool / f"nginx-{MINUTE}.jsonl") == 2


def test_without_a_segment_all_of_its_answers_are_lost(world):
    world.answer(3)
    world.look()
    assert world.look(later=SILENT_SECONDS).lost == 3


def test_a_new_process_goes_on_where_the_old_one_stopped(world):
    world.answer(2)
    world.look()
    world.start()
    world.answer(2)
    world.record(RECORD)
    world.look()
    world.start()
    assert world.look(later=SILENT_SECONDS).lost == 3
    world.start()
    assert world.look(later=SILENT_SECONDS).lost == 3


def test_a_new_file_of_answers_is_read_from_its_start(world):
    world.answer(9)
    world.record(RECORD * 9)
    world.look()
    world.look(later=SILENT_SECONDS)
    world.answers.rename(world.answers.with_name("old"))
    world.answer(4, minute="2026-11-28T22:00")
    world.look()
    tally = world.look(later=SILENT_SECONDS)
    assert (tally.answered, tally.recorded, tally.lost) == (13, 9, 4)


def test_answers_that_were_read_take_no_memory(world):
    world.answer(200_000)
    size = world.answers.stat().st_size
    world.look()
    state = world.answers.stat()
    assert state.st_size == size == 200_000 * 17
    assert state.st_blocks * 512 < 64 * 1024
    world.answer(1)
    world.look()
    assert read_tally(world.answers).open_minutes[MINUTE].answered == 200_001


def test_without_a_file_of_answers_nothing_is_reported(world):
    world.answers.unlink()
    world.look()
    assert list(DoorFigures(world.answers).collect()) == []
    assert not list(world.answers.parent.glob("answers*"))


def test_a_damaged_tally_is_started_again(world):
    """The part that was freed is read as empty."""
    world.answer(200_000, minute="2026-11-28T20:00")
    world.record(RECORD * 200_000, minute="2026-11-28T20:00")
    world.look()
    (world.answers.parent / "answers.tally").write_text("{")
    world.answer(1)
    world.look()
    tally = world.look(later=SILENT_SECONDS)
    assert (tally.lost, tally.offset) == (1, world.answers.stat().st_size)


def test_an_error_is_logged_once_and_raised_to_no_caller(world, caplog):
    world.answers.unlink()
    world.answers.mkdir()
    world.look()
    world.look()
    assert [record.msg["event"] for record in caplog.records] == ["pixel_answers_not_compared"]


def test_its_metrics_are_those_of_the_tally(world):
    world.answer(3)
    world.record(RECORD)
    world.look()
    world.look(later=SILENT_SECONDS)
    registry = CollectorRegistry()
    registry.register(DoorFigures(world.answers))
    text = generate_latest(registry).decode()
    for figure in ("answered_total 3.0", "recorded_total 1.0", "lost_total 2.0"):
        assert f"pixel_door_{figure}" in text
    lost_at = read_tally(world.answers).lost_at
    told = re.search(r"^pixel_door_lost_timestamp_seconds (\S+)$", text, re.MULTILINE)
    assert float(told[1]) == lost_at


def test_without_a_loss_there_is_no_time_of_a_loss(world):
    world.answer(1)
    world.record(RECORD)
    world.look(later=SILENT_SECONDS)
    registry = CollectorRegistry()
    registry.register(DoorFigures(world.answers))
    assert b"lost_timestamp" not in generate_latest(registry)
