"""Which planned shares make a whole."""

from decimal import Decimal

import pytest

from campaigns.planned_split import split_in_words, split_problem


def shares(*given):
    return {name: share and Decimal(share) for name, share in zip("ABC", given, strict=False)}


@pytest.mark.parametrize(
    "given",
    [
        (),
        (None,),
        (None, None),
        ("50", "50"),
        ("33.33", "33.33", "33.34"),
        ("33.3", "33.3", "33.3"),
        ("20", None),
        ("99.99", None),
    ],
)
def test_a_whole_is_fine(given):
    assert split_problem(shares(*given)) == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("50",), "add up to 50%"),
        (("50", "30"), "add up to 80%: make it 100%"),
        (("60", "60"), "add up to 120%"),
        (("100", None), "add up to 100%, which leaves nothing for B"),
        (("120", None, None), "leaves nothing for B and C"),
    ],
)
def test_what_is_no_whole_is_said_with_what_to_do(given, said):
    assert said in split_problem(shares(*given))


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"A": "45", "B": None, "Control": "10"}, "A 45 %, B 45 %, Control 10 %"),
        ({"A": None, "B": None, "C": None}, "A 33.33 %, B 33.33 %, C 33.33 %"),
        ({"A": "12.5", "B": "87.50"}, "A 12.5 %, B 87.5 %"),
        ({"A": "100", "B": None}, "A 100 %, B 0 %"),
        ({"A": "10", "B": "30"}, "A 25 %, B 75 %"),
        ({}, ""),
    ],
)
def test_a_split_in_words(shares, words):
    exact = {name: None if share is None else Decimal(share) for name, share in shares.items()}
    assert split_in_words(exact) == words
