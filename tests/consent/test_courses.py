"""Who is measured is decided by the first due time, whatever comes later."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.modes import Measured, Mode
from consent.courses import Course, Known, Limit, Limits, limit_of_hits, settled, withdrew_at
from consent.modes import Answer

T = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = T + 9 * HOUR
OPEN = Limit(Mode.INDIVIDUAL, Mode.INDIVIDUAL)
OFF = Limit(Mode.OFF, Mode.INDIVIDUAL)
ASK_FIRST = Limit(Mode.INDIVIDUAL, Mode.OFF)
YES, NO = Answer.GRANTED, Answer.DENIED


def at(hours):
    return T + hours * HOUR


def course(*answers, campaign=OPEN, former=(), installation=OPEN):
    changes = [(at(hours), limit) for hours, limit in former]
    given = [(at(hours), answer) for hours, answer in answers]
    return Course(Limits(installation), Limits(campaign, changes), given)


def settle(course, *, due=T, opened=False, measured=Measured.YES, now=LATER, since=None):
    return settled(Known(due, opened, measured), course, now=now, since=since)


@pytest.mark.parametrize(
    ("course", "hours", "mode"),
    [
        (course(), 0, Mode.INDIVIDUAL),
        (course((1, NO)), 0, Mode.INDIVIDUAL),
        (course((1, NO)), 1, Mode.OFF),
        (course((1, NO), (2, YES)), 2, Mode.INDIVIDUAL),
        (course((1, YES), campaign=ASK_FIRST), 0, Mode.OFF),
        (course((1, YES), campaign=ASK_FIRST), 1, Mode.INDIVIDUAL),
        (course((1, YES), campaign=OFF), 1, Mode.OFF),
        (course((1, YES), installation=ASK_FIRST), 0, Mode.OFF),
        (course((1, YES), installation=OFF), 1, Mode.OFF),
        (course(campaign=OFF, former=[(2, OPEN)]), 1, Mode.INDIVIDUAL),
        (course(campaign=OFF, former=[(2, OPEN)]), 2, Mode.OFF),
        (course(former=[(1, OPEN), (2, OFF)]), 0, Mode.INDIVIDUAL),
        (course(former=[(1, OPEN), (2, OFF)]), 1, Mode.OFF),
        (course(former=[(1, OPEN), (2, OFF)]), 2, Mode.INDIVIDUAL),
    ],
)
def test_what_was_in_force_can_be_told_of_each_moment(course, hours, mode):
    assert course.at(at(hours)) == mode
    assert course.measures(at(hours)) == (mode == Mode.INDIVIDUAL)


@pytest.mark.parametrize(
    ("course", "measured"),
    [
        (course(), Measured.YES),
        (course((-1, NO)), Measured.NO),
        (course((0, NO)), Measured.NO),
        (course((1, NO)), Measured.LAPSED),
        (course((1, NO), (2, YES)), Measured.LAPSED),
        (course((-2, NO), (-1, YES)), Measured.YES),
        (course((-1, NO), (1, YES)), Measured.NO),
        (course(campaign=ASK_FIRST), Measured.NO),
        (course((-1, YES), campaign=ASK_FIRST), Measured.YES),
        (course((1, YES), campaign=ASK_FIRST), Measured.NO),
        (course(campaign=OFF, former=[(1, OPEN)]), Measured.LAPSED),
        (course(former=[(1, OPEN), (2, OFF)]), Measured.LAPSED),
        (course(former=[(-2, OPEN), (-1, OFF)]), Measured.YES),
        (course(former=[(-1, OPEN), (1, OFF)]), Measured.NO),
    ],
)
@pytest.mark.parametrize("before", Measured)
def test_the_first_due_time_decides(course, measured, before):
    assert settle(course, measured=before) == measured
    assert settle(course, measured=before, since=T) == measured


@pytest.mark.parametrize("due", [None, LATER + HOUR])
@pytest.mark.parametrize("before", Measured)
def test_who_is_not_due_yet_follows_each_decision(due, before):
    assert settle(course((1, NO)), due=due, measured=before) == Measured.NO
    assert settle(course((1, NO), (2, YES)), due=due, measured=before) == Measured.YES


def test_who_was_due_before_the_change_stays_what_it_was():
    since = T + HOUR
    refused = course((-1, NO))
    assert settle(refused, measured=Measured.NO, since=since) == Measured.NO
    assert settle(refused, measured=Measured.LAPSED, since=since) == Measured.LAPSED
    assert settle(course(), measured=Measured.NO, since=since) == Measured.NO
    assert settle(course(), measured=Measured.YES, since=since) == Measured.YES
    again = course((1, NO), (2, YES))
    assert settle(again, measured=Measured.YES, since=since) == Measured.LAPSED
    # What came before that was heeded then.
    assert settle(again, measured=Measured.YES, since=T + 3 * HOUR) == Measured.YES
    # It was measured when due, and may be no more.
    assert settle(refused, measured=Measured.YES, since=since) == Measured.LAPSED


@pytest.mark.parametrize("due", [None, T, LATER + HOUR])
def test_who_was_opened_is_measured_whatever_is_decided_later(due):
    for before, after in ((Measured.NO, Measured.YES), (Measured.LAPSED, Measured.LAPSED)):
        assert settle(course((1, NO)), due=due, opened=True, measured=before) == after


@pytest.mark.parametrize(
    ("course", "hours"),
    [
        (course(), None),
        (course((1, NO)), 1),
        (course((1, YES), (2, NO)), 2),
        (course((1, NO), (2, YES), (3, NO)), 1),
        (course((-1, NO), (1, NO)), None),
        (course((-1, NO), (1, YES), (2, NO)), 2),
        (course((0, NO)), None),
        (course((10, NO)), None),
        (course(campaign=OFF, former=[(1, OPEN)]), None),
    ],
)
@pytest.mark.parametrize("opened", [True, False])
def test_a_withdrawal_is_a_persons_first_no_since_the_due_time(course, hours, opened):
    known = Known(T, opened, Measured.YES)
    assert withdrew_at(known, course, now=LATER) == (None if hours is None else at(hours))


def test_a_withdrawal_of_this_very_moment_is_one():
    known = Known(T, False, Measured.YES)
    assert withdrew_at(known, course((9, NO)), now=LATER) == LATER


@pytest.mark.parametrize(("due", "measured"), [(T, Measured.NO), (None, Measured.YES)])
def test_nobody_withdraws_who_is_not_measured_or_never_due(due, measured):
    assert withdrew_at(Known(due, False, measured), course((1, NO)), now=LATER) is None


def test_a_no_of_an_address_counts_from_when_it_got_the_mails():
    later = [(at(2), [(at(1), NO)]), (at(3), [(at(4), NO)])]
    moved = course()._replace(later=later)
    assert withdrew_at(Known(T, False, Measured.YES), moved, now=LATER) == at(4)


def test_a_no_at_the_moment_of_getting_the_mails_counts():
    moved = course()._replace(later=[(at(2), [(at(2), NO)])])
    assert withdrew_at(Known(T, False, Measured.YES), moved, now=LATER) == at(2)


def test_from_when_another_address_gets_the_mails_what_it_decided_before_narrows():
    moved = course()._replace(later=[(at(2), [(at(0), NO)])])
    assert [moved.at(at(hours)) for hours in (1, 2, 3)] == [Mode.INDIVIDUAL, Mode.OFF, Mode.OFF]
    assert [moved.measures_from(T, at(hours)) for hours in (1, 2)] == [True, False]
    # It has ended before the time that is looked at, or begins after it.
    ended = course(former=[(1, OFF)])
    assert [ended.measures_from(at(hours), at(3)) for hours in (0, 1)] == [True, True]
    between = course((1, NO), (2, YES))
    assert [between.measures_from(at(hours), at(3)) for hours in (0, 1, 2)] == [False, False, True]


changes = st.lists(st.tuples(st.integers(-5, 8), st.sampled_from([YES, NO])), max_size=5).map(
    lambda some: sorted(some, key=lambda change: change[0])
)
limits = st.sampled_from([OPEN, OFF, ASK_FIRST])
formers = st.lists(st.tuples(st.integers(-5, 8), limits), max_size=3).map(
    lambda some: sorted(some, key=lambda change: change[0])
)


@given(changes, limits, formers, st.integers(0, 9), st.integers(0, 9))
def test_nothing_that_comes_after_the_due_time_moves_anybody_in_or_out(
    answers, campaign, former, hours, more
):
    whole = course(*answers, campaign=campaign, former=former)
    early, late = sorted((hours, hours + more))
    first = settle(whole, now=at(early))
    later = settle(whole, measured=first, now=at(late), since=at(early))
    assert (first is Measured.NO) == (later is Measured.NO) == (not whole.measures(T))
    assert later == settle(whole, now=at(late))


@pytest.mark.parametrize(
    ("due", "answers", "taken"),
    [(None, [], True), (LATER + HOUR, [], True), (T, [(1, YES)], False), (T, [(-1, YES)], True)],
)
def test_who_agrees_later_is_measured_from_the_next_mail_on(due, answers, taken):
    limit = limit_of_hits(due, course(*answers, campaign=ASK_FIRST), now=LATER)
    assert limit == (Mode.INDIVIDUAL if taken else Mode.OFF)


def test_the_due_time_has_come_at_its_very_moment():
    assert limit_of_hits(LATER, course(campaign=ASK_FIRST), now=LATER) == Mode.OFF
