"""The moment up to which all is recorded comes from notes of forwarders, and is never too late."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tracking.hits import progress_notes
from tracking.hits.progress_notes import BadNote, SpoolNote, complete_until

NOON = datetime(2026, 11, 21, 12, 0, 0, 125_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def notes(spool, *moments, partitions=None):
    count = partitions or len(moments)
    return [SpoolNote(spool, number, count, moment) for number, moment in enumerate(moments)]


@pytest.mark.parametrize("moment", [NOON, None])
@pytest.mark.parametrize("leaves", [True, False])
def test_a_note_is_read_as_it_was_written(moment, leaves):
    message = progress_notes.encode(spool="a", partitions=3, complete_until=moment, leaves=leaves)
    assert progress_notes.parse(message, partition=2) == SpoolNote("a", 2, 3, moment, leaves)


def test_a_moment_is_never_rounded_up():
    moment = NOON + timedelta(microseconds=999)
    message = progress_notes.encode(spool="a", partitions=1, complete_until=moment)
    assert progress_notes.parse(message, partition=0).complete_until == NOON


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"spool": "", "partitions": 1, "until": null, "leaves": false}',
        b'{"spool": "a", "partitions": 0, "until": null, "leaves": false}',
        b'{"spool": "a", "partitions": true, "until": null, "leaves": false}',
        b'{"spool": "a", "partitions": 1, "until": -1, "leaves": false}',
        b'{"spool": "a", "partitions": 1, "until": 1e99, "leaves": false}',
        b'{"spool": "a", "partitions": 1, "until": null, "leaves": 0}',
        b'{"spool": "%s", "partitions": 1, "until": null, "leaves": false}' % (b"a" * 101),
    ],
)
def test_an_invalid_note_is_refused(message):
    with pytest.raises(BadNote):
        progress_notes.parse(message, partition=0)


def note(**changes):
    return json.dumps(
        {"spool": "a", "partitions": 1, "until": None, "leaves": False} | changes
    ).encode()


@pytest.mark.parametrize(
    ("changes", "read"),
    [
        ({}, SpoolNote("a", 5, 1)),
        ({"spool": "a" * 100}, SpoolNote("a" * 100, 5, 1)),
        ({"partitions": 10_000}, SpoolNote("a", 5, 10_000)),
        ({"until": 0}, SpoolNote("a", 5, 1, datetime(1970, 1, 1, tzinfo=UTC))),
        ({"until": 1}, SpoolNote("a", 5, 1, datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC))),
        ({"until": 7_258_118_400_000}, SpoolNote("a", 5, 1, datetime(2200, 1, 1, tzinfo=UTC))),
        ({"leaves": True}, SpoolNote("a", 5, 1, None, True)),
    ],
)
def test_a_note_at_a_bound_is_valid(changes, read):
    assert progress_notes.parse(note(**changes), partition=5) == read


@pytest.mark.parametrize(
    "changes",
    [
        {"spool": 7},
        {"partitions": 10_001},
        {"partitions": 1.0},
        {"until": 7_258_118_400_001},
        {"until": True},
        {"leaves": None},
    ],
)
def test_a_note_beyond_a_bound_is_refused(changes):
    with pytest.raises(BadNote, match=r"^a note that no forwarder writes$"):
        progress_notes.parse(note(**changes), partition=5)


@pytest.mark.parametrize("missing", ["spool", "partitions", "until", "leaves"])
def test_a_note_has_every_field(missing):
    record = json.loads(note())
    del record[missing]
    with pytest.raises(BadNote, match=r"^no note$"):
        progress_notes.parse(json.dumps(record).encode(), partition=5)


def test_a_note_is_frozen_and_its_spool_has_not_left_unless_it_says_so():
    assert SpoolNote.__dataclass_params__.frozen
    assert SpoolNote("a", 0, 1) == SpoolNote("a", 0, 1, None, False)
    message = progress_notes.encode(spool="a", partitions=1)
    assert json.loads(message) == json.loads(note())


def test_a_spool_is_as_far_as_its_slowest_partition():
    assert complete_until(notes("a", NOON, NOON - SECOND, NOON)) == {"a": NOON - SECOND}


def test_each_spool_has_its_own_moment():
    both = [*notes("a", NOON), *notes("b", NOON - SECOND)]
    assert complete_until(both) == {"a": NOON, "b": NOON - SECOND}


def test_a_spool_without_a_moment_has_no_progress():
    assert complete_until(notes("a", NOON, None)) == {"a": None}


def test_a_partition_without_a_note_has_no_progress():
    assert complete_until(notes("a", NOON, partitions=2)) == {"a": None}


def test_partitions_that_were_added_count_from_the_first_note_that_knows_of_them():
    before = notes("a", NOON, NOON)
    assert complete_until(before) == {"a": NOON}
    grown = [SpoolNote("a", 0, 3, NOON + SECOND), before[1]]
    assert complete_until(grown) == {"a": None}
    assert complete_until([*grown, SpoolNote("a", 2, 3, NOON + SECOND)]) == {"a": NOON}


def test_removed_partitions_do_not_delay_progress():
    old = notes("a", NOON, NOON, NOON)
    assert complete_until([SpoolNote("a", 0, 1, NOON + SECOND), *old[1:]]) == {"a": NOON + SECOND}


def test_a_spool_before_its_first_moment_waits_for_each_partition():
    assert complete_until(notes("a", None)) == {"a": None}
    beginning = [SpoolNote("a", 0, 2, None), SpoolNote("a", 1, 2, NOON)]
    assert complete_until(beginning) == {"a": None}


def test_notes_of_several_spools_may_come_mixed():
    one, two = notes("a", NOON, NOON - SECOND), notes("b", NOON - SECOND, NOON)
    mixed = [one[1], two[0], one[0], two[1]]
    assert complete_until(mixed) == {"a": NOON - SECOND, "b": NOON - SECOND}


def test_without_spools_there_is_no_progress():
    assert complete_until([]) == {}
