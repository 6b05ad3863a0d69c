"""The figures of the home page in words, from counters."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from console.home.sparkline import Spark, spark_of
from console.home.visit import SHOWN, Visit
from foundation import dates
from reports.overview import Reach, Sending, opens_by_day, sending_campaigns
from reports.rates import of_whom_in_words, rate_in_words

DAYS = 14
DAYS_OF_A_WEEK = 7


def sending(visit: Visit) -> dict[str, object]:
    """The campaigns that are running now, latest first; {} while there is one to make first."""
    may_add = visit.may("campaigns.add_campaign")
    if visit.is_first and may_add:
        return {}
    found = sending_campaigns(now=visit.now, limit=SHOWN + 1)
    return {
        "rows": [_row(campaign) for campaign in found[:SHOWN]],
        "are_more": len(found) > SHOWN,
        "shown": SHOWN,
        "may_add": may_add,
        "is_first": visit.is_first,
    }


def totals(visit: Visit) -> dict[str, object]:
    """The totals of all campaigns, and the opens of the last days; {} where there are none."""
    if visit.is_first:
        return {}
    days = opens_by_day(now=visit.now, days=DAYS, zone=visit.zone)
    reach = visit.system.reach
    week = sum(opens for _, opens in days[-DAYS_OF_A_WEEK:])
    return {
        "figures": [
            ("Contacts", f"{reach.contacts:,}"),
            ("Sent", f"{reach.sent:,}"),
            ("Opened by people", f"{reach.opened:,}"),
            ("Open rate", _rate(reach)),
            (f"Opens, last {DAYS_OF_A_WEEK} days", f"{week:,}"),
        ],
        "of_whom": of_whom_in_words(reach.mailed),
        "days": [(dates.day(day), f"{opens:,}") for day, opens in days],
        "spark": _spark(days),
        "summary": summary(days),
        "number_of_days": DAYS,
    }


def summary(days: Sequence[tuple[date, int]]) -> str:
    """What a chart of the opens by day shows, in a sentence; the last day is today."""
    total = sum(opens for _, opens in days)
    if not total:
        return f"No opens in the last {len(days)} days."
    most = max(opens for _, opens in days)
    # The latest of equal days.
    peak = max(day for day, opens in days if opens == most)
    return (
        f"{total:,} opens in the last {len(days)} days, most on {dates.day(peak)} ({most:,}), "
        f"{days[-1][1]:,} so far today."
    )


def _spark(days: Sequence[tuple[date, int]]) -> Spark | None:
    opens = [opens for _, opens in days]
    return spark_of(opens) if any(opens) else None


def _row(campaign: Sending) -> dict[str, object]:
    reach = campaign.reach
    return {
        "name": campaign.name,
        "address": reverse("admin:campaigns_campaign_change", args=[campaign.campaign_id]),
        "report": reverse("report-page", args=[campaign.campaign_id]),
        "contacts": f"{reach.contacts:,}",
        "sent": f"{reach.sent:,}",
        "rate": _rate(reach),
        "of_whom": of_whom_in_words(reach.mailed),
        # The value of a <meter>, which must not be localized.
        "meter": None if reach.rate is None else f"{reach.rate:.4f}",
    }


def _rate(reach: Reach) -> str:
    return rate_in_words(reach.rate, reach.rate_with_machine)
