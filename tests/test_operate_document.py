"""What the document for operators names exists: every alert, metric, command and link."""

import re
from pathlib import Path

from django.core.management import get_commands

from tests import operate_document
from tests.test_architecture import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
FIGURE = re.compile(
    r"""\b(Counter|Gauge|Histogram|gauge|GaugeMetricFamily|CounterMetricFamily)"""
    r"""\(\s*"([a-z_]+)",""",
    re.ASCII,
)


def figures():
    """The names of all metrics that Prometheus gets."""
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for kind, name in FIGURE.findall(path.read_text()):
                found.add(f"{name}_total" if kind.startswith("Counter") else name)
    return found


def test_every_alert_leads_to_its_heading():
    rules = (ROOT / "deploy/prometheus/alerts.yml").read_text()
    alerts = re.findall(r"alert: (\w+)", rules)
    links = re.findall(r"runbook: docs/operate\.md#(\S+)", rules)
    assert alerts
    assert links == [alert.lower() for alert in alerts]
    assert set(links) <= operate_document.anchors()


def test_the_table_of_figures_has_each_of_them():
    table = operate_document.text().partition("## Figures")[2]
    told = set(re.findall(r"`([a-z_]+)(?:\{[a-z,]+\})?`", table))
    assert {"pixel_hits_total", "spool_bytes", "http_request_seconds"} <= figures()
    assert figures() <= told
    assert {name for name in told if name.endswith(("_total", "_seconds"))} <= figures()


def test_every_command_in_the_document_exists():
    told = set(re.findall(r"manage\.py ([a-z_]+)", operate_document.text()))
    assert "rotate_keys" in told
    assert told <= set(get_commands())


def test_every_link_within_the_page_leads_somewhere():
    links = set(re.findall(r"\]\(#([^)]+)\)", operate_document.text()))
    assert links <= operate_document.anchors()
