"""Reads what a report's page is asked for: a time window, and whether machine opens count."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import QueryDict

from foundation.errors import InvalidInput
from reports.periods import Window
from reports.query import read_query

ALL, OWN = "all", "own"
# Counted back from the time of the request, so that a page that stays open keeps up.
LATEST = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}
PERIODS = {ALL: "All time", "24h": "Last 24 hours", "7d": "Last 7 days", OWN: "From, to"}


@dataclass(frozen=True)
class Question:
    """`since` and `until` are what a person chose, None unless the period is OWN."""

    period: str
    since: datetime | None
    until: datetime | None
    machine: bool
    window: Window

    @property
    def words(self) -> str:
        return PERIODS[self.period]

    @property
    def query(self) -> str:
        """The same question as a query string."""
        chosen = {"period": self.period} if self.period != ALL else {}
        for name, moment in (("since", self.since), ("until", self.until)):
            if moment:
                chosen[name] = moment.isoformat()
        if self.machine:
            chosen["machine"] = "true"
        return urlencode(chosen)


def read_question(query: QueryDict, *, now: datetime) -> Question:
    """The question in a query string; without a period, `since` and `until` choose.

    Raises InvalidInput.
    """
    period = query.get("period") or (OWN if query.get("since") or query.get("until") else ALL)
    if period not in PERIODS:
        raise InvalidInput.field("period", f"Say one of {', '.join(PERIODS)}.")
    asked = read_query(query if period == OWN else {"machine": query.get("machine", "")})
    since = now - LATEST[period] if period in LATEST else asked.since
    return Question(
        period=period,
        since=asked.since,
        until=asked.until,
        machine=asked.machine,
        window=Window.covering(since, asked.until),
    )
