"""A restore drill keeps enough space free on each disk."""

import pytest
from django.db import connection

from foundation.metrics.disk import Room
from pixeltrack import drill_room

pytestmark = pytest.mark.django_db
MB = 2**20
RESERVE = 10 * MB


@pytest.fixture
def copy(tmp_path):
    """A backup whose spool takes 2 MB."""
    (tmp_path / "copy" / "spool" / "rejected").mkdir(parents=True)
    for name in ("a.jsonl", "rejected/b.jsonl"):
        (tmp_path / "copy" / "spool" / name).write_bytes(b"x" * MB)
    (tmp_path / "copy" / "database.sqlite3").write_bytes(b"x" * (3 * MB))
    return tmp_path / "copy"


def with_free(monkeypatch, free):
    monkeypatch.setattr(drill_room, "room_of", lambda _: Room(free, 100 * MB, 1, 1))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of the file of SQLite")
def test_the_spool_is_counted_twice_and_the_database_once(copy, tmp_path, monkeypatch):
    with_free(monkeypatch, RESERVE + 7 * MB)
    assert drill_room.lacking(copy, tmp_path) == ""
    with_free(monkeypatch, RESERVE + 7 * MB - 1)
    words = drill_room.lacking(copy, tmp_path)
    assert f"on the disk of {tmp_path}" in words
    assert "it takes 7.0\xa0MB, 10.0\xa0MB are to stay free, and 17.0\xa0MB are." in words


@pytest.mark.skipif(connection.vendor == "sqlite", reason="of a server")
def test_a_database_on_another_machine_takes_no_space_here(copy, tmp_path, monkeypatch):
    with_free(monkeypatch, RESERVE + 2 * MB)
    monkeypatch.setitem(connection.settings_dict, "HOST", "db.example.com")
    assert drill_room.lacking(copy, tmp_path) == ""
    with_free(monkeypatch, RESERVE + 2 * MB - 1)
    assert drill_room.lacking(copy, tmp_path)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="of a server")
def test_a_database_on_this_machine_is_asked_where_and_how_large_its_data_is(
    copy, tmp_path, monkeypatch
):
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    needs = list(drill_room._needs(copy, tmp_path))
    assert needs[0] == (tmp_path, 2 * MB)
    [(folder, size)] = needs[1:]
    assert folder.is_dir()
    assert size > 2 * MB
