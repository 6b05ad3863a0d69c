"""What running campaigns have spent of their budgets, for Prometheus."""

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from discounts.queries import running_campaigns

# Each is two series; the newest are shown.
MOST_CAMPAIGNS = 100


def budget_figures() -> Iterator[Metric]:
    meaning = "of a running campaign's budget, in the currency's smallest unit"
    used = GaugeMetricFamily("discount_budget_used_minor", f"Spent {meaning}", labels=["campaign"])
    total = GaugeMetricFamily("discount_budget_total_minor", f"All {meaning}", labels=["campaign"])
    rows = running_campaigns(now=timezone.now()).order_by("-id")
    columns = ("id", "used_budget_minor", "total_budget_minor")
    for campaign, spent, budget in rows.values_list(*columns)[:MOST_CAMPAIGNS]:
        used.add_metric([str(campaign)], spent)
        total.add_metric([str(campaign)], budget)
    yield used
    yield total
