"""What a copy of a campaign is called, when it lasts and how far it may measure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import modes
from campaigns.copying import dates_of_copy, mode_of_copy, names_of_copies
from foundation.parsing import EARLIEST, LATEST
from foundation.personal_data.identity import name_key

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)


def names(name, most=3):
    return list(names_of_copies(name, longest=200, longest_key=400, most=most))


@pytest.mark.parametrize("name", ["Spring", "Spring (copy)", "Spring (copy 7)", "Spring (copy) "])
def test_a_copy_of_a_copy_is_numbered_on(name):
    assert names(name) == ["Spring (copy)", "Spring (copy 2)", "Spring (copy 3)"]


def test_what_is_nothing_but_an_ending_keeps_it():
    assert names("(copy)", most=1) == ["(copy) (copy)"]


@given(st.text(min_size=1, max_size=200).filter(lambda name: len(name_key(name)) <= 400))
def test_every_name_fits_and_is_its_own(name):
    found = names(name, most=12)
    assert all(len(one) <= 200 and len(name_key(one)) <= 400 for one in found)
    assert len({name_key(one) for one in found}) == 12


def test_a_long_name_is_cut_before_its_ending():
    assert names("x" * 200, most=2) == ["x" * 193 + " (copy)", "x" * 191 + " (copy 2)"]
    assert names("\ufdfa" * 22, most=1) == ["\ufdfa" * 21 + " (copy)"]


def test_a_copy_starts_tomorrow_at_the_same_times_by_the_clock():
    start, end = (datetime(2026, 1, day, 9, tzinfo=BERLIN) for day in (1, 15))
    copied = dates_of_copy(start, end, now=NOW, zone=BERLIN)
    # It is the 28th in Berlin; on the 29th the clocks change.
    assert copied == (
        datetime(2026, 3, 29, 9, tzinfo=BERLIN),
        datetime(2026, 4, 12, 9, tzinfo=BERLIN),
    )


def test_an_hour_that_the_clocks_leave_out_turns_no_dates_around():
    start, end = datetime(2026, 1, 1, 2, 30, tzinfo=BERLIN), datetime(2026, 1, 1, 3, tzinfo=BERLIN)
    begin, finish = dates_of_copy(start, end, now=NOW, zone=BERLIN)
    assert begin < finish


moments = st.datetimes(
    min_value=EARLIEST.replace(tzinfo=None),
    max_value=LATEST.replace(tzinfo=None) - timedelta(days=2),
    timezones=st.just(UTC),
)


@given(moments, st.timedeltas(timedelta(microseconds=1), timedelta(days=70_000)), moments)
def test_the_dates_of_a_copy_can_be_saved(start, length, now):
    begin, end = dates_of_copy(start, min(start + length, LATEST), now=now, zone=BERLIN)
    assert now < begin + timedelta(hours=1)
    assert begin < end < LATEST


WIDTHS = list(modes.Mode)


@pytest.mark.parametrize("mode", [None, *WIDTHS])
@pytest.mark.parametrize("allowed", WIDTHS)
def test_a_copy_measures_no_further_than_the_original_and_than_is_allowed(mode, allowed):
    copied = mode_of_copy(mode, allowed=allowed)
    assert copied != modes.Mode.LAST_DAY
    if mode is None:
        assert copied is None
    else:
        assert not modes.is_wider(copied, mode)
        assert not modes.is_wider(copied, allowed)
