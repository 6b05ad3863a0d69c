"""Currencies, and conversion between Decimals (forms, API) and minor units (tables, rules); pure.

A currency's decimals are CLDR's (https://cldr.unicode.org, through Babel): those used in prices.
ISO 4217 also counts coins that are no longer used: two decimals for IDR, where CLDR has none. So an
amount is never more exact than its display.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from babel.localedata import exists
from babel.numbers import get_currency_precision

# The largest integer that every JSON parser reads exactly.
LARGEST_MINOR = 2**53 - 1
# No currency has more decimals.
MOST_DIGITS = 4
# Of a percentage.
PERCENT_DIGITS = 2
# Texts and dates are in English, too.
ENGLISH = "en"


@dataclass(frozen=True)
class Currency:
    """An ISO 4217 code and the number of decimals of its amounts.

    `locale` is only for formatting and does not affect equality.
    """

    code: str
    digits: int
    locale: str = field(default=ENGLISH, compare=False)


def currency_by_code(code: str, *, locale: str = "") -> Currency:
    """A currency with CLDR's decimals, formatted for `locale`, or for its own country."""
    return Currency(code, get_currency_precision(code), locale or own_locale(code))


def own_locale(code: str) -> str:
    """English for the currency's country, such as en_IN for INR; plain English without one.

    The first two letters of a code are its country's, by ISO 4217.
    """
    local = f"{ENGLISH}_{code[:2]}"
    return local if exists(local) else ENGLISH


def to_whole(value: Decimal, *, digits: int) -> int:
    """The amount in minor units with so many decimals, rounded half up."""
    return int(value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP).scaleb(digits))


def to_decimal(whole: int, *, digits: int) -> Decimal:
    """The amount for minor units with so many decimals."""
    return Decimal(whole).scaleb(-digits)
