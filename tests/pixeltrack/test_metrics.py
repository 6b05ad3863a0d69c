"""The figures for Prometheus: complete, and not for everybody."""

import subprocess
import sys

import pytest

from pixeltrack.metrics import PIXEL_UNWRITTEN, exposition


def value(text, name):
    [line] = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


def test_the_machine_itself_may_read_them(client):
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
def test_others_may_not(client, request_headers):
    response = client.get("/metrics", **request_headers)
    assert response.status_code == 403
    assert "pixel_unwritten_total" not in response.text


@pytest.mark.parametrize(("token", "status"), [("right", 200), ("wrong", 403), ("räght", 403)])
def test_whoever_holds_the_token_may(client, settings, token, status):
    settings.METRICS_TOKEN = "right"
    headers = {"REMOTE_ADDR": "192.0.2.1", "HTTP_AUTHORIZATION": f"Bearer {token}"}
    assert client.get("/metrics", **headers).status_code == status


def test_behind_a_trusted_proxy_the_client_counts(client, settings):
    settings.TRUSTED_PROXIES = 1
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.1").status_code == 403
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 200


def test_they_add_up_over_processes(tmp_path):
    before = value(exposition(spool_dir=tmp_path).decode(), "pixel_unwritten_total")
    PIXEL_UNWRITTEN.inc()
    code = "from pixeltrack.metrics import PIXEL_UNWRITTEN; PIXEL_UNWRITTEN.inc(2)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert value(exposition(spool_dir=tmp_path).decode(), "pixel_unwritten_total") == before + 3


def test_the_spool_is_measured(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"12345")
    (tmp_path / "b.jsonl").write_bytes(b"123")
    (tmp_path / "notes.txt").write_bytes(b"1")
    text = exposition(spool_dir=tmp_path).decode()
    assert value(text, "spool_bytes") == 8
    assert value(text, "spool_segments") == 2
    assert value(text, "spool_oldest_seconds") >= 0


def test_a_missing_spool_is_an_empty_one(tmp_path):
    assert value(exposition(spool_dir=tmp_path / "absent").decode(), "spool_bytes") == 0
