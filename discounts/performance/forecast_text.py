"""Describes the forecast of a campaign's budget; pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from discounts import wording
from discounts.performance.forecast import DAYS_PER_WEEK, Forecast, days_looked_at, forecast
from discounts.rules import InactiveReason, Terms, local_day
from discounts.wording import money
from foundation import dates

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Outlook:
    """A forecast: a short title, a sentence, and its basis."""

    title: str
    sentence: str
    basis: str = ""


def outlook(terms: Terms, complete_days: list[int], *, zone: str, now: datetime) -> Outlook:
    """From the spending of each complete day, oldest first."""
    stopped = _stopped(terms, zone=zone, now=now)
    if stopped:
        return stopped
    count = days_looked_at(len(complete_days))
    if not count:
        return _too_early(len(complete_days))
    found = forecast(spent_minor=complete_days, left_minor=terms.remaining_minor)
    if found is None:
        sentence = (
            f"Nothing was used in the last {count} complete days, so the budget does not run out."
        )
        return Outlook("Not used", sentence)
    return _foreseen(terms, found, zone=zone, now=now)


def _stopped(terms: Terms, *, zone: str, now: datetime) -> Outlook | None:
    left = money(terms.remaining_minor, currency=terms.currency)
    if terms.remaining_minor <= 0:
        return Outlook("Is used up", "The budget is used up.")
    if now >= terms.end_date:
        ended = wording.moment(terms.end_date, zone)
        return Outlook(
            f"Has ended, {left} left", f"The campaign ended on {ended}; {left} were left."
        )
    if terms.inactive_reason == InactiveReason.MANUAL:
        return Outlook("Switched off", "The campaign is switched off: it uses nothing.")
    if now < terms.start_date:
        starts = wording.moment(terms.start_date, zone)
        return Outlook("Not started", f"The campaign starts on {starts}.")
    return None


def _too_early(complete: int) -> Outlook:
    days = f"{complete} complete day{'' if complete == 1 else 's'}"
    sentence = f"A forecast needs {DAYS_PER_WEEK} complete days, because weekdays differ."
    return Outlook("Too early to say", f"Too early to say after {days}. {sentence}")


def _foreseen(terms: Terms, found: Forecast, *, zone: str, now: datetime) -> Outlook:
    earliest, expected, latest = (
        _day(after, terms, zone=zone, now=now)
        for after in (found.earliest, found.expected, found.latest)
    )
    end = wording.moment(terms.end_date, zone)
    mean = money(round(found.per_day_minor), currency=terms.currency)
    basis = (
        f"From the last {found.based_on} complete days, which used {mean} a day. The range holds "
        "about nine times in ten if the days to come are like those; it foresees no trend, no "
        "holiday and no change of the terms, and a day on which the campaign was switched off or "
        "used up counts as a day without use."
    )
    title, sentence = _words(earliest, expected, latest, end)
    return Outlook(title, sentence, basis)


def _words(
    earliest: date | None, expected: date | None, latest: date | None, end: str
) -> tuple[str, str]:
    """The title and the sentence; None is a day after the campaign's end."""
    first, middle, last = (day and dates.day(day) for day in (earliest, expected, latest))
    if not first:
        return "Lasts until the end", f"The budget very likely outlasts the campaign, until {end}."
    if not middle:
        return (
            "Likely lasts until the end",
            f"The budget likely outlasts the campaign, which ends on {end}, but may be used up "
            f"from {first} on.",
        )
    if not last:
        return (
            f"Used up around {middle}",
            f"The budget is likely used up around {middle}: on {first} at the earliest, perhaps "
            f"not before the campaign ends on {end}.",
        )
    between = f"on {first}" if first == last else f"around {middle}, between {first} and {last}"
    title = f"Used up {between}" if first == last else f"Used up from {first} to {last}"
    return title, f"The budget is used up {between}; the campaign ends on {end}."


def _day(after: float | None, terms: Terms, *, zone: str, now: datetime) -> date | None:
    """The local day after so many days; None from the campaign's end on."""
    if after is None or after >= (terms.end_date - now) / DAY:
        return None
    return local_day(now + after * DAY, zone=zone)
