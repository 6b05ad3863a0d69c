"""Reads the amounts and percentages that people and programs send; pure.

What is read is whole: minor units, or hundredths of a percent. Raises BadValue with a sentence
that never repeats the value.
"""

import math
import re
from decimal import Decimal

from discounts.money import to_decimal, to_whole
from pixeltrack.values import BadValue

PLAIN = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?", re.ASCII)
NO_NUMBER = "Give a number such as 499.90."


def read_amount(value: object, *, smallest: int, largest: int, rounded: bool = False) -> int:
    """A number of at most two decimals between two whole bounds, both included; no text.

    With `rounded` more decimals are rounded first, as `to_whole` does it: what a program has
    added up in floats (0.1 + 0.2) is no slip.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadValue(NO_NUMBER)
    # Longer than any amount; turning a huge one into a Decimal would only cost time.
    if isinstance(value, int) and value.bit_length() > 100:
        raise BadValue(_range(smallest, largest))
    if isinstance(value, float) and not math.isfinite(value):
        raise BadValue(NO_NUMBER)
    # A float's shortest text is the number that was sent.
    return _read(Decimal(str(value)), smallest, largest, rounded=rounded)


def read_amount_text(text: str, *, smallest: int, largest: int) -> int:
    """The same from what a person typed: digits and a point, no exponent."""
    if not PLAIN.fullmatch(text.strip()):
        raise BadValue(NO_NUMBER)
    return _read(Decimal(text.strip()), smallest, largest)


def _read(number: Decimal, smallest: int, largest: int, *, rounded: bool = False) -> int:
    if not number.is_finite():
        raise BadValue(NO_NUMBER)
    # Far outside; rounding such a number would take more digits than there are.
    if abs(number) > to_decimal(largest) + 1:
        raise BadValue(_range(smallest, largest))
    whole = to_whole(number)
    read = to_decimal(whole) if rounded else number
    if not to_decimal(smallest) <= read <= to_decimal(largest):
        raise BadValue(_range(smallest, largest))
    if read != to_decimal(whole):
        raise BadValue("Give at most two decimals.")
    return whole


def _range(smallest: int, largest: int) -> str:
    return f"Give a number between {to_decimal(smallest)} and {to_decimal(largest)}."
