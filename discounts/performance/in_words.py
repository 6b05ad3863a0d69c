"""Describes a campaign's performance for its page; pure."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from discounts.money import Currency
from discounts.performance.forecast_text import outlook
from discounts.performance.pace import Course, DayOfUse, PaceDay, complete_days, pace_minor
from discounts.rules import Refusal, Terms
from discounts.wording import money
from foundation import dates

REASONS = {
    Refusal.OTHER_CURRENCY: "The basket was in another currency",
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
    terms: Terms, days: Sequence[DayOfUse], course: Course, *, existed_since: datetime
) -> dict[str, object]:
    """What the page shows of the budget and its days."""
    shown = partial(money, currency=terms.currency)
    zone, now = course.zone, course.as_of
    used = sum(day.spent_minor for day in days)
    whole = complete_days(terms, days, existed_since=existed_since, zone=zone, now=now)
    return {
        "used": shown(used),
        "total": shown(terms.total_budget_minor),
        "share": share(used, terms.total_budget_minor),
        "pace": shown(pace_minor(terms, now)),
        "pace_summary": pace_summary(terms, used, now=now),
        "redemptions": f"{sum(day.redemptions for day in days):,}",
        "cancelled": f"{sum(day.cancelled for day in days):,}",
        "days_summary": days_summary(days),
        "outlook": outlook(terms, whole, zone=zone, now=now),
        "rows": [_row(day, terms.currency) for day in course.days],
        "is_cut": any(day.day < course.days[0].day for day in days),
    }


def pace_summary(terms: Terms, used: int, *, now: datetime) -> str:
    """One sentence on the budget compared with an even pace."""
    shown = partial(money, currency=terms.currency)
    total, even = terms.total_budget_minor, pace_minor(terms, now)
    said = f"{shown(used)} of {shown(total)} are used"
    said += f" ({share(used, total)})"
    if now < terms.start_date:
        return f"{said}; the campaign has not started."
    if used == even:
        return f"{said}, exactly at an even pace."
    difference = shown(abs(used - even))
    more = "more" if used > even else "less"
    return f"{said}, {difference} {more} than at an even pace ({shown(even)})."


def days_summary(days: Sequence[DayOfUse]) -> str:
    """One sentence on the redemptions by day."""
    used = [day for day in days if day.redemptions]
    if not used:
        return "Nobody has used it yet."
    busiest = max(used, key=lambda day: day.redemptions)
    count = sum(day.redemptions for day in used)
    return (
        f"{_counted(count, 'redemption')} on {_counted(len(used), 'day')}; the busiest was "
        f"{dates.day(busiest.day)} ({busiest.redemptions:,})."
    )


def share(part: int, whole: int) -> str:
    """A percentage; never rounded to 0% or 100%."""
    tenths = part * 1000 // whole
    if part and not tenths:
        return "under 0.1%"
    return f"{tenths / 10:.1f}%"


def reason_in_words(refusal: Refusal) -> str:
    return REASONS[refusal]


def _row(paced: PaceDay, currency: Currency) -> dict[str, object]:
    use, used = paced.use, paced.used_minor
    shown = partial(money, currency=currency)
    return {
        "day": dates.day(paced.day),
        "redemptions": use and f"{use.redemptions:,}",
        "cancelled": use and f"{use.cancelled:,}",
        "spent": use and shown(use.spent_minor),
        "used": None if used is None else shown(used),
        "pace": shown(paced.pace_minor),
    }


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
