"""A campaign's performance in words, numbers and rows for its page; pure."""

from collections.abc import Sequence
from datetime import datetime

from discounts import wording
from discounts.burn import BurnDay, DayOfUse, burn, complete_days, pace_minor
from discounts.forecast_text import outlook
from discounts.money import to_decimal
from discounts.rules import Refusal, Terms
from discounts.wording import money

REASONS = {
    Refusal.INACTIVE: "The campaign was switched off",
    Refusal.BUDGET_EXHAUSTED: "The budget was used up",
    Refusal.NOT_STARTED: "It had not started",
    Refusal.ENDED: "It had ended",
    Refusal.NOT_TARGETED: "The customer was not among the chosen ones",
    Refusal.MIN_CART_VALUE: "The cart was too small",
    Refusal.DAILY_LIMIT: "The customer's uses of the day were used up",
    Refusal.NO_DISCOUNT: "There was nothing to take it from",
}


def page_of(
    terms: Terms,
    days: Sequence[DayOfUse],
    *,
    existed_since: datetime,
    currency: str,
    zone: str,
    now: datetime,
) -> dict[str, object]:
    """What the page shows of the budget and its days."""
    used = sum(day.spent_minor for day in days)
    whole = complete_days(terms, days, existed_since=existed_since, zone=zone, now=now)
    burnt = burn(terms, days, zone=zone, now=now)
    return {
        "used": money(used, currency=currency),
        "total": money(terms.total_budget_minor, currency=currency),
        "share": share(used, terms.total_budget_minor),
        "pace": money(pace_minor(terms, now), currency=currency),
        "pace_summary": pace_summary(terms, used, currency=currency, now=now),
        "redemptions": f"{sum(day.redemptions for day in days):,}",
        "cancelled": f"{sum(day.cancelled for day in days):,}",
        "days_summary": days_summary(days),
        "outlook": outlook(terms, whole, currency=currency, zone=zone, now=now),
        "rows": [_row(day, currency) for day in burnt],
        "is_cut": any(day.day < burnt[0].day for day in days),
    }


def pace_summary(terms: Terms, used: int, *, currency: str, now: datetime) -> str:
    """One sentence on the budget against an even pace."""
    total, even = terms.total_budget_minor, pace_minor(terms, now)
    said = f"{money(used, currency=currency)} of {money(total, currency=currency)} are used"
    said += f" ({share(used, total)})"
    if now < terms.start_date:
        return f"{said}; the campaign has not started."
    if used == even:
        return f"{said}, just as an even pace would have it."
    difference = money(abs(used - even), currency=currency)
    more = "more" if used > even else "less"
    return f"{said}, {difference} {more} than at an even pace ({money(even, currency=currency)})."


def days_summary(days: Sequence[DayOfUse]) -> str:
    """One sentence on the redemptions by day."""
    used = [day for day in days if day.redemptions]
    if not used:
        return "Nobody has used it yet."
    busiest = max(used, key=lambda day: day.redemptions)
    count = sum(day.redemptions for day in used)
    return (
        f"{_counted(count, 'redemption')} on {_counted(len(used), 'day')}; the busiest was "
        f"{wording.day(busiest.day)} ({busiest.redemptions:,})."
    )


def share(part: int, whole: int) -> str:
    """A part of a whole in percent; neither nothing nor everything is ever rounded to."""
    tenths = part * 1000 // whole
    if part and not tenths:
        return "under 0.1%"
    return f"{tenths / 10:.1f}%"


def reason_in_words(refusal: Refusal) -> str:
    return REASONS[refusal]


def _row(burnt: BurnDay, currency: str) -> dict[str, object]:
    use = burnt.use
    return {
        "day": wording.day(burnt.day),
        "redemptions": use and f"{use.redemptions:,}",
        "cancelled": use and f"{use.cancelled:,}",
        "spent": use and money(use.spent_minor, currency=currency),
        "used": use and money(burnt.used_minor, currency=currency),
        "pace": money(burnt.pace_minor, currency=currency),
        "redemptions_drawn": use and use.redemptions,
        "used_drawn": use and str(to_decimal(burnt.used_minor)),
        "pace_drawn": str(to_decimal(burnt.pace_minor)),
    }


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
