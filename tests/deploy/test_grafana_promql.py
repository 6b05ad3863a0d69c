"""The dashboards' PromQL, answered by a real Prometheus that reads real processes."""

import math

import pytest

from tests.deploy.grafana import questions
from tests.processes.running import wait_until

pytestmark = [
    pytest.mark.prometheus,
    pytest.mark.processes,
    # They share the processes with the other tests of metrics.
    pytest.mark.xdist_group("prometheus"),
]

# For the whole test, on a slow machine too.
INTERVAL = "30m"


def test_every_query_has_a_result(observed_site):
    observed_site.cause_everything()
    asked = questions("prometheus")
    assert asked

    def unanswered():
        return [q.place for q in asked if not has_figures(observed_site.prometheus, q.text)]

    try:
        wait_until(lambda: not unanswered(), "the answers")
    except AssertionError:
        assert unanswered() == []


def has_figures(prometheus, text):
    """Whether there is any number; NaN does not count."""
    for macro in ("$__rate_interval", "$__range"):
        text = text.replace(macro, INTERVAL)
    return any(not math.isnan(value) for _, value in prometheus.query(text))
