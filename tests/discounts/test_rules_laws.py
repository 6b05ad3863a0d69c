"""Laws that hold for every campaign, basket and customer."""

from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from discounts.money import LARGEST_MINOR, Currency, to_decimal
from discounts.rules import Allowance, Basket, InactiveReason, Refusal, best_first, evaluate
from discounts.types import DiscountType
from tests.discounts.factories import NOW, terms

patient = settings(deadline=None)
currencies = st.sampled_from([Currency("INR", n) for n in (0, 2, 3)])
amounts = st.integers(0, LARGEST_MINOR) | st.integers(0, 500)
some = amounts.map(lambda amount: max(amount, 1))
spans = st.integers(-3, 3).map(lambda n: timedelta(microseconds=n))


generous = st.builds(
    terms,
    campaign_id=st.integers(1, 5),
    currency=currencies,
    percentage_hundredths=st.integers(1, 10_000),
    discount_type=st.sampled_from(DiscountType),
    max_discount_minor=st.none() | some,
    total_budget_minor=st.just(LARGEST_MINOR),
    max_usage_per_day=st.just(5),
)


@st.composite
def strict(draw):
    total = draw(some)
    by_percentage = draw(st.booleans())
    return terms(
        campaign_id=draw(st.integers(1, 5)),
        currency=draw(currencies),
        discount_type=draw(st.sampled_from(DiscountType)),
        percentage_hundredths=draw(st.integers(1, 10_000)) if by_percentage else None,
        flat_minor=None if by_percentage else draw(some),
        max_discount_minor=draw(st.none() | some),
        min_cart_value_minor=draw(amounts),
        inactive_reason=draw(st.none() | st.sampled_from(InactiveReason)),
        start_date=NOW + draw(spans),
        end_date=NOW + draw(spans),
        total_budget_minor=total,
        used_budget_minor=draw(st.integers(0, total)),
        is_targeted=draw(st.booleans()),
        max_usage_per_day=draw(st.integers(1, 3)),
    )


# Few baskets meet a strict campaign's terms; all meet a generous one's.
campaigns = generous | strict()
baskets = st.builds(
    Basket, currency=currencies, cart_value_minor=some, delivery_charge_minor=amounts
)
allowances = st.builds(Allowance, is_target=st.booleans(), used_today=st.integers(0, 4))


def calculated(own, value):
    """The same in Decimal, calculated in the simplest way."""
    if own.percentage_hundredths is None:
        return amount(own, own.flat_minor)
    with localcontext(prec=60):
        share = amount(own, value) * Decimal(own.percentage_hundredths) / 10_000
        return share.quantize(amount(own, 1), rounding=ROUND_HALF_UP)


def amount(own, minor):
    return to_decimal(minor, digits=own.currency.digits)


@patient
@given(campaigns, baskets, allowances)
def test_a_discount_never_exceeds_any_of_its_limits(own, basket, allowance):
    decision = evaluate(own, basket, allowance, now=NOW)
    value = basket.with_digits(own.currency.digits).value_minor(own.discount_type)
    assert decision.original_minor == value
    assert decision.original_minor == decision.discount_minor + decision.final_minor
    if decision.refusal is not None:
        assert decision.discount_minor == 0
        return
    limits = [calculated(own, value), amount(own, own.remaining_minor), amount(own, value)]
    if own.max_discount_minor is not None:
        limits.append(amount(own, own.max_discount_minor))
    assert 0 < amount(own, decision.discount_minor) == min(limits)


@patient
@given(campaigns, baskets, allowances)
def test_a_customer_who_gets_a_discount_is_eligible_in_every_respect(own, basket, allowance):
    if evaluate(own, basket, allowance, now=NOW).refusal is None:
        assert own.inactive_reason != InactiveReason.MANUAL
        assert own.used_budget_minor < own.total_budget_minor
        assert own.start_date <= NOW < own.end_date
        assert allowance.is_target or not own.is_targeted
        cart = basket.with_digits(own.currency.digits).cart_value_minor
        assert cart >= own.min_cart_value_minor
        assert allowance.used_today < own.max_usage_per_day


@patient
@given(campaigns, baskets, allowances)
def test_filling_the_shortfall_removes_that_refusal(own, basket, allowance):
    decision = evaluate(own, basket, allowance, now=NOW)
    if Refusal.MIN_CART_VALUE not in decision.obstacles:
        assert decision.shortfall_minor == 0
        return
    basket = basket.with_digits(own.currency.digits)
    cart = basket.cart_value_minor + decision.shortfall_minor
    for lacking, refused in ((0, False), (1, True)):
        filled = replace(basket, cart_value_minor=cart - lacking)
        obstacles = evaluate(own, filled, allowance, now=NOW).obstacles
        assert (Refusal.MIN_CART_VALUE in obstacles) is refused


@patient
@given(campaigns, baskets, allowances, some)
def test_a_larger_basket_never_gets_less(own, basket, allowance, more):
    larger = replace(
        basket,
        cart_value_minor=basket.cart_value_minor + more,
        delivery_charge_minor=basket.delivery_charge_minor + more,
    )
    before = evaluate(own, basket, allowance, now=NOW).discount_minor
    assert evaluate(own, larger, allowance, now=NOW).discount_minor >= before


@patient
@given(st.lists(st.tuples(campaigns, baskets), max_size=8))
def test_ranking_keeps_what_gives_something_in_a_fixed_order(pairs):
    allowance = Allowance(is_target=True, used_today=0)
    decisions = [evaluate(own, basket, allowance, now=NOW) for own, basket in pairs]
    ranked = best_first(decisions)
    assert sorted(map(id, ranked)) == sorted(id(d) for d in decisions if d.refusal is None)
    for first, second in pairwise(ranked):
        more, less = (amount(d.terms, d.discount_minor) for d in (first, second))
        assert more >= less
        if more == less:
            assert (first.terms.end_date, first.terms.campaign_id) <= (
                second.terms.end_date,
                second.terms.campaign_id,
            )


@patient
@given(campaigns, baskets, allowances)
def test_a_basket_in_another_currency_is_compared_with_nothing(own, basket, allowance):
    other = replace(basket, currency=Currency("EUR", basket.currency.digits))
    decision = evaluate(own, other, allowance, now=NOW)
    assert decision.obstacles == (Refusal.OTHER_CURRENCY,)
    assert (decision.original_minor, decision.discount_minor, decision.shortfall_minor) == (0, 0, 0)


@patient
@given(baskets, st.integers(0, 4))
def test_a_basket_keeps_its_amounts_with_more_decimals(basket, digits):
    other = basket.with_digits(digits)
    for kind in DiscountType:
        before, after = (
            to_decimal(own.value_minor(kind), digits=own.currency.digits) for own in (basket, other)
        )
        # Never up, so that nobody qualifies by it.
        assert 0 <= before - after < to_decimal(1, digits=digits)
        assert before == after or digits < basket.currency.digits
