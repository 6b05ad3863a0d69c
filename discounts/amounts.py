"""Reads the amounts and percentages that people and programs send; pure.

What is read is whole: minor units, or hundredths of a percent. Raises BadValue with a sentence
that never repeats the value.
"""

import math
import re
from decimal import Decimal

from discounts.money import PLACES, to_decimal, to_whole
from pixeltrack.values import BadValue

PLAIN = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?", re.ASCII)
NO_NUMBER = "Give a number such as 499.90."


def read_amount(value: object, *, smallest: int, largest: int) -> int:
    """A number of at most two decimals between two whole bounds, both included; no text."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadValue(NO_NUMBER)
    # Longer than any amount; turning a huge one into a Decimal would only cost time.
    if isinstance(value, int) and value.bit_length() > 100:
        raise BadValue(_range(smallest, largest))
    if isinstance(value, float) and not math.isfinite(value):
        raise BadValue(NO_NUMBER)
    # A float's shortest text is the number that was sent.
    return _read(Decimal(str(value)), smallest, largest)


def read_amount_text(text: str, *, smallest: int, largest: int) -> int:
    """The same from what a person typed: digits and a point, no exponent."""
    if not PLAIN.fullmatch(text.strip()):
        raise BadValue(NO_NUMBER)
    return _read(Decimal(text.strip()), smallest, largest)


def _read(number: Decimal, smallest: int, largest: int) -> int:
    if not number.is_finite():
        raise BadValue(NO_NUMBER)
    if not to_decimal(smallest) <= number <= to_decimal(largest):
        raise BadValue(_range(smallest, largest))
    if number != number.quantize(Decimal(1).scaleb(-PLACES)):
        raise BadValue("Give at most two decimals.")
    return to_whole(number)


def _range(smallest: int, largest: int) -> str:
    return f"Give a number between {to_decimal(smallest)} and {to_decimal(largest)}."
