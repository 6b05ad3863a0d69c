"""The spent and total budgets of running campaigns, for Prometheus."""

from collections.abc import Iterator

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from discounts.queries import running_campaigns

# Each campaign has two series; only the newest are included.
MOST_CAMPAIGNS = 100


def budget_figures() -> Iterator[Metric]:
    meaning = "of a running campaign's budget, in units of 10**-digits of its currency"
    labels = ["campaign", "currency", "digits"]
    used = GaugeMetricFamily("discount_budget_used_minor", f"Spent {meaning}", labels=labels)
    total = GaugeMetricFamily("discount_budget_total_minor", f"All {meaning}", labels=labels)
    rows = running_campaigns(now=timezone.now()).order_by("-id")
    columns = ("id", "currency", "currency_digits", "used_budget_minor", "total_budget_minor")
    for *names, spent, budget in rows.values_list(*columns)[:MOST_CAMPAIGNS]:
        used.add_metric(list(map(str, names)), spent)
        total.add_metric(list(map(str, names)), budget)
    yield used
    yield total
