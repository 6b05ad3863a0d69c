"""The image: what goes into it, that it can be built, and that what was built serves."""

import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.deploy.dockerfile import Build, instructions, let_in, tracked_files
from tests.processes.running import free_port, kill, wait_until

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text()
HADOLINT = Path(sys.executable).with_name("hadolint")
SECRETS = {
    "SECRET_KEY": "s" * 50,
    "API_SECRET_KEY": "a" * 50,
    "HASH_KEY": "h" * 50,
    "FERNET_KEY": "A" * 43 + "=",
}


@pytest.mark.parametrize("path", ["Dockerfile", "deploy/compose/Dockerfile"])
def test_hadolint_finds_nothing(path):
    done = subprocess.run([HADOLINT, path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_image_is_made_of_what_the_processes_need():
    files = ["pixeltrack/wsgi.py", "static/console/base/live.js", "deploy/gunicorn.conf.py"]
    files += ["requirements.txt", "tracking/management/commands/ingest_opens.py"]
    others = [".env", ".git/config", "tests/conftest.py", "var/pixeltrack.db", "docs/deploy.md"]
    others += ["pixeltrack/__pycache__/wsgi.pyc", "deploy/nginx/pixel.conf.template", "logs/a.log"]
    assert let_in(files + others, IGNORED) == files


def test_it_ends_as_nobody_in_particular():
    last = DOCKERFILE.rpartition("FROM ")[2]
    users = [argument for keyword, argument in instructions("FROM " + last) if keyword == "USER"]
    assert users == ["10001:10001"]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("image")
    files = let_in(tracked_files(ROOT), IGNORED)
    yield Build(source=ROOT, files=files, scratch=scratch).follow(DOCKERFILE)
    shutil.rmtree(scratch)


def written(image):
    """Every file of the image, but for where it may write."""
    volume = image.path("/spool")
    return {str(path) for path in image.root.rglob("*") if not path.is_relative_to(volume)}


@pytest.mark.scripts
@pytest.mark.xdist_group("scripts")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders to the image's user")
def test_what_is_built_serves_pages_without_writing_to_the_image(image):
    port, folder = str(free_port()), image.path("/spool")
    assert (folder.stat().st_uid, image.path("/scratch").stat().st_uid) == (10001, 10001)
    settings = SECRETS | {
        "PORT": port,
        "DATABASE_URL": f"sqlite:///{folder}/site.db",
        "METRICS_DIR": f"{folder}/metrics",
    }
    options = {"cwd": image.folder, "env": image.environment | settings}
    before = written(image)
    for command in (
        ["python", "-c", "import MySQLdb, confluent_kafka"],
        ["python", "manage.py", "migrate", "--verbosity=0"],
    ):
        subprocess.run(command, check=True, **options)
    web = subprocess.Popen(image.command, start_new_session=True, **options)
    try:
        check = [part.replace(str(image.port), port) for part in image.health]
        wait_until(
            lambda: subprocess.run(check, capture_output=True, **options).returncode == 0,
            "the image's health check",
        )
        address = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{address}/admin/login/") as page:
            assert "console/base/admin.css" in page.read().decode()
        with urllib.request.urlopen(f"{address}/static/console/base/admin.css") as style:
            assert style.read() == (ROOT / "static/console/base/admin.css").read_bytes()
    finally:
        kill(web)
    assert written(image) == before
