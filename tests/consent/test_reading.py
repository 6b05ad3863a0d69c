"""How a reported decision is read."""

from datetime import UTC, datetime

import pytest

from consent.modes import Answer
from consent.reading import Told, read_answer, read_decision, read_word
from foundation.parsing import BadValue

MAY = datetime(2026, 5, 3, 9, tzinfo=UTC)


def read(**values):
    return read_decision(values, zone=UTC)


def test_everything_is_read_once_for_all():
    told, errors = read(
        consent_opens="granted",
        consent_clicks="denied",
        consent_at="2026-05-03T09:00:00",
        consent_text=" We measure. ",
        consent_proof="form 7",
    )
    assert told == Told(Answer.GRANTED, Answer.DENIED, MAY, "We measure.", "form 7")
    assert errors == {}


@pytest.mark.parametrize("name", ["consent_opens", "consent_clicks"])
def test_one_answer_is_enough(name):
    told, errors = read(**{name: "denied"}, consent_at=None)
    assert errors == {}
    assert [told.opens, told.clicks].count(None) == 1


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, ["consent_opens"]),
        ({"consent_clicks": "maybe"}, ["consent_clicks"]),
        ({"consent_opens": "denied", "consent_at": "May"}, ["consent_at"]),
        ({"consent_opens": "denied", "consent_proof": "x" * 201}, ["consent_proof"]),
        ({"consent_opens": "x", "consent_text": 7}, ["consent_opens", "consent_text"]),
    ],
)
def test_each_wrong_value_is_named(values, fields):
    assert list(read(**values)[1]) == fields


YES = "yes Y TRUE 1 granted agreed Ja wahr OUI vrai si sí Sì vero"
NO = "no N False 0 denied refused withdrawn Nein falsch NON faux falso nee"


@pytest.mark.parametrize("word", YES.split())
def test_a_yes_in_a_file_is_said_in_many_ways(word):
    assert read_word(word) == Answer.GRANTED


@pytest.mark.parametrize("word", NO.split())
def test_so_is_a_no(word):
    assert read_word(word) == Answer.DENIED


@pytest.mark.parametrize("word", ["", "maybe", "asked", "yes please", None, 1, True])
def test_what_is_neither_is_refused(word):
    with pytest.raises(BadValue, match="yes or no"):
        read_word(word)


@pytest.mark.parametrize("value", ["yes", "Granted", "", None, True, []])
def test_calls_speak_the_names_of_answers_alone(value):
    with pytest.raises(BadValue, match="granted, denied"):
        read_answer(value)


@pytest.mark.parametrize(
    ("opens", "clicks", "left"),
    [
        (Answer.DENIED, Answer.GRANTED, (Answer.DENIED, None)),
        (Answer.GRANTED, Answer.DENIED, (None, Answer.DENIED)),
        (Answer.DENIED, Answer.DENIED, (Answer.DENIED, Answer.DENIED)),
        (Answer.GRANTED, None, None),
        (None, None, None),
    ],
)
def test_of_a_row_with_errors_each_no_is_left(opens, clicks, left):
    told = Told(opens, clicks, MAY, "We measure.", "form 7").refusals()
    assert told == (None if left is None else Told(*left, MAY, "", "form 7"))


def test_what_is_no_answer_is_told_what_would_be():
    with pytest.raises(BadValue, match=r"^Give one of granted, denied\.$"):
        read_answer("perhaps")
    with pytest.raises(BadValue, match=r"^Say yes or no\.$"):
        read_word("perhaps")


@pytest.mark.parametrize(("length", "fits"), [(20_000, True), (20_001, False)])
def test_a_text_may_be_so_long(length, fits):
    _, errors = read(consent_opens="granted", consent_text="x" * length)
    assert (errors == {}) is fits
