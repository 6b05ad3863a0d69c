"""Each machine answers Prometheus as a whole, even without the database."""

import http.client
from contextlib import closing

import pytest

from tests.processes.running import Site, answers, free_port, wait_until

pytestmark = pytest.mark.one_engine


def figures_at(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        lines = response.read().decode().splitlines()
    assert response.status == 200
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_without_the_database_only_its_metrics_are_missing(tmp_path):
    site = Site(tmp_path, f"sqlite:///{tmp_path}/absent/site.db")
    ports = [site.port, free_port(), free_port()]
    try:
        site.start_web()
        for port, command in zip(ports[1:], ("ingest_opens", "sweep"), strict=True):
            site.start(command, METRICS_PORT=str(port))
        for port in ports:
            wait_until(lambda port=port: answers(port), "everybody to listen")
            figures = figures_at(port)
            assert figures["database_up"] == "0.0"
            assert "pixel_hits_total" in figures
            assert "tasks_waiting" not in figures
        wait_until(lambda: figures_at(ports[1])["ingest_outages_total"] == "1.0", "an outage")
        assert figures_at(ports[0])["spool_bytes"] == "0.0"
    finally:
        site.close()


def test_processes_of_one_machine_share_their_metrics_and_one_port(site):
    port = str(free_port())
    site.start_web()
    commands = ("ingest_opens", "db_worker", "sweep")
    processes = [site.start(command, METRICS_PORT=port) for command in commands]
    swept = "sweep_last_success_timestamp_seconds"
    wait_until(lambda: site.metric(swept) > 0, "the sweep")
    wait_until(lambda: site.output().count("metrics_not_exposed") == 2, "two to find it taken")
    assert [process.poll() for process in processes] == [None] * 3
