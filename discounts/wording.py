"""Describes discounts and refusals; pure."""

import re
from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import NumberPattern, get_currency_symbol

from discounts.money import Currency, to_decimal
from discounts.rules import Decision, InactiveReason, Refusal, Terms
from discounts.types import taken_from
from foundation import dates

# A campaign's state by its inactive reason.
STATES: dict[str | None, str] = {
    None: "active",
    InactiveReason.MANUAL: "switched off",
    InactiveReason.BUDGET_EXHAUSTED: "budget used up",
    InactiveReason.EXPIRED: "ended",
}


def money(whole: int, *, currency: Currency) -> str:
    """An amount such as "₹1,210.00", formatted for its locale."""
    amount = to_decimal(whole, digits=currency.digits)
    pattern = _pattern(currency.code, currency.digits, currency.locale)
    text: str = pattern.apply(
        amount, currency.locale, currency=currency.code, currency_digits=False
    )
    return text


@cache
def _pattern(code: str, digits: int, locale: str) -> NumberPattern:
    """The locale's pattern with the currency's decimals.

    A no-break space separates digits from a symbol of letters, by CLDR's rule (UTS 35, part 3,
    "Currencies", currencySpacing), which Babel does not implement.
    """
    pattern: NumberPattern = copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    symbol = get_currency_symbol(code, locale)
    if symbol[-1].isalpha():
        pattern.prefix = _replaced(pattern.prefix, "¤$", "¤\N{NO-BREAK SPACE}")
    if symbol[0].isalpha():
        pattern.suffix = _replaced(pattern.suffix, "^¤", "\N{NO-BREAK SPACE}¤")
    return pattern


def _replaced(affixes: tuple[str, str], pattern: str, by: str) -> tuple[str, str]:
    """Replace in the affixes of positive and of negative amounts."""
    positive, negative = (re.sub(pattern, by, affix) for affix in affixes)
    return positive, negative


def percentage(hundredths: int) -> str:
    """Hundredths of a percent such as "35%" or "12.5%"."""
    number = Decimal(hundredths).scaleb(-2).normalize()
    return f"{number:f}%"


def savings(decision: Decision) -> str:
    """The saving, such as "35% off (₹210.00)" or "₹50.00 off"."""
    saved = money(decision.discount_minor, currency=decision.terms.currency)
    hundredths = decision.terms.percentage_hundredths
    return f"{saved} off" if hundredths is None else f"{percentage(hundredths)} off ({saved})"


def gives(terms: Terms) -> str:
    """A campaign's discount, such as "35% off the cart, at most ₹300.00"."""
    if terms.percentage_hundredths is None:
        # Required by a constraint of the table.
        flat = cast(int, terms.flat_minor)
        given = money(flat, currency=terms.currency)
    else:
        given = percentage(terms.percentage_hundredths)
    words = f"{given} off the {taken_from(terms.discount_type)}"
    if terms.max_discount_minor is not None:
        words += f", at most {money(terms.max_discount_minor, currency=terms.currency)}"
    return words


def summary(terms: Terms, *, zone: str, targets: int) -> str:
    """A campaign in one sentence; `targets` is the number of target customers."""
    total, used = (
        money(amount, currency=terms.currency)
        for amount in (terms.total_budget_minor, terms.used_budget_minor)
    )
    smallest = terms.min_cart_value_minor
    carts = f", for carts from {money(smallest, currency=terms.currency)}" if smallest else ""
    parts = [
        gives(terms) + carts,
        f"from {clock(terms.start_date, zone)} until {moment(terms.end_date, zone)}",
        _for_whom(targets) if terms.is_targeted else "for everybody",
        f"each customer {_times(terms.max_usage_per_day)} a day",
        f"budget {total}, of which {used} is used",
    ]
    return "; ".join(parts) + "."


def refusal(decision: Decision, *, zone: str) -> str:
    """Why a campaign does not apply to a basket, and what would help; times are in its zone."""
    terms = decision.terms
    sentences: dict[Refusal | None, str] = {
        Refusal.OTHER_CURRENCY: f"its amounts are in {terms.currency.code}, the basket's are not",
        Refusal.INACTIVE: "the campaign is switched off",
        Refusal.BUDGET_EXHAUSTED: "the budget is used up",
        Refusal.NOT_STARTED: f"starts on {moment(terms.start_date, zone)}",
        Refusal.ENDED: f"ended on {moment(terms.end_date, zone)}",
        Refusal.NOT_TARGETED: "only for the campaign's target customers",
        Refusal.MIN_CART_VALUE: (
            f"add {money(decision.shortfall_minor, currency=terms.currency)} to qualify"
        ),
        Refusal.DAILY_LIMIT: _used_up_today(terms.max_usage_per_day),
        Refusal.NO_DISCOUNT: "there is no amount to take it from",
    }
    return sentences[decision.refusal]


def moment(at: datetime, zone: str) -> str:
    """A moment in a time zone, such as "2 March 2026, 23:30 (Asia/Kolkata)"."""
    return f"{clock(at, zone)} ({zone})"


def clock(at: datetime, zone: str) -> str:
    """The same without the zone."""
    return dates.moment(at.astimezone(ZoneInfo(zone)))


def _for_whom(targets: int) -> str:
    return f"for {targets:,} chosen customer{'' if targets == 1 else 's'}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"up to {number:,} times"


def _used_up_today(limit: int) -> str:
    times = "once" if limit == 1 else f"{limit:,} times"
    return f"used {times} today, which is all a day allows; try again tomorrow"
