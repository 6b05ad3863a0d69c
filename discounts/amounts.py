"""Reads amounts and percentages from people and programs; pure.

Results are whole numbers: minor units with so many decimals, or hundredths of a percent. Raises
BadValue with a sentence that never repeats the value.
"""

import re
from decimal import Decimal

from discounts.money import to_decimal, to_whole
from foundation.parsing import BadValue

PLAIN = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?", re.ASCII)
TOO_EXACT = (
    "Give a whole number: there are no decimals here.",
    "Give at most one decimal.",
    "Give at most two decimals.",
    "Give at most three decimals.",
    "Give at most four decimals.",
)


def read_amount(value: object, *, smallest: int, largest: int, digits: int) -> int:
    """A number with a limited number of decimals between two bounds, both included; no text."""
    number = _number(value, smallest, largest, digits)
    return _exact(number, smallest, largest, digits)


def round_amount(value: object, *, smallest: int, largest: int, digits: int) -> int:
    """The same for calculated numbers: additional decimals are rounded half up.

    0.1 + 0.2 is 0.30000000000000004 in most languages, and means 0.30.
    """
    number = _number(value, smallest, largest, digits)
    # Far outside; rounding such a number would need more digits than the context has.
    if abs(number) > to_decimal(largest, digits=digits) + 1:
        raise BadValue(_range(smallest, largest, digits))
    rounded = to_decimal(to_whole(number, digits=digits), digits=digits)
    return _exact(rounded, smallest, largest, digits)


def read_amount_text(text: str, *, smallest: int, largest: int, digits: int) -> int:
    """A number typed by a person: digits and a point, no exponent, no additional decimals."""
    if not PLAIN.fullmatch(text.strip()):
        raise BadValue(_no_number(digits))
    return _exact(Decimal(text.strip()), smallest, largest, digits)


def example(digits: int) -> str:
    """An example amount with so many decimals, such as 499.90."""
    return str(Decimal("499.9").quantize(Decimal(1).scaleb(-digits)))


def _number(value: object, smallest: int, largest: int, digits: int) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadValue(_no_number(digits))
    # Longer than any amount; converting a huge number to a Decimal would only cost time.
    if isinstance(value, int) and value.bit_length() > 100:
        raise BadValue(_range(smallest, largest, digits))
    # A float's shortest representation is the number that was sent.
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise BadValue(_no_number(digits))
    return number


def _exact(number: Decimal, smallest: int, largest: int, digits: int) -> int:
    if not to_decimal(smallest, digits=digits) <= number <= to_decimal(largest, digits=digits):
        raise BadValue(_range(smallest, largest, digits))
    whole = to_whole(number, digits=digits)
    if number != to_decimal(whole, digits=digits):
        raise BadValue(TOO_EXACT[digits])
    return whole


def _no_number(digits: int) -> str:
    return f"Give a number such as {example(digits)}."


def _range(smallest: int, largest: int, digits: int) -> str:
    least, most = (to_decimal(bound, digits=digits) for bound in (smallest, largest))
    return f"Give a number between {least} and {most}."
