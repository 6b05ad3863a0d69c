"""Forecasts when a budget runs out, with a prediction interval; pure.

Method: the prediction interval for the total of m future observations from n past ones of a normal
distribution, m x mean ± t x s x sqrt(m + m²/n) (Meeker, Hahn and Escobar, Statistical Intervals,
2nd edition 2017, chapter 4: the interval for the mean of m future observations, times m). The
budget lasts at least until the upper limit reaches the rest of the budget, and at most until the
lower limit does, if ever; solved for m, both are roots of one quadratic equation.

A day's spending is not normally distributed, but a total over days approaches it, and the test of
this module measures how often the interval holds. Only whole weeks are used, so that all weekdays
have the same weight; trends and holidays are not forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

DAYS_PER_WEEK = 7
# The 95% quantile of Student's t, by the number of days used (one degree of freedom less): the
# interval between both limits holds nine times in ten.
QUANTILES = {7: 1.943, 14: 1.771, 21: 1.725, 28: 1.703}
MOST_DAYS = max(QUANTILES)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The number of days until the budget is used up; `latest` None means perhaps never.

    `based_on` is the number of days used, `per_day_minor` their mean.
    """

    earliest: float
    expected: float
    latest: float | None
    based_on: int
    per_day_minor: float


def days_looked_at(complete_days: int) -> int:
    """How many of a campaign's complete days are used: whole weeks, at most MOST_DAYS.

    0 if it is too early for a forecast.
    """
    return min(complete_days // DAYS_PER_WEEK * DAYS_PER_WEEK, MOST_DAYS)


def forecast(*, spent_minor: Sequence[int], left_minor: int) -> Forecast | None:
    """From the spending of complete days, oldest first, and the rest of the budget (above 0).

    None if it is too early, or if nothing was spent.
    """
    count = days_looked_at(len(spent_minor))
    days = spent_minor[len(spent_minor) - count :]
    if not any(days):
        return None
    mean = fmean(days)
    earliest, latest = _limits(
        left=left_minor, mean=mean, spread=QUANTILES[count] ** 2 * variance(days), count=count
    )
    return Forecast(
        earliest=earliest,
        expected=left_minor / mean,
        latest=latest,
        based_on=count,
        per_day_minor=mean,
    )


def _limits(*, left: float, mean: float, spread: float, count: int) -> tuple[float, float | None]:
    """The roots m of (left - m x mean)² = spread x (m + m²/count); the later one if it exists."""
    square = mean**2 - spread / count
    linear = 2 * left * mean + spread
    root = sqrt(max(linear**2 - 4 * square * left**2, 0))
    # The alternative form of the quadratic formula, which stays exact if the quadratic term
    # vanishes.
    earliest = 2 * left**2 / (linear + root)
    return earliest, (linear + root) / (2 * square) if square > 0 else None
