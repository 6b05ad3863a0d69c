"""script/env gives each installation different secrets, and never changes an existing one."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"SECRET_KEY", "API_SECRET_KEY", "FERNET_KEY", "HASH_KEY", "METRICS_TOKEN"}
MYSQL = {"MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD"}
GRAFANA = {"GRAFANA_DB_PASSWORD", "GRAFANA_ADMIN_PASSWORD"}


@pytest.fixture
def env_file(tmp_path):
    (tmp_path / "script").mkdir()
    shutil.copy(ROOT / "script/env", tmp_path / "script/env")
    return tmp_path / ".env"


def write(env_file, before=None):
    """What the file holds once the script has run, name by name, and what the script said."""
    if before is not None:
        env_file.write_text(before)
    command = [sys.executable, "-I", env_file.parent / "script/env"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True)
    lines = [line for line in env_file.read_text().splitlines() if line and line[0] != "#"]
    values = dict(line.split("=", 1) for line in lines)
    assert len(values) == len(lines), "a name stands there twice"
    return values, done.stdout


def test_every_secret_is_made_once_and_readable_by_the_owner_only(env_file):
    values, _ = write(env_file)
    assert values.keys() == OURS | MYSQL | GRAFANA
    assert len(set(values.values())) == len(values)
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600

    text = env_file.read_text()
    assert write(env_file) == (values, ".env has every secret already\n")
    assert env_file.read_text() == text


def test_existing_values_stay_and_empty_ones_are_filled(env_file):
    before = "# Mine\nSECRET_KEY=kept\nTIME_ZONE=Europe/Berlin\nHASH_KEY= \n# FERNET_KEY=no"
    values, said = write(env_file, before)
    assert values["SECRET_KEY"] == "kept"
    assert values["TIME_ZONE"] == "Europe/Berlin"
    assert len(values["HASH_KEY"]) > 32
    assert len(values["FERNET_KEY"]) == 44
    assert env_file.read_text().startswith("# Mine\nSECRET_KEY=kept\nTIME_ZONE")
    assert not any(secret in said for secret in values.values())


def test_the_example_file_is_completed(env_file):
    values, _ = write(env_file, (ROOT / ".env.example").read_text())
    assert values.keys() == OURS | MYSQL | GRAFANA


def test_a_given_mysql_database_gets_no_password(env_file):
    values, _ = write(env_file, "MYSQL_DATABASE=shop\n")
    assert not values.keys() & MYSQL
    assert values.keys() >= OURS


def test_the_settings_take_what_was_written(env_file):
    write(env_file)
    wanted = {"PATH": os.environ["PATH"], "ENV_FILE": str(env_file)}
    folders = {name: str(env_file.parent / "data") for name in ("SPOOL_DIR", "LOG_DIR")}
    folders["CONSENT_JOURNAL"] = str(env_file.parent / "data/consent.journal")
    subprocess.run(
        [sys.executable, "-c", "from pixeltrack import settings"],
        cwd=ROOT,
        env=wanted | folders,
        check=True,
    )
