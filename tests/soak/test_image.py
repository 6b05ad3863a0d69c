"""The image can be built, and serves pages without writing to its own files.

Its Dockerfile is run step by step in an empty folder, which needs no engine.
"""

import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.deploy.dockerfile import Build, let_in, tracked_files
from tests.processes.running import free_port, kill, wait_until

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text()
SECRETS = {
    "SECRET_KEY": "s" * 50,
    "API_SECRET_KEY": "a" * 50,
    "HASH_KEY": "h" * 50,
    "FERNET_KEY": "A" * 43 + "=",
}


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("image")
    files = let_in(tracked_files(ROOT), IGNORED)
    yield Build(source=ROOT, files=files, scratch=scratch).follow(DOCKERFILE)
    shutil.rmtree(scratch)


def written(image):
    """Every file of the image, outside the folders that it may write to."""
    volumes = [image.path(name) for name in ("/spool", "/journal")]
    every = image.root.rglob("*")
    return {str(path) for path in every if not any(map(path.is_relative_to, volumes))}


@pytest.mark.soak
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders to the image's user")
def test_the_image_serves_pages_without_writing_to_itself(image):
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
