"""Decides which discounts apply; pure: terms and facts in, a decision out.

Money is whole minor units (cents, paise) of a currency, percentages are hundredths of a percent
(12.5% is 1250), so that only the division by a percentage is ever rounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import cast
from zoneinfo import ZoneInfo

from discounts.money import Currency, to_decimal
from discounts.types import DiscountType

# 100% in hundredths.
WHOLE_PERCENTAGE = 10_000


class Status(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class InactiveReason(StrEnum):
    MANUAL = "manual"
    BUDGET_EXHAUSTED = "budget_exhausted"
    EXPIRED = "expired"


class Refusal(StrEnum):
    """Why a discount does not apply, in the order of the tests."""

    OTHER_CURRENCY = "other_currency"
    INACTIVE = "inactive"
    BUDGET_EXHAUSTED = "budget_exhausted"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    NOT_TARGETED = "not_targeted"
    MIN_CART_VALUE = "min_cart_value"
    DAILY_LIMIT = "daily_limit"
    NO_DISCOUNT = "no_discount"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """A campaign's terms and the state of its budget.

    Exactly one of `percentage_hundredths` and `flat_minor` is set; `inactive_reason` is None while
    the campaign is active; `max_discount_minor` None means no cap.
    """

    campaign_id: int
    currency: Currency
    discount_type: DiscountType
    percentage_hundredths: int | None
    flat_minor: int | None
    max_discount_minor: int | None
    min_cart_value_minor: int
    inactive_reason: InactiveReason | None
    start_date: datetime
    end_date: datetime
    total_budget_minor: int
    used_budget_minor: int
    is_targeted: bool
    max_usage_per_day: int

    @property
    def remaining_minor(self) -> int:
        return self.total_budget_minor - self.used_budget_minor


@dataclass(frozen=True, kw_only=True)
class Basket:
    """A customer's purchase, in minor units of its currency."""

    currency: Currency
    cart_value_minor: int
    delivery_charge_minor: int = 0

    def value_minor(self, discount_type: DiscountType) -> int:
        """The amount that a discount of that type applies to."""
        return discount_type.facts.base_minor(self)

    def with_digits(self, digits: int) -> "Basket":
        """The same in minor units with so many decimals.

        If there are fewer, the rest is dropped: a cart must not qualify by being rounded up.
        """
        own = self.currency.digits
        cart, delivery = (
            minor * 10**digits // 10**own
            for minor in (self.cart_value_minor, self.delivery_charge_minor)
        )
        return Basket(
            currency=replace(self.currency, digits=digits),
            cart_value_minor=cart,
            delivery_charge_minor=delivery,
        )


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """A customer's standing with a campaign: whether targeted, and the uses counted today."""

    is_target: bool = False
    used_today: int = 0


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The result for a basket.

    With a `refusal` the discount is 0. `obstacles` lists everything that prevents it, the refusal
    first; `shortfall_minor` is the amount missing to the smallest cart value.
    """

    terms: Terms
    refusal: Refusal | None
    original_minor: int
    discount_minor: int = 0
    shortfall_minor: int = 0
    obstacles: tuple[Refusal, ...] = ()

    @property
    def exhausts(self) -> bool:
        """Whether the discount takes the rest of the budget."""
        return self.discount_minor == self.terms.remaining_minor

    @property
    def final_minor(self) -> int:
        return self.original_minor - self.discount_minor


def evaluate(terms: Terms, basket: Basket, allowance: Allowance, *, now: datetime) -> Decision:
    """The campaign's decision now; the first failed test is the refusal.

    Amounts of different currencies are never compared: such a basket is refused.
    """
    if basket.currency.code != terms.currency.code:
        return _other_currency(terms)
    basket = basket.with_digits(terms.currency.digits)
    original = basket.value_minor(terms.discount_type)
    wanted = wanted_minor(terms, original)
    obstacles = find_obstacles(terms, basket, allowance, wanted=wanted, now=now)
    if obstacles:
        return Decision(
            terms=terms,
            refusal=obstacles[0],
            original_minor=original,
            shortfall_minor=max(terms.min_cart_value_minor - basket.cart_value_minor, 0),
            obstacles=obstacles,
        )
    return Decision(
        terms=terms,
        refusal=None,
        original_minor=original,
        discount_minor=min(wanted, terms.remaining_minor),
    )


def _other_currency(terms: Terms) -> Decision:
    refusal = Refusal.OTHER_CURRENCY
    return Decision(terms=terms, refusal=refusal, original_minor=0, obstacles=(refusal,))


def find_obstacles(
    terms: Terms, basket: Basket, allowance: Allowance, *, wanted: int, now: datetime
) -> tuple[Refusal, ...]:
    """Everything that prevents a discount of `wanted` minor units, in the order of Refusal.

    An expired campaign is judged by its dates, so that the sweep's mark has no effect.
    """
    tests = (
        (Refusal.INACTIVE, terms.inactive_reason == InactiveReason.MANUAL),
        (Refusal.BUDGET_EXHAUSTED, terms.remaining_minor <= 0),
        (Refusal.NOT_STARTED, now < terms.start_date),
        (Refusal.ENDED, now >= terms.end_date),
        (Refusal.NOT_TARGETED, terms.is_targeted and not allowance.is_target),
        (Refusal.MIN_CART_VALUE, basket.cart_value_minor < terms.min_cart_value_minor),
        (Refusal.DAILY_LIMIT, allowance.used_today >= terms.max_usage_per_day),
        (Refusal.NO_DISCOUNT, not wanted),
    )
    return tuple(refusal for refusal, fails in tests if fails)


def wanted_minor(terms: Terms, value_minor: int) -> int:
    """The discount on a value, ignoring the budget: at most the cap and the value."""
    limits = [_calculated_minor(terms, value_minor), value_minor]
    if terms.max_discount_minor is not None:
        limits.append(terms.max_discount_minor)
    return min(limits)


def _calculated_minor(terms: Terms, value_minor: int) -> int:
    """The percentage of a value, rounded half up; or the flat amount."""
    if terms.percentage_hundredths is None:
        # Without a percentage a constraint of the table requires a flat amount.
        return cast(int, terms.flat_minor)
    product = value_minor * terms.percentage_hundredths
    return (product + WHOLE_PERCENTAGE // 2) // WHOLE_PERCENTAGE


def best_first(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions with a discount, the largest first.

    Of equal ones the campaign that ends earlier comes first, then the one with the lower id.
    """
    return sorted(
        (decision for decision in decisions if decision.refusal is None),
        key=lambda d: (-_discount(d), d.terms.end_date, d.terms.campaign_id),
    )


def _discount(decision: Decision) -> Decimal:
    """In units of the currency: campaigns of one currency may have different decimals."""
    return to_decimal(decision.discount_minor, digits=decision.terms.currency.digits)


def local_day(moment: datetime, *, zone: str) -> date:
    """The calendar day of a moment in a time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def start_of_day(day: date, *, zone: str) -> datetime:
    """The start of a calendar day in a time zone."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def inactive_reason(
    *, switched_off: bool, used_minor: int, total_minor: int, end_date: datetime, now: datetime
) -> InactiveReason | None:
    """Why a campaign is inactive, None if it is active.

    A manually switched off campaign stays off; otherwise the budget takes precedence over the
    dates.
    """
    if switched_off:
        return InactiveReason.MANUAL
    if used_minor >= total_minor:
        return InactiveReason.BUDGET_EXHAUSTED
    if now >= end_date:
        return InactiveReason.EXPIRED
    return None
