"""How a budget is used day by day, compared with an even pace."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discounts.money import LARGEST_MINOR
from discounts.performance.pace import (
    MOST_DAYS,
    DayOfUse,
    PaceDay,
    complete_days,
    opening,
    pace_by_day,
    pace_minor,
)
from discounts.rules import local_day
from foundation.parsing import EARLIEST, LATEST
from tests.discounts.factories import terms

KOLKATA = "Asia/Kolkata"
# Midnight in Kolkata.
START = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SHORTEST = timedelta(microseconds=1)
TEN_DAYS = terms(start_date=START, end_date=START + 10 * DAY)


def use(day, spent, redemptions=1, cancelled=0):
    return DayOfUse(
        day=date(2026, 3, day), redemptions=redemptions, spent_minor=spent, cancelled=cancelled
    )


def at(days):
    return START + days * DAY


@pytest.mark.parametrize(
    ("days", "pace"),
    [(-1, 0), (0, 0), (2.5, 25_000), (9.99999, 99_999), (10, 100_000), (99, 100_000)],
)
def test_an_even_pace_starts_at_nothing_and_ends_at_the_whole_budget(days, pace):
    assert pace_minor(TEN_DAYS, at(days)) == pace


@pytest.mark.parametrize("budget", [1, LARGEST_MINOR, 2**53 - 1])
@pytest.mark.parametrize(
    ("start", "end"), [(EARLIEST, LATEST - SHORTEST), (START, START + SHORTEST), (START, at(30))]
)
def test_any_budget_over_any_period_has_a_pace(budget, start, end):
    """Nothing at the start, all at the end, half of it (rounded down) in the middle."""
    own = terms(start_date=start, end_date=end, total_budget_minor=budget)
    assert pace_minor(own, start) == 0
    assert pace_minor(own, end) == budget
    half = (end - start) / SHORTEST // 2 / ((end - start) / SHORTEST)
    middle = start + (end - start) // 2
    assert pace_minor(own, middle) == pytest.approx(budget * half, abs=1)


@pytest.mark.parametrize("now", [EARLIEST, START, LATEST - SHORTEST])
def test_the_longest_campaign_counts_what_was_used_before_the_days_it_shows(now):
    longest = terms(start_date=EARLIEST, end_date=LATEST - SHORTEST)
    days = [use(1, 10), use(2, 5)]
    rows = pace_by_day(longest, days, zone=KOLKATA, now=now)
    assert len(rows) == MOST_DAYS
    today = local_day(now, zone=KOLKATA)
    gone = [day for day in days if day.day < rows[0].day or day.day <= today]
    known = [row.used_minor for row in rows if row.used_minor is not None]
    assert known[-1] == sum(day.spent_minor for day in gone)


def test_each_day_of_the_zone_is_listed_and_today_ends_now():
    rows = pace_by_day(TEN_DAYS, [use(2, 3000), use(4, 500)], zone=KOLKATA, now=at(2.5))
    assert [row.day.day for row in rows] == list(range(2, 12))
    assert [row.used_minor for row in rows] == [3000, 3000, 3500] + [None] * 7
    assert [row.pace_minor for row in rows][:4] == [10_000, 20_000, 25_000, 40_000]
    assert [row.use and row.use.redemptions for row in rows][:4] == [1, 0, 1, None]
    assert rows[-1].pace_minor == 100_000


def test_a_line_of_the_first_day_begins_where_the_campaign_does():
    begins = opening(TEN_DAYS, [use(2, 3000)], first=date(2026, 3, 2), zone=KOLKATA)
    assert (begins.at, begins.used_minor, begins.pace_minor) == (START, 0, 0)
    begins = opening(TEN_DAYS, [use(2, 3000)], first=date(2026, 3, 4), zone=KOLKATA)
    assert (begins.at, begins.used_minor, begins.pace_minor) == (at(2), 3000, 20_000)
    later = terms(start_date=at(0.25), end_date=at(2.5))
    assert opening(later, [], first=date(2026, 3, 2), zone=KOLKATA).at == at(0.25)
    rows = pace_by_day(later, [use(2, 10)], zone=KOLKATA, now=at(0.5))
    assert [row.ends for row in rows] == [at(0.5), at(2), at(2.5)]


def test_a_day_without_usages_has_no_customers():
    rows = pace_by_day(TEN_DAYS, [], zone=KOLKATA, now=at(0.5))
    assert rows[0].use == use(2, 0, redemptions=0)


@pytest.mark.parametrize("kind", [DayOfUse, PaceDay])
def test_days_are_frozen_and_named_field_by_field(kind):
    assert kind.__dataclass_params__.frozen
    assert all(field.kw_only for field in fields(kind))


def test_usages_outside_the_dates_are_shown_too():
    """The dates or the zone were changed after the usages."""
    rows = pace_by_day(TEN_DAYS, [use(1, 10), use(14, 5)], zone=KOLKATA, now=at(30))
    assert (rows[0].day.day, rows[-1].day.day) == (1, 14)
    assert rows[-1].used_minor == 15


@pytest.mark.parametrize(("length", "shown"), [(365, 365), (366, 366), (367, 366), (1000, 366)])
def test_a_leap_year_is_shown_whole_and_nothing_longer(length, shown):
    own = terms(start_date=START, end_date=START + length * DAY)
    rows = pace_by_day(own, [], zone=KOLKATA, now=at(0))
    assert [row.day for row in rows] == [date(2026, 3, 2) + n * DAY for n in range(shown)]


@pytest.mark.parametrize(
    ("today", "before"), [(0, 0), (298, 298), (299, 299), (300, 299), (933, 299), (934, 300)]
)
def test_at_most_three_hundred_days_before_today_are_shown_while_others_follow(today, before):
    own = terms(start_date=START, end_date=START + 1000 * DAY)
    rows = pace_by_day(own, [], zone=KOLKATA, now=at(today + 0.5))
    day = date(2026, 3, 2) + today * DAY
    assert [row.day for row in rows].index(day) == before


@pytest.mark.parametrize("now", [0, 200, 900, 2000])
def test_a_long_campaign_shows_the_days_around_now(now):
    long = terms(start_date=START, end_date=START + 1000 * DAY)
    rows = pace_by_day(long, [use(2, 10)], zone=KOLKATA, now=at(now))
    assert len(rows) == MOST_DAYS
    days = [row.day for row in rows]
    today = (at(now) + timedelta(hours=6)).date()
    assert days[0] <= today <= days[-1] or days[-1] == date(2028, 11, 25)
    known = [row.used_minor for row in rows if row.used_minor is not None]
    assert set(known) == {10}


@pytest.mark.parametrize(
    ("begin", "existed", "now", "spent"),
    [
        (0, -5, 3.5, [70, 0, 30]),
        (0, -5, 0.9, []),
        (0.1, -5, 3.5, [0, 30]),
        (0, 1.5, 3.5, [30]),
        (0, 9, 3.5, []),
    ],
)
def test_only_whole_days_on_which_it_ran_count_for_the_pace(begin, existed, now, spent):
    own = terms(start_date=at(begin), end_date=at(10))
    days = [use(2, 70), use(4, 30), use(5, 999)]
    found = complete_days(own, days, existed_since=at(existed), zone=KOLKATA, now=at(now))
    assert found == spent


@given(
    st.dictionaries(st.integers(1, 28), st.integers(1, 10_000), max_size=12),
    st.floats(min_value=0, max_value=40),
)
def test_the_used_budget_at_the_end_of_a_day_is_the_sum_of_the_days_so_far(spent, now):
    days = [use(day, amount) for day, amount in spent.items()]
    rows = pace_by_day(TEN_DAYS, days, zone=KOLKATA, now=at(now))
    today = (at(now) + timedelta(hours=5, minutes=30)).date()
    known = [row.used_minor for row in rows if row.used_minor is not None]
    assert known == sorted(known)
    assert known[-1] == sum(day.spent_minor for day in days if day.day <= today)
    paces = [row.pace_minor for row in rows]
    assert paces == sorted(paces)
    assert paces[0] >= 0 and paces[-1] <= TEN_DAYS.total_budget_minor
