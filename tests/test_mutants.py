"""script/mutants: what it changes, what it does not change, and what it reports."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

from tests.test_architecture import our_modules, says_pure

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "script"


def load(name, path):
    loader = SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = module
    loader.exec_module(module)
    return module


changes = load("mutation_changes", SCRIPT / "mutation/changes.py")


def told(source):
    """The mutants of a source: what each changes, and into what."""
    mutants = changes.mutants_of(ast.parse(source))
    return [tuple(str(mutant).partition(": ")[2].split("  ->  ")) for mutant in mutants]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("a >= b", ["a > b", "a < b"]),
        ("a == b", ["a != b"]),
        ("a is b", ["a is not b"]),
        ("a in b", ["a not in b"]),
        ("a < b <= c", ["a <= b <= c", "a >= b <= c", "a < b < c", "a < b > c"]),
        ("a and b", ["a or b"]),
        ("a or b", ["a and b"]),
        ("not a", ["not not a"]),
        ("-a", ["+a"]),
        ("a // b", ["a * b"]),
        ("a += b", ["a -= b"]),
        ("a if b else c", ["a if not b else c"]),
        ("max(a)", ["min(a)"]),
        ("any(a)", ["all(a)"]),
        ("f(7)", ["8"]),
        ("f(True)", ["False"]),
        ("f('x')", ["'XXx'"]),
        ("if a: b", ["if False:"]),
        ("def f(): return a", ["return None"]),
    ],
)
def test_each_change_is_a_mutant(source, expected):
    assert [after for _, after in told(source)] == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of 7 words."""',
        "class A:\n    '''Of a class.'''\n    x: Literal['a', 7]",
        "def f(x: 'Later') -> list[Literal[7]]: g(x)",
        "T = TypeVar('T')",
        "@lru_cache(maxsize=7)\ndef f(): g()",
        "@dataclass(slots=True)\nclass A: x: int",
        "zip(a, b, strict=True)",
        "def f(): return None",
        "f('', None)",
        "a @ b",
    ],
)
def test_what_has_no_effect_is_not_changed(source):
    assert told(source) == []


def test_a_mutant_tells_its_line_and_changes_the_tree():
    tree = ast.parse("x = 1\ny = a < 2")
    first, *_ = mutants = changes.mutants_of(tree)
    assert [mutant.line for mutant in mutants] == [1, 2, 2, 2]
    assert str(first) == "1: 1  ->  2"
    assert ast.unparse(tree) == "x = 1\ny = a < 2"
    first.apply()
    assert ast.unparse(tree) == "x = 2\ny = a < 2"


def test_every_module_of_the_table_is_pure_and_its_tests_are_there(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT))
    table = load("mutants_script", SCRIPT / "mutants").MODULES
    modules = our_modules()
    assert [name for name, (module, _) in table.items() if not says_pure(modules[module])] == []
    files = [ROOT / test for _, tests in table.values() for test in tests]
    assert [file for file in files if not file.is_file()] == []


# --- As people run it, on a small project -------------------------------------------------------


MODULE = '"""Pure."""\n\n\ndef exceeds(a, b):\n    return a > b\n'
TEST = """from tracking.counting.slots import exceeds


def test_more_exceeds_less():
    assert exceeds(2, 1)
"""
TEST_OF_BOUND = """

def test_the_same_does_not_exceed():
    assert not exceeds(2, 2)
"""


def run(folder, *, test, arguments=("slots",)):
    """The script's exit code and lines, for a module that is called as one of the table's."""
    shutil.copytree(SCRIPT, folder / "script")
    for path, text in (
        ("tracking/counting/slots.py", MODULE),
        ("tests/tracking/counting/test_slots.py", test),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    command = [sys.executable, folder / "script/mutants", *arguments]
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


@pytest.mark.scripts
def test_what_no_test_notices_is_listed_and_fails(tmp_path):
    assert run(tmp_path, test=TEST) == (
        1,
        ["    lives, line 5: a > b  ->  a >= b", "slots: 2 of 3 killed (66.7%)"],
    )


@pytest.mark.scripts
def test_where_everything_is_noticed_nothing_is_listed(tmp_path):
    assert run(tmp_path, test=TEST + TEST_OF_BOUND) == (0, ["slots: 3 of 3 killed (100.0%)"])


CONFTEST = """import pytest


@pytest.fixture
def exceeds():
    from tracking.counting import slots

    return slots.exceeds
"""


@pytest.mark.scripts
def test_tests_that_need_the_fixtures_of_the_project_have_them(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/conftest.py").write_text(CONFTEST)
    test = "def test_more_exceeds_less(exceeds):\n    assert exceeds(2, 1) and not exceeds(2, 2)\n"
    assert run(tmp_path, test=test) == (0, ["slots: 3 of 3 killed (100.0%)"])


@pytest.mark.scripts
def test_a_limit_takes_a_sample(tmp_path):
    _, lines = run(tmp_path, test=TEST, arguments=("slots", "--limit", "1", "--seed", "3"))
    assert re.fullmatch(r"slots: [01] of 1 killed \(.*%\)", lines[-1])


@pytest.mark.scripts
def test_tests_that_fail_without_a_change_are_reported(tmp_path):
    code, lines = run(tmp_path, test=TEST + "    assert exceeds(1, 2)\n")
    assert (code, lines[0]) == (1, "slots: its tests fail without any change")


@pytest.mark.scripts
def test_a_module_that_is_not_in_the_table_is_refused(tmp_path):
    assert run(tmp_path, test=TEST, arguments=("slots", "nothing")) == (2, [])
