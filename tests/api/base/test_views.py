"""Answers hold every digit of an amount, and no text is taken for one."""

import json
from decimal import Decimal

import pytest

from api.base import views
from api.base.views import ExactJSONEncoder


@pytest.mark.parametrize(
    "amount", ["0", "-0.10", "9007199254740993.01", "1E+3", "1E-7", "12345678901234567890.5"]
)
def test_an_amount_keeps_all_its_digits(amount):
    written = ExactJSONEncoder().encode({"amount": Decimal(amount)})
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal) == {
        "amount": Decimal(amount)
    }
    assert "E" not in written


def test_a_text_that_looks_like_an_amount_stays_a_text(monkeypatch):
    monkeypatch.setattr(views.secrets, "token_hex", lambda size: "a" * 2 * size)
    guessed = f"{'b' * 32}12.5"
    written = ExactJSONEncoder().encode({"amount": Decimal("12.50"), "name": guessed})
    assert written == f'{{"amount": 12.50, "name": "{guessed}"}}'


def test_each_answer_has_a_mark_of_its_own():
    encoder, other = ExactJSONEncoder(), ExactJSONEncoder()
    assert encoder.default(Decimal(1)) != other.default(Decimal(1))


def test_what_is_no_amount_is_written_as_by_the_framework():
    assert ExactJSONEncoder().encode({"name": "A", "n": [1, 2.5]}) == '{"name": "A", "n": [1, 2.5]}'
