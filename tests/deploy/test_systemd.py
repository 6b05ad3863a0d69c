"""The systemd units: systemd accepts them, they run our commands and have few privileges."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy/systemd"
NAMES = ("forward", "ingest", "sweep", "tasks", "web")
# Started by a timer, or ends by itself.
TIMED = ("backup", "restore-drill")
WEB = "-m gunicorn --config deploy/gunicorn.conf.py pixeltrack.wsgi"
# Of 100; a unit without restrictions has 96.
MOST_EXPOSED = 20

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


@pytest.fixture(scope="module")
def analyze(tmp_path_factory):
    """systemd-analyze, with our units where a machine has them and this checkout as their home."""
    home = tmp_path_factory.mktemp("srv")
    units = home / "units"
    shutil.copytree(UNITS, units)
    (home / ".venv/bin").mkdir(parents=True)
    (home / ".venv/bin/python").symlink_to(sys.executable)
    for path in units.rglob("*.*"):
        if path.is_file():
            path.write_text(path.read_text().replace("/srv/pixeltrack", str(home)))

    def analyze(*arguments):
        return subprocess.run(
            ["systemd-analyze", *arguments],
            env=os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:", "SYSTEMD_LOG_LEVEL": "warning"},
            capture_output=True,
            text=True,
            check=False,
        )

    return analyze


@needs_systemd
@pytest.mark.parametrize(
    "name",
    [
        *(f"-{name}.service" for name in (*NAMES, *TIMED)),
        *(f"-{name}.timer" for name in TIMED),
        ".target",
    ],
)
def test_systemd_understands_each_unit(analyze, name):
    done = analyze("verify", "--man=no", f"pixeltrack{name}")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
@pytest.mark.parametrize("name", [*NAMES, *TIMED])
def test_each_unit_has_few_privileges(analyze, name):
    done = analyze(
        "security", "--offline=true", f"--threshold={MOST_EXPOSED}", f"pixeltrack-{name}.service"
    )
    assert done.returncode == 0, done.stdout


def test_there_is_a_unit_for_each_process_and_it_runs_one_of_ours():
    every = (*NAMES, *TIMED)
    assert {path.stem for path in UNITS.glob("*.service")} == {f"pixeltrack-{n}" for n in every}
    commands = {name: command_of(name) for name in every}
    assert commands.pop("web").endswith(WEB)
    for command in commands.values():
        assert re.search(r"manage\.py (\w+)( |$)", command)[1] in get_commands(), command


def command_of(name):
    text = (UNITS / f"pixeltrack-{name}.service").read_text()
    return re.search(r"^ExecStart=(.*)$", text, re.M)[1]


def test_one_target_has_all_units():
    for name in NAMES:
        assert "WantedBy=pixeltrack.target" in (UNITS / f"pixeltrack-{name}.service").read_text()


@pytest.mark.parametrize("name", TIMED)
def test_a_unit_with_a_timer_runs_once_and_may_write_to_the_backups(name):
    """common.conf restarts every unit; it is read first, by the order of file names."""
    drop_in = UNITS / f"pixeltrack-{name}.service.d/once.conf"
    assert drop_in.name > "common.conf"
    assert "\nRestart=no\n" in drop_in.read_text()
    [folder] = re.findall(r"^ReadWritePaths=-(.*)$", drop_in.read_text(), re.M)
    assert folder in command_of(name)
    assert "WantedBy=timers.target" in (UNITS / f"pixeltrack-{name}.timer").read_text()
