"""The hooks of .pre-commit-config.yaml run what script/test runs, with installed programs only."""

import shlex
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
[REPOSITORY] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
HOOKS = {hook["id"]: hook for hook in REPOSITORY["hooks"]}
# These do not take file names as arguments.
OF_THE_WHOLE = {"layers", "migrations"}


def test_nothing_is_fetched_from_elsewhere():
    assert REPOSITORY["repo"] == "local"
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_runs_a_program_that_is_installed(name):
    program, *arguments = shlex.split(HOOKS[name]["entry"])
    assert program.startswith(".venv/bin/")
    assert (Path(sys.prefix) / "bin" / Path(program).name).is_file()
    assert all((ROOT / word).is_file() for word in arguments if word.endswith(".py"))


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_does_what_the_tests_check_first(name):
    command = HOOKS[name]["entry"].removeprefix(".venv/bin/python manage.py ")
    assert command in (ROOT / "script/test").read_text()


def test_a_hook_that_checks_everything_gets_no_file_names():
    assert {name for name, hook in HOOKS.items() if not hook.get("pass_filenames", True)} == (
        OF_THE_WHOLE
    )
