"""Explains for each campaign what a basket gets, or why not and what would change that; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from discounts.rules import Decision, Refusal, local_day, start_of_day
from discounts.wording import moment, money
from foundation.dates import day

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Obstacle:
    """A reason why a discount does not apply, and what would change that."""

    reason: str
    remedy: str


def obstacles(decision: Decision, *, zone: str, now: datetime) -> list[Obstacle]:
    """Everything that prevents a discount, in the order of the tests."""
    said = _said(decision, zone=zone, now=now)
    return [said[refusal] for refusal in decision.obstacles]


def _said(decision: Decision, *, zone: str, now: datetime) -> dict[Refusal, Obstacle]:
    terms = decision.terms
    smallest, lacking, total = (
        money(amount, currency=terms.currency)
        for amount in (
            terms.min_cart_value_minor,
            decision.shortfall_minor,
            terms.total_budget_minor,
        )
    )
    start, end = moment(terms.start_date, zone), moment(terms.end_date, zone)
    return {
        Refusal.OTHER_CURRENCY: Obstacle(
            f"Its amounts are in {terms.currency.code}, and the basket's are not.",
            "Make a campaign in the shop's currency.",
        ),
        Refusal.INACTIVE: Obstacle("It is switched off.", "Activate the campaign."),
        Refusal.BUDGET_EXHAUSTED: Obstacle(
            f"Its budget of {total} is used up.", "Raise the budget."
        ),
        Refusal.NOT_STARTED: Obstacle(
            f"It starts on {start}.", "Wait until then, or give it an earlier start."
        ),
        Refusal.ENDED: Obstacle(f"It ended on {end}.", "Give it a later end."),
        Refusal.NOT_TARGETED: Obstacle(
            "It is for chosen customers, and this one is not among them.",
            "Add the customer to those whom it is for.",
        ),
        Refusal.MIN_CART_VALUE: Obstacle(
            f"It is for carts from {smallest}.", f"Add {lacking} to qualify."
        ),
        Refusal.DAILY_LIMIT: _daily_limit(decision, zone=zone, now=now),
        Refusal.NO_DISCOUNT: _nothing_to_take(decision),
    }


def _daily_limit(decision: Decision, *, zone: str, now: datetime) -> Obstacle:
    today, limit = local_day(now, zone=zone), decision.terms.max_usage_per_day
    times = "once" if limit == 1 else f"{limit:,} times"
    reason = f"Used {times} on {day(today)}, which is all a day allows."
    again = start_of_day(today + DAY, zone=zone)
    if again >= decision.terms.end_date:
        return Obstacle(reason, "Allow more uses a day; it ends before the next day begins.")
    return Obstacle(reason, f"Again from {moment(again, zone)}, or allow more uses a day.")


def _nothing_to_take(decision: Decision) -> Obstacle:
    facts = decision.terms.discount_type.facts
    if facts.may_be_missing and not decision.original_minor:
        return Obstacle(f"There is no {facts.what}.", f"Ask with a {facts.what}.")
    return Obstacle("Its share of so little is nothing.", "Ask with a larger amount.")
