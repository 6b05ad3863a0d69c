"""Each benchmark runs by its one command, as its docstring says, without further arguments."""

import argparse
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import migrated

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


def run(*command, **environment):
    """What a benchmark prints."""
    ran = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=FOLDER.parent,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def migrated_url(tmp_path):
    """A database that need not be migrated."""
    migrated.copy_to(tmp_path / "benchmark.db")
    return f"sqlite:///{tmp_path}/benchmark.db"


@pytest.mark.scripts
def test_pages_of_the_inactive_are_full_while_many_did_not_open(migrated_url):
    said = run(
        *("benchmarks.inactive", "sqlite", "--contacts=4000"), BENCHMARK_DATABASE_URL=migrated_url
    )
    lines = [line.split() for line in said.splitlines()[2:]]
    people = [int(line[-2]) for line in lines]
    assert people == [100, 100, 0, 100, 100, 0, 0, 0]


@pytest.mark.scripts
def test_the_report_of_made_up_opens_is_what_they_say(migrated_url):
    said = run(
        *("benchmarks.report", "sqlite", "--contacts=500", "--opens=2000"),
        BENCHMARK_DATABASE_URL=migrated_url,
    )
    assert "8 queries" in said
    assert "10 groups" in said


ASKING = ("benchmarks.consent", "ingest", "sqlite", "--contacts=40", "--hits=50")


@pytest.mark.scripts
def test_asking_is_measured_where_half_agreed(migrated_url):
    said = run(*ASKING, BENCHMARK_DATABASE_URL=migrated_url)
    assert "half of the people have agreed" in said


@pytest.mark.scripts
def test_asking_is_measured_on_a_new_database_where_nobody_may_be_measured():
    assert "half were never asked" in run(*ASKING, "--never-asked=off")
