"""Dates and times in words, and that templates write the same ones."""

from datetime import UTC, date, datetime

from django.template import Context, Template

from foundation import dates


def test_a_day_names_its_month():
    assert dates.day(date(2026, 3, 2)) == "2 March 2026"


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
