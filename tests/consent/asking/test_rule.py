"""Nobody is asked again too soon, and nobody who agreed."""

from datetime import UTC, datetime, timedelta

import pytest

from consent.asking.rule import (
    SAME_LIST,
    History,
    Said,
    is_asked_anew,
    may_ask,
    months_after,
)
from consent.modes import Answer, Purpose

NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)
HALF_A_YEAR_AGO = datetime(2026, 3, 1, 9, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
THIS, OTHER = 1, 2
YES, NO = (Said(answer, HALF_A_YEAR_AGO) for answer in (Answer.GRANTED, Answer.DENIED))
LATE_NO = NO._replace(at=HALF_A_YEAR_AGO + MOMENT)


@pytest.mark.parametrize(
    ("moment", "months", "later"),
    [
        ("2026-01-15", 6, "2026-07-15"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2026-12-01", 12, "2027-12-01"),
        ("2026-06-30", 18, "2027-12-30"),
    ],
)
def test_months_are_those_of_the_calendar(moment, months, later):
    assert months_after(datetime.fromisoformat(moment), months) == datetime.fromisoformat(later)


@pytest.mark.parametrize(
    ("said", "asked", "may"),
    [
        ([], {}, True),
        ([YES], {}, False),
        ([YES, YES], {}, False),
        ([NO], {}, True),
        ([LATE_NO], {}, False),
        # A yes to clicks alone says nothing of opens.
        ([YES._replace(purpose=Purpose.CLICKS)], {}, True),
        ([YES, YES._replace(purpose=Purpose.CLICKS)], {}, False),
        # Whoever agreed to opens and refused clicks may be asked about clicks.
        ([YES, NO], {}, True),
        ([YES, LATE_NO], {}, False),
        ([], {OTHER: HALF_A_YEAR_AGO}, True),
        ([], {OTHER: HALF_A_YEAR_AGO + MOMENT}, False),
        # The same list may be downloaded again, for a day.
        ([], {THIS: NOW}, True),
        ([], {THIS: NOW - SAME_LIST + MOMENT}, True),
        ([], {THIS: NOW - SAME_LIST}, False),
        ([], {THIS: HALF_A_YEAR_AGO + MOMENT}, False),
        ([], {THIS: HALF_A_YEAR_AGO}, True),
        ([], {THIS: NOW, OTHER: NOW}, False),
        ([LATE_NO], {THIS: HALF_A_YEAR_AGO}, False),
        ([YES], {THIS: HALF_A_YEAR_AGO}, False),
    ],
)
def test_who_may_be_asked(said, asked, may):
    history = History(said, asked)
    assert may_ask(history, campaign_id=THIS, now=NOW, months=6) == may


@pytest.mark.parametrize(
    ("asked", "anew"),
    [
        ({}, True),
        ({OTHER: NOW}, True),
        ({THIS: NOW}, False),
        ({THIS: NOW - SAME_LIST + MOMENT}, False),
        ({THIS: NOW - SAME_LIST}, True),
        ({THIS: HALF_A_YEAR_AGO}, True),
    ],
)
def test_who_is_asked_anew(asked, anew):
    assert is_asked_anew(History([], asked), campaign_id=THIS, now=NOW) == anew
