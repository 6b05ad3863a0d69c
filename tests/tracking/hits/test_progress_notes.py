"""Until when everything has been recorded follows from the notes of forwarders, never too late."""

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
def test_what_no_forwarder_writes_is_no_note(message):
    with pytest.raises(BadNote):
        progress_notes.parse(message, partition=0)


def test_a_spool_is_as_far_as_its_slowest_partition():
    assert complete_until(notes("a", NOON, NOON - SECOND, NOON)) == {"a": NOON - SECOND}


def test_each_spool_is_told_by_itself():
    both = [*notes("a", NOON), *notes("b", NOON - SECOND)]
    assert complete_until(both) == {"a": NOON, "b": NOON - SECOND}


def test_a_spool_that_has_not_said_how_far_it_is_may_hold_anything():
    assert complete_until(notes("a", NOON, None)) == {"a": None}


def test_a_partition_without_a_note_may_hold_anything():
    assert complete_until(notes("a", NOON, partitions=2)) == {"a": None}


def test_partitions_that_were_added_count_from_the_first_note_that_knows_of_them():
    before = notes("a", NOON, NOON)
    assert complete_until(before) == {"a": NOON}
    grown = [SpoolNote("a", 0, 3, NOON + SECOND), before[1]]
    assert complete_until(grown) == {"a": None}
    assert complete_until([*grown, SpoolNote("a", 2, 3, NOON + SECOND)]) == {"a": NOON}


def test_partitions_that_are_gone_hold_nothing_back():
    old = notes("a", NOON, NOON, NOON)
    assert complete_until([SpoolNote("a", 0, 1, NOON + SECOND), *old[1:]]) == {"a": NOON + SECOND}


def test_where_there_are_no_spools_nothing_is_said():
    assert complete_until([]) == {}
