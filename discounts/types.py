"""The types of discounts: what each takes from, and in which words; pure.

Nothing else asks which type a discount is of: a new one is a member and its facts here, and a
migration for the choices of the columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class DiscountType(StrEnum):
    """As it is stored, and as the API says it."""

    CART = "cart"
    DELIVERY = "delivery"

    @property
    def facts(self) -> "TypeFacts":
        return FACTS[self]


class Amounts(Protocol):
    """What a basket is made of, in minor units."""

    @property
    def cart_value_minor(self) -> int: ...

    @property
    def delivery_charge_minor(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFacts:
    """What differs by type.

    - `what`: what a discount is taken from, as in "off the cart"
    - `base_minor`: how much of it a basket holds
    - `may_be_missing`: whether there are baskets without it
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
