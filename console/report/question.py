"""Reads what a report's page is asked for: a time, whether machine opens count, one group."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.http import QueryDict

from console.report.asked import ALL, OWN, PERIODS, Question
from foundation.errors import InvalidInput
from foundation.parsing import BadValue, read_id
from reports.periods import Window
from reports.query import read_query
from tracking.hits.mail_clients import CLIENTS, OTHER, UNKNOWN

# Counted back from the time of the request, so that a page that stays open keeps up.
LATEST = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
NO_CLIENT = "Choose a mail client of the report."
NO_GROUP = "Choose a group of this campaign that gets its e-mail."


def read_question(query: QueryDict, *, now: datetime, groups: Collection[int] = ()) -> Question:
    """The question in a query string; without a period, `since` and `until` choose.

    `groups` are those that may be asked for. Raises InvalidInput.
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
        group=_group(query.get("group"), groups),
        client=_client(query.get("client")),
    )


def _client(text: str | None) -> str | None:
    if text and text not in {*CLIENTS, OTHER, UNKNOWN}:
        raise InvalidInput.field("client", NO_CLIENT)
    return text or None


def _group(text: str | None, groups: Collection[int]) -> int | None:
    if not text:
        return None
    try:
        group = read_id(int(text))
    except (ValueError, BadValue):
        group = None
    if group not in groups:
        raise InvalidInput.field("group", NO_GROUP)
    return group
