"""Runs a real Prometheus with the project's configuration, and asks it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from tests.processes.running import ROOT, free_port, kill, wait_until

CONFIGURATION = ROOT / "deploy/prometheus/prometheus.yml"
PROGRAM = shutil.which("prometheus", path=os.environ["PATH"]) or "prometheus"


def at_once(rules):
    """The project's alerts, but none waits before it fires."""
    return re.sub(r"\bfor: \w+", "for: 0s", rules)


def configuration(ports, token_file):
    """The project's, but for where its jobs are found, and how often they are looked at.

    Jobs without a port are left out.
    """
    config = yaml.safe_load(CONFIGURATION.read_text())
    config["global"] = {
        "scrape_interval": "2s",
        "scrape_timeout": "2s",
        "evaluation_interval": "2s",
    }
    config["rule_files"] = [str(CONFIGURATION.parent / name) for name in config["rule_files"]]
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] in ports]
    for job in config["scrape_configs"]:
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
        job["authorization"] = {"credentials_file": str(token_file)}
    return config


class Prometheus:
    """Scrapes the jobs of the project's configuration at these ports of this machine."""

    def __init__(self, folder, ports, *, token, hasty=False):
        folder.mkdir()
        self._port = free_port()
        (folder / "token").write_text(token)
        config = configuration(ports, folder / "token")
        if hasty:
            for name in config["rule_files"]:
                (folder / Path(name).name).write_text(at_once(Path(name).read_text()))
            config["rule_files"] = [Path(name).name for name in config["rule_files"]]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        options = {
            "config.file": folder / "prometheus.yml",
            "storage.tsdb.path": folder / "data",
            "web.listen-address": f"127.0.0.1:{self._port}",
            "log.level": "warn",
        }
        with (folder / "output").open("w") as output:
            self._process = subprocess.Popen(
                [PROGRAM, *(f"--{name}={value}" for name, value in options.items())],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._is_ready, "Prometheus to be ready")

    def _is_ready(self):
        try:
            return urlopen(f"http://127.0.0.1:{self._port}/-/ready").status == 200
        except URLError:
            assert self._process.poll() is None, "Prometheus has ended"
            return False

    def query(self, expression):
        """Labels and value of each series that an expression gives; fails on an error."""
        result = self._ask("query", query=expression)["result"]
        return [(series["metric"], float(series["value"][1])) for series in result]

    def evaluated_rules(self):
        """All alert rules, once each was evaluated; before that none."""
        rules = [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]
        return [] if any(rule["health"] == "unknown" for rule in rules) else rules

    def firing(self):
        """The names of the alerts that fire."""
        return {labels["alertname"] for labels, _ in self.query('ALERTS{alertstate="firing"}')}

    def _ask(self, what, **arguments):
        url = f"http://127.0.0.1:{self._port}/api/v1/{what}"
        with urlopen(f"{url}?{urlencode(arguments)}") as response:
            return json.load(response)["data"]

    def value(self, expression):
        """The only value of an expression, None where there is none."""
        found = self.query(expression)
        assert len(found) < 2, f"{expression} gives {len(found)} series"
        return found[0][1] if found else None

    def close(self):
        kill(self._process)
