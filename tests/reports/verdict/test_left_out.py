"""Which groups are not compared, and why."""

from dataclasses import FrozenInstanceError, fields

import pytest

from reports.verdict.cells import Table
from reports.verdict.left_out import (
    Compared,
    LeftOut,
    Why,
    compared,
    contacts,
    drawn_contacts,
    pairs_apart,
    shares_differ,
    watched,
)
from tests.reports.verdict.experiments import experiment, group, slot


def table_of(*groups):
    some = experiment(*groups)
    return Table(some, some.plan.slots)


def found(*groups):
    table = table_of(*groups)
    return compared(table, pairs_apart(table))


def sized(*sizes, **fields):
    return [group(number, slot(size, {}), **fields) for number, size in enumerate(sizes, start=1)]


@pytest.mark.parametrize(
    ("sizes", "groups", "gone"),
    [
        ((5000, 5000), (0, 1), []),
        ((5100, 4900), (0, 1), []),
        ((5160, 4840), (0, 1), []),
        ((5173, 4827), (0,), [(1, Why.SPLIT)]),
        ((5200, 4800), (0,), [(1, Why.SPLIT)]),
        ((5000, 5000, 3000), (0, 1), [(2, Why.SPLIT)]),
        ((3000, 5000, 5000), (1, 2), [(0, Why.SPLIT)]),
        ((49, 50, 50), (1, 2), [(0, Why.TOO_SMALL)]),
        ((0, 0), (1,), [(0, Why.TOO_SMALL)]),
        ((1000, 2000, 3000), (1,), [(0, Why.SPLIT), (2, Why.SPLIT)]),
    ],
)
def test_groups_that_fit_the_others_least_leave(sizes, groups, gone):
    result = found(*sized(*sizes))
    assert result.groups == groups
    assert result.left_out == tuple(LeftOut(*one) for one in gone)


def test_a_split_is_compared_with_its_plan_whatever_groups_are_left():
    shares = (50, None, None)
    some = [
        group(number, slot(size, {}), planned_share=share)
        for number, (size, share) in enumerate(
            zip((5000, 2500, 1000), shares, strict=True), start=1
        )
    ]
    assert found(*some).groups == (0, 1)


def test_groups_without_a_planned_part_are_not_compared_with_the_plan():
    shares = (100, None, None)
    some = [
        group(number, slot(size, {}), planned_share=share)
        for number, (size, share) in enumerate(zip((49, 500, 900), shares, strict=True), start=1)
    ]
    assert found(*some).groups == (1, 2)


def test_contacts_marked_before_they_were_due_were_drawn():
    table = table_of(group(1, slot(90, {}), slot(9, {}, late=120), marked_before=7))
    assert (contacts(table), drawn_contacts(table)) == ([90], [97])
    some = [
        group(1, slot(4900, {}), marked_before=100),
        group(2, slot(4900, {}), marked_before=100),
    ]
    assert found(*some).groups == (0, 1)
    uneven = [group(1, slot(4800, {}), marked_before=100), group(2, slot(5000, {}))]
    assert found(*uneven).left_out == (LeftOut(1, Why.MARKED_BEFORE),)


@pytest.mark.parametrize(
    ("marked", "of", "chi2"),
    [
        ((10, 40), (10_000, 10_000), 18.045113),
        ((10, 10), (1000, 1000), 0),
        ((0, 2), (9000, 1000), 0),
        ((0, 2), (1000, 1000), 2.002002),
        ((0, 3), (1000, 1000), 3.004507),
        ((0, 0), (1000, 1000), 0),
        ((10, 10), (10, 10), 0),
        ((0, 0), (0, 0), 0),
    ],
)
def test_shares_marked_are_compared_where_enough_are(marked, of, chi2):
    assert shares_differ((0, 1), marked, of) == pytest.approx(chi2)


def test_a_group_sent_apart_from_the_others_leaves():
    near, far = slot(500, {}), slot(500, {}, late=14)
    assert found(group(1, near), group(2, near), group(3, far)).left_out == (
        LeftOut(2, Why.SENT_APART),
    )
    assert found(group(1, far), group(2, near), group(3, near)).left_out == (
        LeftOut(0, Why.SENT_APART),
    )


@pytest.mark.parametrize(("sizes", "gone"), [((520, 500), 1), ((500, 520), 0), ((500, 500), 1)])
def test_of_two_groups_sent_apart_the_smaller_one_leaves_or_the_later_one(sizes, gone):
    first, second = sizes
    some = [group(1, slot(first, {})), group(2, slot(second, {}, late=14))]
    assert found(*some).left_out == (LeftOut(gone, Why.SENT_APART),)


@pytest.mark.parametrize(("size", "pairs"), [(49, []), (50, [(0, 1)])])
def test_only_groups_that_are_large_enough_are_sent_apart(size, pairs):
    table = table_of(group(1, slot(size, {})), group(2, slot(500, {}, late=14)))
    assert pairs_apart(table) == pairs


@pytest.mark.parametrize(("events", "pairs"), [(0, []), (450, [(0, 1)])])
def test_how_far_groups_may_be_apart_depends_on_the_events_of_both(events, pairs):
    """Six minutes are too much for 900 events."""
    some = [group(n, slot(500, {60: events}, late=late)) for n, late in ((1, 0), (2, 6))]
    assert pairs_apart(table_of(*some)) == pairs


@pytest.mark.parametrize(
    ("early", "late", "why"),
    [(0, 50, Why.TOO_LATE), (49, 1, Why.TOO_LATE), (0, 49, Why.TOO_SMALL)],
)
def test_contacts_after_the_cut_off_tell_a_late_group_from_a_small_one(early, late, why):
    some = [group(number, slot(500, {})) for number in (1, 2)]
    some.append(group(3, slot(early, {}), slot(late, {}, late=120)))
    assert found(*some).left_out == (LeftOut(2, why),)


def test_why_nothing_is_compared_is_the_last_reason_that_is_no_matter_of_size():
    assert found(*sized(5200, 4800, 20)).blocked == Why.SPLIT
    assert found(*sized(20, 20)).blocked is None
    assert found(*sized(5000, 5000)).blocked is None
    assert found(*sized(5000, 5000, 3000)).blocked is None


def test_guard_rails_are_watched_in_unbalanced_groups_too():
    table = table_of(*sized(5200, 4800), group(3, slot(5000, {}, late=14)))
    assert watched(table, pairs_apart(table), of=table.contacts).groups == (0, 1)


@pytest.mark.parametrize("one", [LeftOut(1, Why.SPLIT), Compared((), ())])
def test_what_is_left_out_cannot_be_changed(one):
    with pytest.raises(FrozenInstanceError):
        setattr(one, fields(one)[0].name, None)
