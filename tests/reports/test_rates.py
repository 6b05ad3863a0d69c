"""Open rates in words, and of whom they are."""

import pytest

from reports.rates import Mailed, of_whom, of_whom_in_words, rate_in_words


@pytest.mark.parametrize(
    ("without", "with_machine", "words"),
    [
        (0.241, 0.31, "24.1% to 31.0%"),
        (0.241, 0.241, "24.1%"),
        (0.2411, 0.2414, "24.1%"),
        (0.0, 0.0, "0.0%"),
        (0.0, 1.0, "0.0% to 100.0%"),
        (None, None, "-"),
    ],
)
def test_a_rate_is_a_range_where_machine_opens_make_it_uncertain(without, with_machine, words):
    assert rate_in_words(without, with_machine) == words


def test_a_rate_is_of_those_who_may_be_measured_and_bounds_are_of_all():
    mailed = Mailed(sent=10_000, unmeasured=7_000, lapsed=0, opened=900, opened_by_any=900)
    assert (mailed.measured, mailed.rate, mailed.rate_with_machine) == (3_000, 0.3, 0.3)
    assert (mailed.least_of_all, mailed.most_of_all) == (0.09, 0.79)
    words = "of the 3,000 who may be measured (of 10,000 sent); of all, between 9.0% and 79.0%"
    assert of_whom_in_words(mailed) == words


def test_who_withdrew_later_stays_in_the_rate_and_widens_the_bounds():
    mailed = Mailed(sent=100, unmeasured=0, lapsed=20, opened=30, opened_by_any=40)
    assert (mailed.rate, mailed.rate_with_machine) == (0.3, 0.4)
    assert of_whom_in_words(mailed) == "of all, between 30.0% and 60.0%"


@pytest.mark.parametrize("sent", [0, 100])
def test_nothing_is_said_where_everybody_is_measured(sent):
    assert of_whom_in_words(Mailed(sent, 0, 0, sent // 4, sent // 2)) == ""


def test_nobody_measured_has_no_rate_and_says_so():
    mailed = Mailed(sent=50, unmeasured=50, lapsed=0, opened=0, opened_by_any=0)
    assert (mailed.rate, mailed.rate_with_machine) == (None, None)
    words = "none of the 50 sent to may be measured"
    assert of_whom_in_words(mailed) == words


def test_where_bounds_are_not_known_none_are_said():
    said = of_whom(sent=10, measured=4, rates=(0.5, 0.5), of_all=(None, None))
    assert said == "of the 4 who may be measured (of 10 sent)"
