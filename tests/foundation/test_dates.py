"""Dates and times in words, and that templates write the same ones."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template

from foundation import dates


def test_a_day_names_its_month():
    assert dates.day(date(2026, 3, 2)) == "2 March 2026"


def test_a_near_day_names_its_year_only_where_it_is_another():
    assert dates.near_day(date(2026, 3, 2), today=date(2026, 11, 29)) == "2 March"
    assert dates.near_day(date(2025, 12, 31), today=date(2026, 1, 1)) == "31 December 2025"


def test_a_moment_has_a_clock_of_24_hours():
    assert dates.moment(datetime(2026, 11, 29, 15, 32, 10, tzinfo=UTC)) == "29 November 2026, 15:32"
    assert dates.moment(datetime(2026, 3, 2, 0, 5, tzinfo=UTC)) == "2 March 2026, 00:05"


def test_templates_write_the_same():
    at = datetime(2026, 3, 2, 15, 5, tzinfo=UTC)
    names = ("DATETIME_FORMAT", "SHORT_DATETIME_FORMAT", "DATE_FORMAT", "SHORT_DATE_FORMAT")
    text = "|".join(f'{{{{ at|date:"{name}" }}}}' for name in names)
    written = Template(f'{{{{ at }}}}|{{{{ at|time:"TIME_FORMAT" }}}}|{text}').render(
        Context({"at": at})
    )
    moment, day = dates.moment(at), dates.day(at)
    assert written == f"{moment}|15:05|{moment}|{moment}|{day}|{day}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            "Ends: 2026-03-31 12:30:15 UTC → 2026-04-01 00:00 UTC",
            "Ends: 31 March 2026, 12:30:15 UTC → 1 April 2026, 00:00 UTC",
        ),
        (
            "Name: “2026-03-31 12:30” → “Spring”\nStarts: never → 2026-03-01 09:00 CET",
            "Name: “2026-03-31 12:30” → “Spring”\nStarts: never → 1 March 2026, 09:00 CET",
        ),
        ("Ends: 31 March 2026, 12:30 UTC → never", "Ends: 31 March 2026, 12:30 UTC → never"),
        ("Budget: none → ₹2026.00", "Budget: none → ₹2026.00"),
    ],
    ids=["moments", "a name is nobody's to change", "as today", "no moment"],
)
def test_an_old_entry_of_the_history_is_shown_as_one_of_today(written, shown):
    assert dates.in_one_way(written) == shown
