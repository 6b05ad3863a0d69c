"""Prometheus accepts the configuration, and each alert fires when it must and only then."""

import shutil
import subprocess

import pytest
import yaml

from tests.processes.running import ROOT
from tests.prometheus import CONFIGURATION

pytestmark = pytest.mark.prometheus
FOLDER = CONFIGURATION.parent
SECRET = "/run/secrets/metrics_token"


def promtool(*arguments, folder=FOLDER):
    """Its errors; "" where there are none."""
    done = subprocess.run(
        ["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def alerts():
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_the_configuration_is_valid_and_every_job_sends_the_token(tmp_path):
    """The secret file exists in the containers only."""
    (tmp_path / "token").touch()
    config = CONFIGURATION.read_text()
    jobs = yaml.safe_load(config)["scrape_configs"]
    assert {job["job_name"] for job in jobs} == {"web", "ingest", "forward", "tasks", "sweep"}
    assert {job["authorization"]["credentials_file"] for job in jobs} == {SECRET}
    shutil.copy(FOLDER / "alerts.yml", tmp_path)
    copy = tmp_path / "prometheus.yml"
    copy.write_text(config.replace(SECRET, str(tmp_path / "token")))
    assert promtool("check", "config", "--lint=all", "--lint-fatal", str(copy)) == ""


def test_each_alert_fires_when_it_must_and_only_then():
    assert promtool("test", "rules", "alerts_test.yml") == ""


def test_every_alert_fires_where_everything_goes_wrong():
    worlds = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    fire = [sample["labels"] for sample in worlds[1]["promql_expr_test"][0]["exp_samples"]]
    assert sorted(fire) == sorted(f'{{alertname="{alert["alert"]}"}}' for alert in alerts())


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_each_alert_says_what_is_wrong_and_what_to_do(alert):
    told = alert["annotations"]
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    assert told["summary"]
    assert told["description"].endswith(".")
    assert told["runbook"] == f"docs/operate.md#{alert['alert'].lower()}"
    assert f"\n### {alert['alert']}\n" in (ROOT / "docs/operate.md").read_text()
