"""What moved in counters is written down where reports can follow it."""

import pytest

from tracking.counting import changes, fold

OPENED = (0, 1, 0, 0, 0, 0, 0)
OPEN = {
    fold.OPENS_BY_MINUTE: {(1, 2, 900): [3]},
    fold.CONTACTS_BY_KIND: {(1, 2): [1]},
    fold.CONTACTS_BY_DUE: {(1, 0, 890): OPENED},
    fold.CONTACTS_BY_DUE_DAY: {(1, 0): [0, 1, 0, 0]},
}


def written(**counters):
    deltas = fold.Deltas()
    deltas.by_counter.update(OPEN | counters)
    return {group: changes.read(moved) for group, moved in changes.written(deltas).items()}


def test_opens_are_written_by_group_without_what_reports_read_at_every_look():
    assert written() == {1: {fold.OPENS_BY_MINUTE: [[2, 900, 3]], fold.CONTACTS_BY_KIND: [[2, 1]]}}


@pytest.mark.parametrize(
    ("place", "followed"),
    [(0, False), (1, True), (2, False), (3, False), (4, True), (5, False), (6, True)],
)
def test_who_is_sent_to_or_compared_is_never_followed(place, followed):
    amounts = list(OPENED)
    amounts[place] = -1
    assert (1 in written(contacts_by_due_minute={(1, 0, 890): amounts})) is followed


def test_who_left_is_never_followed_but_only_in_the_group_left():
    others = {(1, 2, 900): [3], (2, 2, 900): [1]}
    found = written(opens_by_minute=others, left_by_age={(1, 0, 3, "bounced"): [1, 0]})
    assert found == {2: {fold.OPENS_BY_MINUTE: [[2, 900, 1]]}}


def test_a_change_of_too_many_counters_is_not_written():
    beside_one_of_kinds = range(2_000 - 1)
    many = {(1, 2, minute): [1] for minute in beside_one_of_kinds}
    assert 1 in written(opens_by_minute=many)
    assert 1 not in written(opens_by_minute=many | {(1, 2, -1): [1]})


def test_rows_are_counted_without_reading_them():
    deltas = fold.Deltas()
    deltas.by_counter.update(OPEN | {fold.OPENS_BY_MINUTE: {(1, 2, n): [3] for n in range(5)}})
    [moved] = changes.written(deltas).values()
    assert changes.rows_in(moved) == sum(map(len, changes.read(moved).values())) == 6
