"""Currencies, and amounts between Decimals (forms, API) and whole numbers (tables, rules); pure.

A currency's decimals are CLDR's (https://cldr.unicode.org, through Babel): those that its prices
are written with. ISO 4217 also counts coins that nobody pays with any more: two decimals for IDR,
where CLDR has none. Then an amount is never more exact than what is shown of it.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from babel.localedata import exists
from babel.numbers import get_currency_precision

# The largest whole number below which every reader of JSON knows all.
LARGEST_MINOR = 2**53 - 1
# No currency has more decimals.
MOST_DIGITS = 4
# Of a percentage.
PERCENT_DIGITS = 2
# Words and dates are in English, too.
ENGLISH = "en"


@dataclass(frozen=True)
class Currency:
    """What amounts are in: an ISO 4217 code and the number of their decimals.

    `locale` is how they are written, and no part of what they are.
    """

    code: str
    digits: int
    locale: str = field(default=ENGLISH, compare=False)


def currency_by_code(code: str, *, locale: str = "") -> Currency:
    """A currency with CLDR's decimals, written as in `locale`, or as in its own country."""
    return Currency(code, get_currency_precision(code), locale or own_locale(code))


def own_locale(code: str) -> str:
    """English as in the currency's country, such as en_IN for INR; plain English without one.

    The first two letters of a code are its country's, by ISO 4217.
    """
    local = f"{ENGLISH}_{code[:2]}"
    return local if exists(local) else ENGLISH


def to_whole(value: Decimal, *, digits: int) -> int:
    """An amount in minor units of so many decimals; half a minor unit is rounded up."""
    return int(value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP).scaleb(digits))


def to_decimal(whole: int, *, digits: int) -> Decimal:
    """The amount of so many decimals that minor units stand for."""
    return Decimal(whole).scaleb(-digits)
