"""How a column writes its times is found out, or asked where two ways come into question."""

from datetime import UTC, datetime
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.imports.guessing import dates
from contacts.imports.guessing.dates import (
    DAYS,
    FORMATS,
    ISO,
    TIMES,
    WITH_OFFSET,
    find_format,
    first_time,
    looks_like_dates,
)

MOMENT = datetime(2026, 12, 31, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31.12.2026 14:30", "%d.%m.%Y %H:%M"),
        ("31.12.26 14:30", "%d.%m.%y %H:%M"),
        ("31.12.2026, 14:30:00", "%d.%m.%Y, %H:%M:%S"),
        ("13/05/2026 14:30", "%d/%m/%Y %H:%M"),
        ("05/13/2026 14:30", "%m/%d/%Y %H:%M"),
        ("05/13/2026 2:30 PM", "%m/%d/%Y %I:%M %p"),
        ("05/13/2026 02:30:10 pm", "%m/%d/%Y %I:%M:%S %p"),
        ("31-12-2026 14:30", "%d-%m-%Y %H:%M"),
        ("2026/12/31 14:30", "%Y/%m/%d %H:%M"),
        ("31 December 2026 14:30", "%d %B %Y %H:%M"),
        ("Dec 31, 2026 2:30 PM", "%b %d, %Y %I:%M %p"),
        ("31-Dec-2026 14:30", "%d-%b-%Y %H:%M"),
        ("31.12.2026 14:30 +0100", "%d.%m.%Y %H:%M %z"),
        ("2026-12-31 14:30", ISO),
        ("2026-12-31T14:30:00+01:00", ISO),
        ("2026-12-31T13:30:00Z", ISO),
        # A narrow blank, as some programs write before PM.
        ("05/13/2026 2:30\u202fPM", "%m/%d/%Y %I:%M %p"),
    ],
)
def test_one_way_is_found(text, expected):
    found = find_format([text])
    assert (found.sure.format, found.readings, found.question) == (expected, (), "")


def test_one_value_decides_for_all_of_them():
    texts = ["05/11/2026 14:30"] * 50
    assert find_format(texts).sure is None
    assert find_format([*texts, "13/11/2026 14:30"]).sure.format == "%d/%m/%Y %H:%M"
    assert find_format([*texts, "11/13/2026 14:30"]).sure.format == "%m/%d/%Y %H:%M"


def test_two_ways_are_asked_about_with_both_readings():
    found = find_format(["05/05/2026 14:30", "05/11/2026 14:30"])
    assert found.sure is None
    assert [str(reading) for reading in found.readings] == [
        "05/11/2026 14:30 is 5 November 2026, 14:30",
        "05/11/2026 14:30 is 11 May 2026, 14:30",
    ]
    assert found.question == "05/11/2026 14:30: 5 November or 11 May? Choose how times are written."


def test_dates_without_a_time_of_day_are_asked_about():
    found = find_format(["31.12.2026"])
    assert found.sure is None
    assert str(found.readings[0]) == "31.12.2026 is 31 December 2026, 00:00"
    assert "no time of day" in found.question


def test_a_few_wrong_values_do_not_matter_and_many_do():
    assert find_format(["31.12.2026 14:30", "soon", "31.12.2026 15:00"]).sure
    assert find_format(["31.12.2026 14:30", "soon", "n/a"]) == find_format([])
    assert find_format(["soon"]).question == ""


def test_dates_and_times_are_told_from_each_other_and_from_numbers():
    assert first_time(["31.12.2026 14:30"]) == MOMENT
    assert first_time(["31.12.2026"]) is None
    assert looks_like_dates(["31.12.2026"])
    assert not looks_like_dates(["7", "1.5"])
    assert not looks_like_dates([])
    assert first_time(["05/11/2026 14:30"]).month == 5
    assert first_time(["7"]) is None


@pytest.mark.parametrize("known", [*TIMES, *DAYS, *WITH_OFFSET[::37]])
def test_whatever_a_format_writes_is_read_as_it_was_meant(known):
    text = MOMENT.strftime(known)
    found = find_format([text])
    read = {found.sure.moment} if found.sure else {one.moment for one in found.readings}
    meant = datetime.strptime(text, known).replace(tzinfo=UTC)
    assert meant in read


@pytest.mark.parametrize(
    "text", ["99.99.2026 x", "05/11/2026 14:30", "05/11/2026 2:30 PM +0100", "2026-03-31T21:30Z"]
)
def test_few_formats_are_tried_since_a_file_may_have_many_columns(monkeypatch, text):
    read = Mock(wraps=dates._read)
    monkeypatch.setattr(dates, "_read", read)
    find_format([text] * 500)
    tried = {call.args[0] for call in read.call_args_list}
    assert len(tried) < len(FORMATS) / 10


@given(st.lists(st.text(max_size=30), max_size=5))
def test_nothing_is_too_strange_to_be_looked_at(texts):
    found = find_format(texts)
    assert {one.format for one in found.readings} <= FORMATS
    assert found.sure is None or not found.readings
