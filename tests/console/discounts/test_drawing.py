"""How a discount's performance is drawn."""

from datetime import date, timedelta

import pytest

from console.discounts.drawing import budget_plot, days_plot
from discounts.performance.pace import DayOfUse, course_of
from tests.discounts.factories import DAY, NOW, terms

HOUR = timedelta(hours=1)


def use(day, redemptions, spent_minor=0):
    return DayOfUse(day=day, redemptions=redemptions, spent_minor=spent_minor, cancelled=0)


def drawn(days=(), *, now=NOW, **dates):
    """The budget of 1,000.00, from noon of 1 March to noon of 3 March unless told otherwise."""
    own = terms(**dates)
    course = course_of(own, days, zone="UTC", now=now)
    return budget_plot(course, own.currency), days_plot(course)


def test_lines_begin_with_the_campaign_and_what_is_used_ends_now():
    days = [use(date(2026, 3, 1), 1, 10_000), use(date(2026, 3, 2), 3, 20_000)]
    budget, _ = drawn(days)
    used, pace = budget.lines
    assert (used.name, used.path) == ("Used", "M200 100L400 90L600 70")
    assert (pace.name, pace.path) == ("Even pace", "M200 100L400 75L600 50L1000 0")
    assert [(dot.at, dot.colour) for dot in budget.dots] == [(60.0, used.colour)]
    assert [mark.text for mark in budget.up] == ["₹0.00", "₹500.00", "₹1,000.00"]
    # Of the sixty hours up to noon of the last day.
    assert [(mark.at, mark.text) for mark in budget.across] == [
        (0, "1 March"),
        (40, "2 March"),
        (80, "3 March"),
    ]
    assert used.dash == "" and pace.dash


def test_redemptions_are_a_bar_a_day_and_none_for_days_without():
    days = [use(date(2026, 3, 1), 1, 10_000), use(date(2026, 3, 2), 4, 20_000)]
    _, redemptions = drawn(days)
    assert redemptions.bars == "M25 100V75H308.3V100ZM358.3 100V0H641.7V100Z"
    assert [mark.text for mark in redemptions.up] == ["", "2", "4"]
    assert redemptions.lines == []
    assert drawn([use(date(2026, 3, 1), 0)])[1] is None


def test_on_the_first_day_there_is_a_line_from_the_start_to_now():
    budget, _ = drawn(
        [use(NOW.date(), 1, 1000)], start_date=NOW - 6 * HOUR, end_date=NOW + 36 * HOUR
    )
    used, pace = budget.lines
    assert used.path == "M125 100L250 99"
    assert pace.path.startswith("M125 100L250 85.7L")


@pytest.mark.parametrize("ends", [timedelta(hours=1), timedelta(minutes=90)])
def test_a_day_cut_short_is_marked_where_it_begins(ends):
    midnight = NOW.replace(hour=0)
    budget, _ = drawn(now=midnight + ends, start_date=midnight - DAY, end_date=midnight + ends)
    first, last = budget.across
    assert (first.at, first.anchor) == (0, "start")
    assert (last.at, last.anchor) == (round(100 * DAY / (DAY + ends), 2), "end")


@pytest.mark.parametrize("now", [NOW - 5 * DAY, NOW - 20 * HOUR - DAY / 2, NOW - 24 * HOUR])
def test_before_it_starts_there_is_an_even_pace_and_nothing_used(now):
    budget, redemptions = drawn(now=now)
    assert [line.name for line in budget.lines] == ["Even pace"]
    assert (list(budget.dots), redemptions) == ([], None)


def test_a_campaign_of_one_moment_of_one_day_is_drawn():
    midnight = NOW.replace(hour=0)
    budget, _ = drawn(now=midnight, start_date=midnight, end_date=midnight + HOUR)
    assert budget.lines[-1].path == "M0 100"


def test_a_day_of_another_year_is_marked_with_it():
    budget, _ = drawn(start_date=NOW - 90 * DAY, end_date=NOW + DAY)
    assert [mark.text for mark in budget.across] == ["2 December 2025", "17 January", "3 March"]
    assert [mark.anchor for mark in budget.across] == ["start", "middle", "end"]
