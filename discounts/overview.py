"""A summary of the discount campaigns for the admin's home."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Q, Value, When

from discounts.queries import live_campaigns
from discounts.rules import InactiveReason


@dataclass(frozen=True)
class Glance:
    """Whether there are campaigns, and (id, name) of those that exhausted their budget early."""

    has_campaigns: bool
    used_up: list[tuple[int, str]]


def glance_at_campaigns(*, now: datetime, limit: int) -> Glance:
    """The summary; at most `limit` exhausted campaigns, newest first; in one query."""
    ran_out = Q(inactive_reason=InactiveReason.BUDGET_EXHAUSTED.value, end_date__gt=now)
    rows = live_campaigns().annotate(ran_out=Case(When(ran_out, then=Value(1)), default=Value(0)))
    found = rows.order_by("-ran_out", "-id").values_list("id", "name", "ran_out")[:limit]
    return Glance(
        has_campaigns=bool(found),
        used_up=[(campaign_id, name) for campaign_id, name, is_out in found if is_out],
    )
