"""A real Prometheus scrapes real processes, and its metrics say what happened."""

import os
import signal
from pathlib import Path

import pytest

from tests.processes.running import wait_until
from tests.tracking.factories import THUNDERBIRD

pytestmark = [
    pytest.mark.prometheus,
    pytest.mark.processes,
    # They share the processes.
    pytest.mark.xdist_group("prometheus"),
]

CAUSED = {
    'up{job="web"}': 1,
    "count(up == 1)": 5,
    "sum(pixel_hits_total)": 8,
    'sum(ingest_recorded_total{kind="human"})': 3,
    'sum(ingest_recorded_total{kind="proxied"})': 2,
    'sum(ingest_recorded_total{kind="machine"})': 1,
    'sum(ingest_dropped_total{reason="unknown"})': 2,
    'sum(ingest_dropped_total{reason="repeated"})': 0,
    'sum(kafka_forwarded_total{job="forward"})': 8,
    "max(kafka_up)": 1,
    "max(kafka_lag)": 0,
    "max(ingest_lag_seconds) < bool 60": 1,
    "max(spool_lag_seconds) < bool 60": 1,
    'sum(ingest_batch_seconds_count{job="ingest"}) > bool 0': 1,
    "sum(discount_applied_total)": 2,
    "sum(discount_spent_minor_total)": 2000,
    "sum(discount_cancelled_total)": 1,
    'sum(discount_refused_total{code="daily_limit"})': 2,
    'sum(discount_refused_total{code="min_cart_value"})': 1,
    'sum(discount_refused_total{code="ended"})': 0,
    "max(discount_budget_used_minor)": 1000,
    "max(discount_budget_total_minor)": 100_000,
    'http_requests_total{route="/api/v1/discounts/apply/",method="POST",status="200"}': 2,
    'http_requests_total{route="/api/v1/discounts/apply/",method="POST",status="400"}': 3,
    'http_requests_total{route="unknown"}': 1,
    'http_request_seconds_count{route="/api/v1/discounts/apply/"}': 5,
    'task_runs_total{task="import_contacts",outcome="successful"}': 1,
    'task_seconds_count{task="import_contacts"}': 1,
    "max(tasks_waiting)": 0,
    "max(tasks_running)": 0,
    "max(counter_differences)": 0,
    "time() - max(counters_audited_timestamp_seconds) < bool 60": 1,
    "time() - max(sweep_last_success_timestamp_seconds) < bool 60": 1,
    'min(database_up{job=~"web|ingest|tasks|sweep"})': 1,
    'absent(database_up{job="forward"})': 1,
}


def test_prometheus_gives_the_figures_that_were_caused(observed_site):
    observed_site.cause_everything()
    ask = observed_site.prometheus.value

    def found():
        return {expression: ask(expression) for expression in CAUSED}

    try:
        wait_until(lambda: found() == CAUSED, "the figures")
    except AssertionError:
        assert found() == CAUSED, observed_site.site.output()


def workers_of(web):
    return [
        int(pid) for pid in Path(f"/proc/{web.pid}/task/{web.pid}/children").read_text().split()
    ]


def test_what_a_worker_counted_stays_when_it_dies(observed_site):
    """Each of two workers answers while the other is stopped, and one is killed."""
    web, ask = observed_site.processes["web"], observed_site.prometheus.value
    pixels = observed_site.made["pixels"][6:]
    hits = "sum(pixel_hits_total)"
    wait_until(lambda: ask(hits) is not None, "the first scrape")
    before = ask(hits)
    workers = workers_of(web)
    assert len(workers) == 2
    for still, loads in zip(workers, (4, 3), strict=True):
        os.kill(still, signal.SIGSTOP)
        for _ in range(loads):
            observed_site.load(pixels.pop(), THUNDERBIRD)
        os.kill(still, signal.SIGCONT)
    os.kill(workers[0], signal.SIGKILL)
    wait_until(lambda: set(workers_of(web)) - set(workers), "another worker")
    folder = observed_site.metrics_dir("web")
    wait_until(lambda: not (folder / f"counter_{workers[0]}.db").exists(), "it to be added up")
    wait_until(lambda: ask(hits) == before + 7, "all hits")


def test_every_alert_uses_metrics_that_exist(observed_site):
    rules = wait_until(observed_site.prometheus.evaluated_rules, "the rules to be evaluated")
    assert {
        rule["name"]: rule.get("lastError", "") for rule in rules if rule["health"] != "ok"
    } == {}
