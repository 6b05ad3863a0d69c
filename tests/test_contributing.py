"""What the documents for contributors name exists: files, folders, and what is in them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.test_architecture import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
DECISIONS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/decisions/[0-9]*.md"))
DOCUMENTS = ("CONTRIBUTING.md", "docs/architecture.md", "docs/verdict.md", *DECISIONS)
CODE_BLOCK = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
# A file or folder of the project, and perhaps a name in it: reports/panels.py:Panels.
PLACE = re.compile(r"(?P<path>(?:[\w.-]+/)*[\w.-]+/?)(?::(?P<name>\w+(?:\.\w+)*))?")
FILE_NAME = re.compile(r"\.?[\w.-]+\.(?:md|py|toml|txt|yml|yaml|html|css|js|example)")
DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")


def spans(text: str) -> list[str]:
    return SPAN.findall(CODE_BLOCK.sub("", text))


def names_of(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """What is defined here: functions, classes with their members, constants."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from names_of(node.body, f"{prefix}{node.name}.")
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = (inner for target in targets for inner in ast.walk(target))
            yield from (prefix + inner.id for inner in named if isinstance(inner, ast.Name))


@cache
def defined_in(path: Path) -> frozenset[str]:
    return frozenset(names_of(ast.parse(path.read_text()).body))


def is_place(span: str) -> bool:
    """Whether the words mean a file or folder of this repository."""
    path = PLACE.fullmatch(span)
    if path is None:
        return False
    first, slash, _ = path["path"].partition("/")
    last = path["path"].rpartition("/")[2]
    return bool(FILE_NAME.fullmatch(last) or (slash and (ROOT / first).is_dir()))


def is_there(span: str) -> bool:
    """Whether a place, or a dotted name of one of our modules, leads somewhere."""
    if is_place(span):
        place = PLACE.fullmatch(span)
        path = ROOT / place["path"]
        return path.exists() and (place["name"] is None or place["name"] in defined_in(path))
    parts = span.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        name = ".".join(parts[length:])
        if path.with_suffix(".py").is_file():
            return not name or name in defined_in(path.with_suffix(".py"))
        if path.is_dir():
            return not name
    return False


def missing(text: str) -> list[str]:
    return [
        span
        for span in spans(text)
        if (is_place(span) or DOTTED.fullmatch(span)) and not is_there(span)
    ]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_everything_that_is_named_exists(document):
    text = (ROOT / document).read_text()
    assert [span for span in spans(text) if is_place(span)]
    assert missing(text) == []


@pytest.mark.parametrize(
    "gone",
    [
        "tracking/hits/nothing.py",
        "tracking/nothing/",
        "nothing.md",
        "nothing/x.py",
        "tracking/hits/classify.py:NOTHING",
        "tracking/counting/fold.py:Deltas.nothing",
        "tracking.hits.nothing",
        "tracking.hits.classify.nothing",
        "tracking.counting.fold.Deltas.nothing",
    ],
)
def test_a_missing_name_is_found(gone):
    assert missing(f"Change `{gone}` first.") == [gone]


@pytest.mark.parametrize(
    "there",
    [
        "tracking/hits/classify.py:RULES",
        "tracking/hits",
        "tracking/models.py:Open",
        "tracking/counting/fold.py:SLOT_MS",
        "tracking.counting.fold.Deltas.add",
        "script/test",
        "pyproject.toml",
    ],
)
def test_an_existing_name_is_accepted(there):
    assert is_place(there) or DOTTED.fullmatch(there)
    assert missing(f"Change `{there}` first.") == []


@pytest.mark.parametrize("other", ["/admin/", "2 / 3", "a/b", "manage.py sweep", "ETag"])
def test_words_that_name_no_file_are_ignored(other):
    assert missing(f"See `{other}`.") == []
