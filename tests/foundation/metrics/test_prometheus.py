"""The metrics for Prometheus: complete, and not public."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from foundation import env
from foundation.metrics import shared_folder
from foundation.metrics.prometheus import SpoolSize, exposition
from tracking.spool.writer import SpoolWriter

pytestmark = [pytest.mark.django_db, pytest.mark.one_engine]


def value(text, name):
    [line] = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


def size_of(folder):
    return exposition([SpoolSize(folder)]).decode()


def test_requests_from_this_machine_may_read_them(client):
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    assert "pixel_unwritten_total" in response.text


@pytest.mark.parametrize(
    "request_headers",
    [
        {"REMOTE_ADDR": "192.0.2.1"},
        {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "192.0.2.1", "HTTP_AUTHORIZATION": "Bearer "},
        {"REMOTE_ADDR": "192.0.2.1", "HTTP_AUTHORIZATION": "Bearer None"},
    ],
)
def test_requests_from_other_machines_may_not_read_them(client, request_headers):
    response = client.get("/metrics", **request_headers)
    assert response.status_code == 403
    assert "pixel_unwritten_total" not in response.text


@pytest.mark.parametrize(("token", "status"), [("right", 200), ("wrong", 403), ("räght", 403)])
def test_requests_with_the_token_may_read_them(client, settings, token, status):
    settings.METRICS_TOKEN = "right"
    headers = {"REMOTE_ADDR": "192.0.2.1", "HTTP_AUTHORIZATION": f"Bearer {token}"}
    assert client.get("/metrics", **headers).status_code == status


def test_prometheus_may_ask_a_replica_by_its_bare_address_and_over_plain_http(client, settings):
    settings.METRICS_TOKEN = "right"
    settings.SECURE_SSL_REDIRECT = True
    asks = {"REMOTE_ADDR": "192.0.2.1", "HTTP_HOST": "192.0.2.9:8000"}
    assert client.get("/metrics", **asks, HTTP_AUTHORIZATION="Bearer right").status_code == 200
    assert client.get("/metrics", **asks, HTTP_AUTHORIZATION="Bearer wrong").status_code == 400
    assert client.get("/metrics", HTTP_HOST="evil.example").status_code == 400


def test_a_prometheus_on_this_machine_is_not_sent_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/metrics").status_code == 200


def test_behind_a_trusted_proxy_the_client_counts(client, settings):
    settings.TRUSTED_PROXIES = 1
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.1").status_code == 403
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 200


SHARE = "from foundation.metrics import shared_folder; shared_folder.share(); "
COUNT = "from foundation.metrics.prometheus import PIXEL_UNWRITTEN; PIXEL_UNWRITTEN.inc({}); "
SHOW = "from foundation.metrics.prometheus import exposition; print(exposition().decode())"


def run(code, folder):
    """The output of a separate process."""
    environment = {**os.environ, "METRICS_DIR": str(folder)}
    # The tests share a folder.
    del environment[shared_folder.VARIABLE]
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    ).stdout


def test_metrics_of_processes_that_share_a_folder_add_up(tmp_path):
    run(SHARE + COUNT.format(2), tmp_path)
    text = run(SHARE + COUNT.format(3) + SHOW, tmp_path)
    assert value(text, "pixel_unwritten_total") == 5


def test_a_process_without_a_shared_folder_sees_its_own_and_leaves_no_file(tmp_path):
    text = run(COUNT.format(3) + SHOW, tmp_path)
    assert value(text, "pixel_unwritten_total") == 3
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def _no_folder_named(monkeypatch):
    # Set first, so that it is unset again whatever the test does.
    monkeypatch.setenv(shared_folder.VARIABLE, "")
    monkeypatch.delenv("METRICS_DIR")


@pytest.mark.usefixtures("_no_folder_named")
def test_processes_of_one_spool_share_a_folder_that_belongs_to_this_user(monkeypatch, tmp_path):
    monkeypatch.setattr(shared_folder, "SHARED_MEMORY", tmp_path)
    folders = []
    for spool in ("one", "one", "two"):
        monkeypatch.setenv("SPOOL_DIR", spool)
        shared_folder.share()
        folders.append(Path(os.environ[shared_folder.VARIABLE]))
    assert folders[0] == folders[1] != folders[2]
    assert {folder.parent for folder in folders} == {tmp_path}
    assert folders[0].stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("_no_folder_named")
def test_a_folder_of_another_user_stops_the_start(monkeypatch, tmp_path):
    monkeypatch.setenv("METRICS_DIR", str(tmp_path))
    monkeypatch.setattr(shared_folder.os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(env.SettingsError, match="must be a folder of this user's own"):
        shared_folder.share()


def test_the_spool_is_measured(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"12345")
    (tmp_path / "b.jsonl").write_bytes(b"123")
    (tmp_path / "notes.txt").write_bytes(b"1")
    text = size_of(tmp_path)
    assert value(text, "spool_bytes") == 8
    assert value(text, "spool_segments") == 2
    assert value(text, "spool_oldest_seconds") >= 0


def test_the_age_of_a_segment_counts_from_when_its_writer_leaves_it(tmp_path):
    writer = SpoolWriter(tmp_path, fsync_ms=0)
    writer.append(b"{}")
    [segment] = tmp_path.glob("*.jsonl")
    os.utime(segment, (0, 0))
    assert value(size_of(tmp_path), "spool_oldest_seconds") == 0
    writer.close()
    assert value(size_of(tmp_path), "spool_oldest_seconds") > 0


def test_a_missing_spool_is_an_empty_one(tmp_path):
    assert value(size_of(tmp_path / "absent"), "spool_bytes") == 0


def test_a_failing_metric_affects_no_other_one(tmp_path):
    class Broken:
        def collect(self):
            raise OSError

    text = exposition([Broken(), SpoolSize(tmp_path)]).decode()
    assert value(text, "spool_bytes") == 0
    assert "pixel_unwritten_total" in text
