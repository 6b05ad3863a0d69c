"""When a budget runs out if the days to come are like those behind, and how sure that is; pure.

Method: the prediction interval for the total of m future observations from n past ones of a
normal distribution, m x mean ± t x s x sqrt(m + m²/n) (Meeker, Hahn and Escobar, Statistical
Intervals, 2nd edition 2017, chapter 4: the interval for the mean of m future observations, times
m). The budget lasts at least until the upper limit reaches what is left, and at most until the
lower limit does, if it ever does; solved for m, both are roots of one quadratic equation.

A day's spending is no normal variable, but a total over days nears one, and the test of this
module measures how often the range holds. Only whole weeks are looked at, so that no weekday
weighs more than another; a trend or a coming holiday is not foreseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

DAYS_PER_WEEK = 7
# Student's t that is exceeded with a probability of 5 %, by the days that are looked at (one
# degree of freedom less): the range between both limits holds nine times in ten.
QUANTILES = {7: 1.943, 14: 1.771, 21: 1.725, 28: 1.703}
MOST_DAYS = max(QUANTILES)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """In how many days from now the budget is used up; `latest` None means perhaps never.

    `based_on` is the number of days that were looked at, `per_day_minor` what they used.
    """

    earliest: float
    expected: float
    latest: float | None
    based_on: int
    per_day_minor: float


def days_looked_at(complete_days: int) -> int:
    """How many of a campaign's complete days tell its pace: whole weeks, MOST_DAYS at most.

    0 where it is too early to say.
    """
    return min(complete_days // DAYS_PER_WEEK * DAYS_PER_WEEK, MOST_DAYS)


def forecast(*, spent_minor: Sequence[int], left_minor: int) -> Forecast | None:
    """From what complete days used, oldest first, and what is left of the budget (above 0).

    None where it is too early to say, and where the days looked at used nothing.
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
    """Where (left - m x mean)² = spread x (m + m²/count): both roots m, the later one if any."""
    square = mean**2 - spread / count
    linear = 2 * left * mean + spread
    root = sqrt(max(linear**2 - 4 * square * left**2, 0))
    # The usual formula's other form: it stays exact where the quadratic term vanishes.
    earliest = 2 * left**2 / (linear + root)
    return earliest, (linear + root) / (2 * square) if square > 0 else None
