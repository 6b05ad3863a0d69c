"""Amounts and percentages between Decimals (forms, API) and whole numbers (tables, rules); pure."""

from decimal import ROUND_HALF_UP, Decimal

# Amounts have at most ten digits, two of them behind the point.
DIGITS = 10
PLACES = 2
LARGEST_MINOR = 10**DIGITS - 1
CENT = Decimal("0.01")


def to_whole(value: Decimal) -> int:
    """An amount in minor units, or a percentage in hundredths; a half is rounded up."""
    return int(value.quantize(CENT, rounding=ROUND_HALF_UP).scaleb(PLACES))


def to_decimal(whole: int) -> Decimal:
    """The amount or percentage of two places that a whole number stands for."""
    return Decimal(whole).scaleb(-PLACES)
