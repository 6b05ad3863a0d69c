"""Each answer belongs to one minute and is compared once, however its line was read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.door.tally import SILENT_SECONDS, Tally, from_json, to_json

MINUTES = ("2026-11-28T21:46", "2026-11-28T21:47", "2026-11-28T21:48")


def lines(*minutes):
    return "".join(f"{minute}\n" for minute in minutes).encode()


@given(st.lists(st.sampled_from(MINUTES)), st.data())
def test_answers_count_alike_in_whatever_pieces_they_are_read(minutes, data):
    whole, tally, kept = lines(*minutes), Tally(), b""
    while len(kept) < len(whole):
        kept = whole[: len(kept) + data.draw(st.integers(1, 60))]
        tally = from_json(to_json(tally.hear(kept[tally.offset :], now=1.0)))
    assert {name: m.answered for name, m in tally.open_minutes.items()} == {
        name: minutes.count(name) for name in set(minutes)
    }
    assert tally.offset == len(whole)


@pytest.mark.parametrize(
    ("answered", "recorded", "lost"), [(3, 3, 0), (3, 1, 2), (3, 0, 3), (1, 2, 0)]
)
def test_lost_is_what_was_answered_and_not_recorded(answered, recorded, lost):
    tally = Tally().hear(lines(*[MINUTES[0]] * answered), now=5.0)
    tally = tally.compare(MINUTES[0], recorded=recorded, now=99.0)
    assert (tally.answered, tally.recorded, tally.lost) == (answered, recorded, lost)
    assert tally.lost_at == (99.0 if lost else None)
    assert tally.open_minutes == {}


def test_more_records_than_answers_in_one_minute_hide_no_loss_in_another():
    tally = Tally().hear(lines(MINUTES[0], MINUTES[1], MINUTES[1]), now=5.0)
    tally = tally.compare(MINUTES[0], recorded=2, now=99.0)
    assert tally.compare(MINUTES[1], recorded=1, now=99.0).lost == 1


def test_a_minute_is_over_after_a_minute_without_lines():
    tally = Tally().hear(lines(MINUTES[0]), now=0.0)
    assert tally.silent_minutes(now=SILENT_SECONDS - 1) == []
    assert tally.silent_minutes(now=SILENT_SECONDS) == [MINUTES[0]]
    tally = tally.hear(lines(MINUTES[0]), now=59.0)
    assert tally.silent_minutes(now=SILENT_SECONDS) == []


@pytest.mark.parametrize(("inode", "size", "offset"), [(7, 34, 34), (8, 34, 0), (7, 33, 0)])
def test_another_file_is_read_from_its_start(inode, size, offset):
    assert Tally(inode=7, offset=34).of_file(inode, size=size).offset == offset


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"open_minutes": {"x": {}}}', '{"a": 1}'])
def test_an_invalid_tally_is_refused(text):
    with pytest.raises(ValueError):
        from_json(text)
