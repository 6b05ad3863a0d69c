"""The types of discounts: their base and their words; pure.

No other code depends on a particular type: a new one needs a member and its facts here, and a
migration for the choices of the columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class DiscountType(StrEnum):
    """The value that is stored and used in the API."""

    CART = "cart"
    DELIVERY = "delivery"

    @property
    def facts(self) -> "TypeFacts":
        return FACTS[self]


class Amounts(Protocol):
    """The parts of a basket, in minor units."""

    @property
    def cart_value_minor(self) -> int: ...

    @property
    def delivery_charge_minor(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFacts:
    """The differences between types.

    - `what`: what a discount is taken from, as in "off the cart"
    - `base_minor`: the amount of it in a basket
    - `may_be_missing`: whether a basket may be without it
    """

    what: str
    base_minor: Callable[[Amounts], int]
    may_be_missing: bool


FACTS = {
    DiscountType.CART: TypeFacts(
        what="cart",
        base_minor=lambda basket: basket.cart_value_minor,
        may_be_missing=False,
    ),
    DiscountType.DELIVERY: TypeFacts(
        what="delivery charge",
        base_minor=lambda basket: basket.delivery_charge_minor,
        may_be_missing=True,
    ),
}


def taken_from(discount_type: str) -> str:
    """What a discount of a stored type is taken from."""
    return DiscountType(discount_type).facts.what
