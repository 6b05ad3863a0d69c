"""Lines that were set aside go when they are old, and with the people who may not be measured."""

import os
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from contacts.change import erase_contact
from contacts.person.forgetting import forget_contacts
from tests.consent.deciding import agree, withdraw
from tests.tracking.factories import make_contact, make_hit
from tracking.hits.event_log import to_line
from tracking.spool import rejected
from tracking.upkeep.set_aside import Cleaning

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def ann(group):
    return make_contact(group, email="ann@example.com", pixels=2)


@pytest.fixture
def bob(group):
    return make_contact(group, email="bob@example.com")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "rejected"


@pytest.fixture
def cleaning(folder):
    return Cleaning(folder)


def put(folder, *lines, name="refused-2026-07-20"):
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(b"\n" + line for line in lines))
    return path


def lines_of(path):
    return [line for line in path.read_bytes().split(b"\n") if line]


def withdrawing(contact):
    withdraw(contact, now=NOW)


def erasing(contact):
    erase_contact(contact_id=contact.uuid, now=NOW)


def forgetting(contact):
    forget_contacts(contact_ids=[contact.uuid], now=NOW)


@pytest.mark.parametrize("deed", [withdrawing, erasing, forgetting])
@pytest.mark.parametrize("reason", ["refused", "ahead", "before_contact"])
def test_hits_of_a_person_go_with_the_next_step_and_no_others(
    cleaning, folder, ann, bob, deed, reason
):
    kept = to_line(make_hit(bob))
    path = put(
        folder, to_line(make_hit(ann)), kept, to_line(make_hit(ann)), name=f"{reason}-2026-07-20"
    )
    cleaning.take_step(now=NOW)
    assert len(lines_of(path)) == 3
    deed(ann)
    with structlog.testing.capture_logs() as logs:
        cleaning.take_step(now=NOW + MINUTE)
    assert lines_of(path) == [kept]
    [line] = logs
    assert (line["event"], line["files"], line["lines"]) == ("set_aside_removed", [], 2)


def test_lines_that_are_no_hit_go_by_the_pixel_they_name(cleaning, folder, ann, bob):
    withdraw(ann, now=NOW)
    hers, his = ann.pixels.first().uuid, bob.pixels.first().uuid
    garbled = [f'{{"pixel": "{hers}'.encode(), str(hers).upper().encode(), hers.hex.encode()]
    kept = [f"\x00{his}".encode("latin-1"), b"\xff\xfe nobody", b"x" * 9000]
    path = put(folder, *garbled, *kept, name="unreadable-2026-07-20")
    cleaning.take_step(now=NOW)
    assert lines_of(path) == kept


def test_files_go_after_seven_whole_days(cleaning, folder):
    names = ["2026-07-12", "2026-07-13", "2026-07-19"]
    old, *others = [put(folder, b"nobody", name=f"unreadable-{name}") for name in names]
    cleaning.take_step(now=NOW)
    assert (old.exists(), [path.exists() for path in others]) == (False, [True, True])


def test_nothing_is_read_again_before_a_decision_or_another_day(cleaning, folder, ann):
    path = put(folder, to_line(make_hit(ann)))
    cleaning.take_step(now=NOW)
    made = path.stat().st_ino
    agree(ann, now=NOW)
    cleaning.take_step(now=NOW + MINUTE)
    assert path.stat().st_ino == made
    old = put(folder, b"nobody", name="ahead-2026-07-01")
    cleaning.take_step(now=NOW + 2 * MINUTE)
    assert old.exists()
    cleaning.take_step(now=NOW + DAY)
    assert not old.exists()


def test_many_decisions_have_files_read_once_a_minute(cleaning, folder, ann):
    path = put(folder, to_line(make_hit(ann)))
    cleaning.take_step(now=NOW)
    withdraw(ann, now=NOW)
    cleaning.take_step(now=NOW + MINUTE / 2)
    assert len(lines_of(path)) == 1
    cleaning.take_step(now=NOW + MINUTE)
    assert lines_of(path) == []


def test_a_clock_that_was_set_back_does_not_put_it_off(cleaning, folder, ann):
    path = put(folder, to_line(make_hit(ann)))
    cleaning.take_step(now=NOW)
    withdraw(ann, now=NOW)
    cleaning.take_step(now=NOW - DAY)
    assert lines_of(path) == []


def test_what_was_left_half_written_goes_though_its_file_is_gone(cleaning, folder):
    folder.mkdir()
    (folder / "ahead-2026-07-20.new").write_bytes(b"half")
    cleaning.take_step(now=NOW)
    assert list(folder.iterdir()) == []


def test_without_a_folder_there_is_nothing_to_do(cleaning, folder):
    cleaning.take_step(now=NOW)
    assert not folder.exists()


def test_a_full_disk_leaves_the_file_as_it_was_until_the_next_step(
    cleaning, folder, ann, monkeypatch
):
    withdraw(ann, now=NOW)
    path = put(folder, to_line(make_hit(ann)))
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, structlog.testing.capture_logs() as logs:
        patched.setattr(os, "fsync", full)
        cleaning.take_step(now=NOW)
    assert (path.read_bytes(), logs[0]["event"]) == (before, "set_aside_not_removed")
    assert [found.name for found in folder.iterdir()] == [path.name]
    cleaning.take_step(now=NOW)
    assert lines_of(path) == []


def test_what_a_stopped_process_left_half_written_is_not_taken_for_a_file(cleaning, folder, ann):
    withdraw(ann, now=NOW)
    path = put(folder, to_line(make_hit(ann)), b"nobody")
    path.with_suffix(".new").write_bytes(b"half")
    cleaning.take_step(now=NOW)
    assert lines_of(path) == [b"nobody"]
    assert [found.name for found in folder.iterdir()] == [path.name]


def test_large_files_are_read_in_pieces(cleaning, folder, ann, bob, monkeypatch):
    monkeypatch.setattr(rejected, "LINES_AT_ONCE", 3)
    withdraw(ann, now=NOW)
    kept = [to_line(make_hit(bob)) for _ in range(10)]
    path = put(folder, *(line for his in kept for line in (his, to_line(make_hit(ann)))))
    cleaning.take_step(now=NOW)
    assert lines_of(path) == kept
