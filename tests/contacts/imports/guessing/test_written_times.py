"""Formats of times are read out of an example, and shown by one."""

import pytest

from contacts.imports.guessing.written_times import example_of, format_of


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("31.03.2026 21:30", "%d.%m.%Y %H:%M"),
        ("3/31/26 9:30 PM", "%m/%d/%y %I:%M %p"),
        ("2026-03-31T21:30:00", "%Y-%m-%dT%H:%M:%S"),
        ("Tuesday, 31 March 2026, 21h30", "%A, %d %B %Y, %Hh%M"),
        (" tue 31 Mar 2026 09:30pm ", "%a %d %b %Y %I:%M%p"),
    ],
)
def test_an_example_tells_the_format(example, expected):
    assert format_of(example) == expected


@pytest.mark.parametrize(
    "example",
    [
        "31.03.2026",
        "1.3.2026 21:30",
        "31.03.2026 21:30:15",
        "31.03.2026 9:30",
        "%d.%m.%Y %H:%M",
        "31 März 2026 21:30",
        "tomorrow",
        "31.03.2026 21:30" + "x" * 50,
        "31.03.2026 21:30 100%",
    ],
)
def test_what_is_no_whole_time_of_that_moment_tells_none(example):
    assert format_of(example) is None


@pytest.mark.parametrize(
    ("schedule_format", "example"),
    [
        ("", "2026-03-31 21:30"),
        ("%d.%m.%Y %H:%M", "31.03.2026 21:30"),
        ("%m/%d/%Y %I:%M %p", "03/31/2026 09:30 PM"),
    ],
)
def test_a_format_is_shown_by_an_example(schedule_format, example):
    assert example_of(schedule_format) == example
