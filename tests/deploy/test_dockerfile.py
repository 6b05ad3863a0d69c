"""The image: its content and its user; tests/soak/test_image.py builds it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.dockerfile import instructions, let_in

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text()
HADOLINT = Path(sys.executable).with_name("hadolint")


@pytest.mark.parametrize("path", ["Dockerfile", "deploy/compose/Dockerfile"])
def test_hadolint_finds_nothing(path):
    done = subprocess.run([HADOLINT, path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_image_has_what_the_processes_need_and_nothing_else():
    files = ["pixeltrack/wsgi.py", "static/console/base/live.js", "deploy/gunicorn.conf.py"]
    files += ["requirements.txt", "tracking/management/commands/ingest_opens.py"]
    others = [".env", ".git/config", "tests/conftest.py", "var/pixeltrack.db", "docs/deploy.md"]
    others += ["pixeltrack/__pycache__/wsgi.pyc", "deploy/nginx/pixel.conf.template", "logs/a.log"]
    assert let_in(files + others, IGNORED) == files


def test_it_runs_as_an_unprivileged_user():
    last = DOCKERFILE.rpartition("FROM ")[2]
    users = [argument for keyword, argument in instructions("FROM " + last) if keyword == "USER"]
    assert users == ["10001:10001"]
