"""Each benchmark runs by its one command, as its docstring says, without further arguments."""

import argparse
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
COMMANDS = sorted(
    path.stem
    for path in FOLDER.glob("*.py")
    if re.search(r"parse_args\(\)", path.read_text()) and "def main()" in path.read_text()
)


class Parsed(Exception):
    """What stands behind is the work itself."""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_benchmark_needs_no_argument(name, monkeypatch):
    parse = argparse.ArgumentParser.parse_args

    def parse_and_leave(parser):
        parse(parser, [])
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_leave)
    monkeypatch.setattr(sys, "argv", [name])
    with pytest.raises(Parsed):
        importlib.import_module(f"benchmarks.{name}").main()


def test_there_are_benchmarks_with_arguments():
    assert "contact_import" in COMMANDS


@pytest.mark.scripts
def test_pages_of_the_inactive_are_full_while_many_did_not_open():
    command = [sys.executable, "-m", "benchmarks.inactive", "sqlite", "--contacts=4000"]
    ran = subprocess.run(command, cwd=FOLDER.parent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    lines = [line.split() for line in ran.stdout.splitlines()[2:]]
    people = [int(line[-2]) for line in lines]
    assert people == [100, 100, 0, 100, 100, 0, 0, 0]


@pytest.mark.scripts
def test_the_report_of_made_up_opens_is_what_they_say():
    command = [sys.executable, "-m", "benchmarks.report", "sqlite"]
    ran = subprocess.run(
        [*command, "--contacts=500", "--opens=2000"],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "8 queries" in ran.stdout
    assert "10 groups" in ran.stdout


@pytest.mark.scripts
@pytest.mark.parametrize(
    ("never_asked", "said"),
    [("individual", "half of the people have agreed"), ("off", "half were never asked")],
)
def test_asking_is_measured_where_half_agreed_and_where_nobody_may_be_measured(never_asked, said):
    command = [sys.executable, "-m", "benchmarks.consent", "ingest", "sqlite"]
    options = [f"--never-asked={never_asked}", "--contacts=40", "--hits=50"]
    ran = subprocess.run([*command, *options], cwd=FOLDER.parent, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert said in ran.stdout
